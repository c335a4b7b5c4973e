"""A file of a run that is not as it was saved is named."""

import re
import shutil

import pytest
import saved_runs
from faults import Faults, injected

import jaxcnn
from jaxcnn import commands
from jaxcnn._support.manifest import IncompleteError, mark_incomplete
from jaxcnn.runs import append_epoch, read_record

FILES = (
    *("architecture.json", "config.json", "metrics.csv", "metrics.jsonl", "network.json"),
    *("result.json", "test.safetensors", "weights.safetensors"),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return saved_runs.run().save(tmp_path_factory.mktemp("saved") / "run")


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "run")


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_folder_is_whole_and_holds_every_file(saved):
    assert sorted(path.name for path in saved.iterdir()) == sorted([*FILES, "manifest.json"])
    assert [path.name for path in saved.parent.iterdir()] == ["run"]
    assert jaxcnn.load(saved).class_names == saved_runs.NAMES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (flip, "expected the bytes that were saved, got others"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "expected the [\\d,]+ bytes that"),
        (lambda path: path.write_bytes(b""), "expected the [\\d,]+ bytes that were saved, got 0"),
        (lambda path: path.unlink(), "expected a file, got none|there is no network.json"),
        (lambda path: (path.unlink(), path.mkdir()), "got a folder or a device|no network.json"),
    ],
)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_as_it_was_saved_is_named(folder, name, change, message):
    change(folder / name)
    with pytest.raises((FileNotFoundError, ValueError), match=message) as caught:
        jaxcnn.load(folder)
    assert str(folder) in str(caught.value)
    assert name in str(caught.value)
    with pytest.raises((FileNotFoundError, ValueError), match=re.escape(name)):
        jaxcnn.report(folder)
    if name != "network.json":
        assert "copy the folder again from where it is whole" in str(caught.value)
        assert "if it was changed on purpose, delete manifest.json" in str(caught.value)


def test_the_command_line_names_the_file(folder, tmp_path, capsys):
    flip(folder / "weights.safetensors")
    (tmp_path / "a.png").write_bytes(b"")
    for command in (["predict", str(folder), str(tmp_path / "a.png")], ["report", str(folder)]):
        with pytest.raises(SystemExit) as done:
            commands.main([*command, "--cache", str(tmp_path / "cache")])
        assert done.value.code == 2
        assert "weights.safetensors: expected the bytes that were saved" in capsys.readouterr().err


def test_files_that_the_user_adds_are_no_fault(folder):
    for name in ("notes.txt", "report.html", "status.json", ".lock"):
        (folder / name).write_text("{}")
    (folder / "checkpoints").mkdir()
    assert jaxcnn.load(folder).input_shape == (4, 4, 1)


def test_a_file_of_a_run_that_was_not_saved_with_it(folder):
    (folder / "methods.json").write_text("{}")
    with pytest.raises(ValueError, match=r"methods\.json: expected no such file, got one that"):
        jaxcnn.load(folder)


def test_the_manifest_itself_is_damaged_or_anothers(folder, saved, tmp_path):
    other = saved_runs.run(1).save(tmp_path / "other")
    shutil.copy(other / "manifest.json", folder)
    with pytest.raises(ValueError, match=r"likewise .*or .*manifest\.json is that of another fol"):
        jaxcnn.load(folder)
    text = (saved / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"bytes": 1', '"bytes": 2', 1))
    with pytest.raises(ValueError, match=r"manifest\.json: expected the manifest that was saved"):
        jaxcnn.load(folder)
    (folder / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"manifest\.json: expected at most 100 nested"):
        jaxcnn.load(folder)


def test_a_folder_of_an_older_version_has_no_manifest(folder):
    (folder / "manifest.json").unlink()
    assert jaxcnn.load(folder).input_shape == (4, 4, 1)


def test_a_run_is_incomplete_until_its_manifest_is_written(folder):
    mark_incomplete(folder)
    for read in (jaxcnn.load, read_record, jaxcnn.report):
        with pytest.raises(IncompleteError, match="run: expected a complete run, got one that is"):
            read(folder)


def test_a_training_that_goes_on_makes_a_saved_run_incomplete(folder):
    append_epoch({"epoch": 3, "train_loss": 0.5}, folder)
    with pytest.raises(IncompleteError, match="expected a complete run"):
        jaxcnn.load(folder)


def test_a_write_that_fails_leaves_an_incomplete_run(tmp_path, monkeypatch):
    monkeypatch.setattr("jaxcnn.runs._run.write_history", None)
    with pytest.raises(TypeError, match="NoneType"):
        saved_runs.run().write(tmp_path, test=None, config={})
    with pytest.raises(IncompleteError, match="expected a complete run"):
        jaxcnn.load(tmp_path)
    monkeypatch.undo()
    saved_runs.run().write(tmp_path, test=None, config={})
    assert jaxcnn.load(tmp_path).input_shape == (4, 4, 1)


def test_a_link_that_leads_out_of_the_folder(folder, tmp_path):
    (folder / "config.json").rename(tmp_path / "config.json")
    (folder / "config.json").symlink_to(tmp_path / "config.json")
    with pytest.raises(ValueError, match=r"config\.json: expected a file of the folder, got a"):
        jaxcnn.load(folder)
    (folder / "weights.safetensors").rename(folder / "real")
    (folder / "weights.safetensors").symlink_to("real")
    (folder / "config.json").unlink()
    (tmp_path / "config.json").rename(folder / "config.json")
    (tmp_path / "link").symlink_to(folder)
    assert jaxcnn.load(tmp_path / "link").input_shape == (4, 4, 1)


@pytest.mark.thorough
def test_a_write_in_place_that_fails_at_the_nth_call_says_so(tmp_path):
    """As in experiments, whose folder has metrics and checkpoints already."""
    run, folder = saved_runs.run(), tmp_path / "run"
    folder.mkdir()
    with injected(Faults()) as counted:
        run.write(folder, test=None, config={})
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    for stays in (False, True):
        for at in range(1, counted.calls + 1):
            shutil.rmtree(folder)
            folder.mkdir()
            with (
                pytest.raises(OSError, match=r"run|No space left"),
                injected(Faults(at, stays=stays)),
            ):
                run.write(folder, test=None, config={})
            found = {path.name: path.read_bytes() for path in folder.iterdir()}
            if found != whole:
                faults = (FileNotFoundError, IncompleteError)
                with pytest.raises(faults, match=r"a complete run|none"):
                    read_record(folder)
    with injected(Faults()):
        run.write(folder, test=None, config={})
    assert jaxcnn.load(folder).class_names == saved_runs.NAMES
