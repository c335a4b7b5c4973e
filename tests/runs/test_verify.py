"""Every part of a run's folder is compared with what was saved."""

import dataclasses
import json
import os
import shutil

import pytest
import saved_runs
import small

from jaxcnn import commands, experiment
from jaxcnn._support.manifest import mark_incomplete, write_manifest
from jaxcnn.runs import (
    append_epoch,
    how_to_resume,
    load,
    lock_folder,
    steps_taken,
    verify,
    write_status,
)


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
    path = folder / str(step)
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
        path = checkpoint(folder / "checkpoints", step)
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
    write_manifest(checkpoint(tmp_path / "checkpoints", 5))
    write_status(tmp_path, "interrupted", steps=5)
    found = verify(tmp_path)
    assert found.is_as_saved
    assert "a training that was interrupted after step 5" in str(found)
    assert str(found).endswith(
        "The training is not finished: it was interrupted after step 5 (the same command with "
        f"--out {tmp_path} --resume auto goes on from step 5). What it saved is as it was saved."
    )
    (tmp_path / "status.json").write_text("{")
    assert states(tmp_path) == {"status.json": "differs", "checkpoints/5": "as saved"}


@pytest.mark.parametrize("state", ["done", "interrupted", "failed"])
@pytest.mark.parametrize("all_lost", [False, True])
def test_a_lost_checkpoint_is_named(folder, state, all_lost):
    for step in (5, 12):
        write_manifest(checkpoint(folder / "checkpoints", step))
    write_status(folder, state, steps=12)
    assert verify(folder).is_as_saved
    shutil.rmtree(folder / "checkpoints" / ("" if all_lost else "12"))
    found = verify(folder)
    assert str(found).endswith("Differs: checkpoints/12.")
    assert "expected the last checkpoint, got none" in str(found)
    write_status(folder, state, steps=12)  # as a training without checkpoints
    assert verify(folder).is_as_saved


def test_a_killed_training_names_its_last_checkpoint(tmp_path):
    write_status(tmp_path, "running", steps=3)
    for step in (5, 12):
        write_manifest(checkpoint(tmp_path / "checkpoints", step))
    found = verify(tmp_path)
    assert found.unfinished is not None
    assert found.unfinished.startswith("was cut off after step 12 (the same command")
    with pytest.raises(FileNotFoundError, match="got a training that was cut off after step 12 "):
        load(tmp_path)
    with lock_folder(tmp_path):
        words = verify(tmp_path).unfinished
    assert words is not None
    assert words.startswith("is still running, in a folder that ")
    assert "after step 12)" in words
    write_status(tmp_path, "running", steps=13)
    assert "after step 13" in str(verify(tmp_path))
    write_status(tmp_path, "done", steps=13)
    assert verify(tmp_path).unfinished is None


def test_a_run_that_is_extended_has_no_results_yet(folder):
    write_manifest(checkpoint(folder / "checkpoints", 5))
    mark_incomplete(folder)
    write_status(folder, "running", steps=5)
    assert (verify(folder).is_as_saved, states(folder)["manifest.json"]) == (True, "noted")
    write_status(folder, "done", steps=5)
    assert states(folder)["manifest.json"] == "differs"


def test_a_run_that_was_saved_after_ctrl_c(tmp_path):
    run = dataclasses.replace(saved_runs.run(), result={}, test=None, interrupted=True)
    found = verify(run.save(tmp_path / "run"))
    assert found.is_as_saved
    assert found.unfinished == f"was interrupted after step {run.steps}"


def test_a_folder_of_checkpoints(tmp_path):
    for step in (5, 10):
        write_manifest(checkpoint(tmp_path, step))
    assert states(tmp_path) == {"training": "noted", "5": "as saved", "10": "as saved"}
    (tmp_path / "5" / "arrays" / "data").write_bytes(bytes(99) + b"1")
    assert states(tmp_path)["5"] == "differs"
    with pytest.raises(FileNotFoundError, match=r"got none \(jaxcnn\.training\.verify_"):
        experiment.verify_run(tmp_path, steps=5)


