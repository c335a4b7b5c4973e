"""What a folder and its errors say about how a run ended."""

import shutil
from contextlib import nullcontext, suppress
from types import SimpleNamespace

import pytest
import small
from run_folders import OPTIONS, finish, status

from jaxcnn import data
from jaxcnn._support.manifest import mark_incomplete
from jaxcnn.experiment import Config, run
from jaxcnn.experiment._folder import claim_folder, is_finished, locked_folder
from jaxcnn.runs import heartbeat, read_log, write_status
from jaxcnn.training import Terminated


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (None, ("done", 7)),
        (OSError("disk full"), ("failed", 7)),
        (KeyboardInterrupt(), ("interrupted", 7)),
        (Terminated(), ("interrupted", 7)),
    ],
)
def test_a_folder_says_how_its_run_ended(tmp_path, ends, expected):
    folder = tmp_path / "run"
    expects = nullcontext() if ends is None else pytest.raises(type(ends))
    with expects, locked_folder(folder, "never"):
        assert status(folder) == ("running", 0)
        (folder / "checkpoints" / "7").mkdir(parents=True)
        if ends is not None:
            raise ends
    assert status(folder) == expected
    assert [entry["event"] for entry in read_log(folder)] == ["begin", "end"]
    assert is_finished(folder) is (ends is None)
    with locked_folder(folder, "must"):
        assert status(folder) == (expected if ends is None else ("running", 7))


@pytest.mark.parametrize("was_there", [True, False])
def test_a_run_that_fails_before_its_first_step_leaves_no_new_folder(tmp_path, was_there):
    folder = tmp_path / "run"
    if was_there:
        folder.mkdir()
    with suppress(OSError), locked_folder(folder, "never"):
        (folder / "methods.json").touch()
        (folder / "checkpoints").mkdir()
        raise OSError("a file is missing")
    assert folder.exists() is was_there
    assert not was_there or status(folder) == ("failed", 0)


