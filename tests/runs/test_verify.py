"""Every part of a run's folder is compared with what was saved."""

import dataclasses
import json
import shutil

import pytest
import saved_runs
import small

from jaxcnn import commands
from jaxcnn._support.manifest import mark_incomplete, write_manifest
from jaxcnn.runs import verify, write_status


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    run = dataclasses.replace(saved_runs.run(), result={}, test=None)
    return run.save(tmp_path_factory.mktemp("saved") / "run")


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "run")


def states(folder):
    return {part.part: part.state for part in verify(folder).parts}


def checkpoint(folder, step):
    path = folder / "checkpoints" / str(step)
    (path / "arrays").mkdir(parents=True)
    (path / "arrays" / "data").write_bytes(bytes(100))
    return path


def test_a_run_that_is_as_it_was_saved(folder):
    found = verify(folder)
    assert found.is_as_saved
    assert states(folder) == dict.fromkeys(
        (
            *("architecture.json", "config.json", "metrics.csv", "metrics.jsonl"),
            *("network.json", "result.json", "weights.safetensors"),
        ),
        "as saved",
    ) | {"versions": "noted"}
    assert str(found).endswith("Everything is as it was saved.")
    assert "those of the training" in str(found)


def test_the_part_that_differs_is_named(folder):
    (folder / "config.json").write_text("{}")
    (folder / "methods.json").write_text("{}")
    (folder / "metrics.csv").unlink()
    found = verify(folder)
    assert not found.is_as_saved
    differing = ["config.json", "methods.json", "metrics.csv"]
    assert [part.part for part in found.parts if part.state == "differs"] == differing
    assert str(found).endswith("Differs: config.json, methods.json, metrics.csv.")


def test_values_are_looked_at_whatever_the_manifest_says(folder, tmp_path):
    other = saved_runs.run(1).save(tmp_path / "other")
    shutil.copy(other / "weights.safetensors", folder)
    write_manifest(folder, [path.name for path in folder.iterdir()])
    (part,) = [part for part in verify(folder).parts if part.state == "differs"]
    assert part.part == "content"
    assert "result.json: weights_sha256: expected results of these weights" in part.note


def test_a_folder_without_a_manifest_is_unknown(folder):
    found = verify(small.unsigned(folder))
    assert not found.is_as_saved
    assert str(found).endswith("Unknown: manifest.json.")
    (folder / "manifest.json").write_text("{}")
    assert states(folder)["manifest.json"] == "differs"
    mark_incomplete(folder)
    assert states(folder)["manifest.json"] == "differs"


def test_checkpoints_are_compared_with_their_own_manifests(folder):
    for step in (5, 10, 15):
        path = checkpoint(folder, step)
        if step != 15:
            write_manifest(path)
    (folder / "checkpoints" / "tmp").mkdir()
    (folder / "checkpoints" / "5" / "arrays" / "data").write_bytes(bytes(99) + b"1")
    found = states(folder)
    assert [found[f"checkpoints/{step}"] for step in (5, 10, 15)] == [
        *("differs", "as saved", "unknown")
    ]
    assert "checkpoints/tmp" not in found


def test_a_training_that_was_interrupted(tmp_path):
    write_manifest(checkpoint(tmp_path, 5))
    write_status(tmp_path, "interrupted", steps=5)
    found = verify(tmp_path)
    assert found.is_as_saved
    assert "a training that was interrupted after step 5" in str(found)
    (tmp_path / "status.json").write_text("{")
    assert states(tmp_path) == {"status.json": "differs", "checkpoints/5": "as saved"}


def test_a_folder_without_anything_to_verify(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a saved network, got none"):
        verify(tmp_path)
    write_status(tmp_path, "running", steps=5)
    with pytest.raises(FileNotFoundError, match="was cut off after step 5"):
        verify(tmp_path)


def test_other_versions_are_noted(folder):
    result = json.loads((folder / "result.json").read_text())
    result["versions"]["jax"] = "0.1\x1b"
    (folder / "result.json").write_text(json.dumps(result))
    write_manifest(folder, [path.name for path in folder.iterdir()])
    found = verify(folder)
    assert found.is_as_saved
    assert r"jax 0.1\x1b, now" in str(found)


def test_the_command(folder, tmp_path, capsys):
    def status(*arguments):
        with pytest.raises(SystemExit) as done:
            commands.main(["verify", *arguments])
        return done.value.code

    assert status(str(folder)) == 0
    assert "Everything is as it was saved." in capsys.readouterr().out
    (folder / "metrics.csv").write_text("")
    assert status(str(folder), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["is_as_saved"]
    assert {"part": "metrics.csv", "state": "differs"}.items() <= found["parts"][2].items()
    assert status(str(folder), "--steps", "5") == 2
    assert "got none of the name 'dataset'" in capsys.readouterr().err
    assert status(str(tmp_path / "nothing")) == 2
    assert "expected a saved network" in capsys.readouterr().err