def test_a_single_checkpoint(folder, tmp_path):
    path = checkpoint(tmp_path, 5)
    write_manifest(path)
    assert states(path) == {"arrays/data": "as saved"}
    (path / "arrays" / "data").write_bytes(bytes(99) + b"1")
    (path / "arrays" / "more").touch()
    assert states(path) == {"arrays/data": "differs", "arrays/more": "differs"}
    (folder / "arrays").mkdir()  # a run is none, whatever is added to it
    assert verify(folder).is_as_saved
    assert "arrays" not in str(verify(folder))


def test_folders_named_by_numbers_are_no_checkpoints(tmp_path):
    for label in range(10):
        (tmp_path / str(label)).mkdir()
    with pytest.raises(FileNotFoundError, match="expected a saved network, got none"):
        verify(tmp_path)


def test_a_folder_without_anything_to_verify(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a saved network, got none"):
        verify(tmp_path)
    write_status(tmp_path, "done", steps=5)
    with pytest.raises(FileNotFoundError, match="expected a saved network, got none"):
        verify(tmp_path)


NO_CHECKPOINT = "there is no checkpoint to go on from"


@pytest.mark.parametrize(
    ("state", "steps", "left", "words"),
    [
        ("running", 0, "", "was cut off before the first step (the same command begins anew)"),
        ("interrupted", 0, "", "was interrupted before the first step (the same command begins"),
        ("running", 5, "", f"was cut off after step 5 ({NO_CHECKPOINT}; delete "),
        ("failed", 5, "network.json", "failed after step 5 (the network so far is in "),
        ("failed", 5, "checkpoints/3", "failed after step 5 (the same command with --out "),
    ],
)
def test_what_is_said_of_a_training_that_is_not_finished(tmp_path, state, steps, left, words):
    (tmp_path / left).mkdir(parents=True, exist_ok=True)
    write_status(tmp_path, state, steps=steps)
    found = verify(tmp_path)
    assert found.unfinished is not None
    assert found.unfinished.startswith(words)
    assert f"({how_to_resume(tmp_path)})" in found.unfinished
    if not left:
        with pytest.raises(SystemExit) as done:
            commands.main(["verify", str(tmp_path)])
        assert done.value.code == 3
        with lock_folder(tmp_path):
            words = verify(tmp_path).unfinished
        assert words is not None
        assert words.startswith("is still running")
    (tmp_path / "status.json").write_text("{")
    assert states(tmp_path)["status.json"] == "differs"


@pytest.mark.parametrize("state", ["running", "interrupted", "failed"])
def test_the_last_epoch_is_a_step_that_was_taken(tmp_path, state):
    write_status(tmp_path, state, steps=22)
    assert "after step 22 (" in str(verify(tmp_path))
    append_epoch({"epoch": 1, "step": 220}, tmp_path)
    assert steps_taken(tmp_path) == 220
    assert "after step 220 (" in str(verify(tmp_path))
    os.utime(tmp_path / "metrics.jsonl", (0, 0))  # of epochs that are trained again
    assert steps_taken(tmp_path) == 22
    for damaged in ("", "{}", '{"step": true}', "\0"):
        (tmp_path / "metrics.jsonl").write_text(damaged)
        assert steps_taken(tmp_path) == 22


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
    write_status(folder, "failed", steps=3)
    assert status(str(folder)) == 3
    assert "The training is not finished: it failed after step 3" in capsys.readouterr().out
    assert status(str(folder), "--json") == 3
    assert json.loads(capsys.readouterr().out)["unfinished"].startswith("failed after step 3")
    write_status(folder, "done", steps=3)
    assert status(str(folder)) == 0
    capsys.readouterr()
    (folder / "metrics.csv").write_text("")
    assert status(str(folder), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["is_as_saved"]
    assert {"part": "metrics.csv", "state": "differs"}.items() <= found["parts"][3].items()
    assert status(str(folder), "--steps", "5") == 2
    assert "got none of the name 'dataset'" in capsys.readouterr().err
    assert status(str(tmp_path / "nothing")) == 2
    assert "got none (there is no such folder)" in capsys.readouterr().err
    assert status(str(folder / "config.json")) == 2
    assert "got none (this is a file, and not a folder)" in capsys.readouterr().err
    assert status(str(folder), "--steps", "-3") == 2
    assert "ValueError: --steps: expected at least 0, got -3" in capsys.readouterr().err