@pytest.mark.parametrize("name", ["metrics.jsonl", "trace/plugins", "network.json"])
def test_a_run_that_fails_removes_no_file_of_somebody_else(tmp_path, name):
    folder = tmp_path / "run"
    with suppress(OSError), locked_folder(folder, "never"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
        raise OSError("a file is missing")
    assert (folder / name).exists()
    assert status(folder) == ("failed", 0)
    assert read_log(folder)[-1]["error"] == "OSError: a file is missing"


def test_a_run_that_fails_after_a_step_keeps_its_log(tmp_path):
    folder = tmp_path / "run"
    with suppress(OSError), locked_folder(folder, "never"):
        heartbeat(folder)(1)
        raise OSError("a file is missing")
    assert status(folder) == ("failed", 1)
    assert read_log(folder)[-1]["error"] == "OSError: a file is missing"


def test_a_run_that_fails_is_called_so_if_its_files_cannot_be_removed(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError("in use")

    folder = tmp_path / "run"
    with suppress(OSError), locked_folder(folder, "never"):
        monkeypatch.setattr("jaxcnn.experiment._folder.clear_if_only_begun", refuse)
        raise OSError("a file is missing")
    assert status(folder) == ("failed", 0)


@pytest.mark.parametrize(
    ("left", "steps"), [("", 12), ("checkpoint", 19), ("manifest.json", 13), ("result.json", 13)]
)
@pytest.mark.parametrize(
    ("ends", "state"),
    [
        (OSError("full"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
        (Terminated(), "interrupted"),
    ],
)
def test_a_finished_run_is_finished_until_its_extension_saves(cut_off, left, steps, ends, state):
    def extend():
        with locked_folder(cut_off, "must", extend=True) as folder:
            heartbeat(folder)(13)
            if left == "checkpoint":
                (folder / "checkpoints" / "19").mkdir()
            elif left == "manifest.json":
                mark_incomplete(folder)
            elif left:
                finish(folder, interrupted=True)
            raise ends

    write_status(cut_off, "done", steps=12)
    with pytest.raises(type(ends)):
        extend()
    assert status(cut_off) == (state if left else "done", steps)


@pytest.mark.parametrize("how", [{"extend": True}, {"resume": "auto"}])
def test_a_run_that_goes_on_without_a_step_keeps_its_results(cut_off, monkeypatch, how):
    write_status(cut_off, "interrupted", steps=12)
    (cut_off / "result.json").write_text('{"steps": 12}')
    few = data.Splits(small.dataset(), small.dataset())
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: ("digits", few))
    monkeypatch.setattr("jaxcnn.experiment._run.announce", lambda *_: None)
    monkeypatch.setattr("jaxcnn.experiment._run._write", pytest.fail)
    ended, called = SimpleNamespace(interrupted=True, steps=12), {}
    monkeypatch.setattr(
        "jaxcnn.experiment._subject.fit", lambda *_, **how: called.update(how) or ended
    )
    with pytest.raises(KeyboardInterrupt):
        run(Config(**OPTIONS, out=cut_off, **how))
    assert called["held_out"] == "test"


def test_the_steps_after_the_last_checkpoint_are_known(tmp_path):
    folder = tmp_path / "run"
    with suppress(OSError), locked_folder(folder, "never"):
        (folder / "checkpoints" / "7").mkdir(parents=True)
        heartbeat(folder)(9)
        raise OSError("disk full")
    assert status(folder) == ("failed", 9)
    with locked_folder(folder, "auto"):
        assert status(folder) == ("running", 7)
    assert [entry.get("resumed_from") for entry in read_log(folder)] == [0, None, 7, None]


CHECKPOINT, NETWORK = "checkpoints/7", "network.json"


@pytest.mark.parametrize(
    ("left", "step", "words"),
    [
        ([], 0, " before the first step; the same command begins anew"),
        ([CHECKPOINT], 9, "; the same command with --out {} --resume auto goes on from step 7"),
        ([NETWORK], 9, "; the network so far is in {}; there is no checkpoint to go on from"),
        (["metrics.jsonl"], 9, "; there is no checkpoint to go on from; delete {} to begin anew"),
    ],
)
@pytest.mark.parametrize(
    ("ends", "what"),
    [(KeyboardInterrupt, "interrupted"), (Terminated, "terminated by SIGTERM")],
)
def test_a_signal_says_how_to_go_on(tmp_path, left, step, words, ends, what):
    folder = tmp_path / "run"

    def train():
        with locked_folder(folder, "never"):
            for name in left:
                (folder / name).mkdir(parents=True)
            if step:
                heartbeat(folder)(step)
            raise ends

    with pytest.raises(ends) as ended:
        train()
    text = f"{what}{words.format(folder)}"
    assert str(ended.value) == text
    assert read_log(folder)[-1]["error"] == f"{ends.__name__}: {text}"
    claims = nullcontext() if step == 0 else pytest.raises(FileExistsError)
    with claims:  # what was said is done
        claim_folder(folder, "never")
    if "--resume auto" in text:
        claim_folder(folder, "auto")
    if "delete" in text:
        shutil.rmtree(folder)
        claim_folder(folder, "never")


@pytest.mark.parametrize("ends", [KeyboardInterrupt("go on"), Terminated(), ValueError("cause")])
@pytest.mark.parametrize("damage", ["full", "status.json", "manifest.json"])
def test_a_full_disk_or_a_damaged_file_does_not_hide_why_a_run_ended(
    tmp_path, monkeypatch, ends, damage
):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    def train():
        with locked_folder(tmp_path, "auto", extend=True):
            if damage == "full":
                monkeypatch.setattr("jaxcnn.experiment._folder.write_status", fail)
            else:
                (tmp_path / damage).write_text("")
            raise ends

    write_status(tmp_path, "done")
    (tmp_path / "checkpoints" / "7").mkdir(parents=True)
    with pytest.raises(type(ends)) as caught:
        train()
    assert caught.value is ends
