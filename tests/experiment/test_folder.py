"""Which folder a run gets, or goes on with."""

import json
import os
import shutil
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import small

from jaxcnn import commands, data
from jaxcnn._support.manifest import mark_incomplete, write_manifest
from jaxcnn.experiment import Config, read_options, run, verify_run
from jaxcnn.experiment._folder import claim_folder, default_folder, is_finished, locked_folder
from jaxcnn.experiment._recorded import begin_methods, config_of
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import FolderInUseError, append_log, heartbeat, read_log, read_status, write_status
from jaxcnn.training import Terminated

OPTIONS = {"dataset": "digits", "preset": "quick", "seed": 0}


@pytest.fixture
def cut_off(tmp_path, monkeypatch):
    """The folder of a run that was cut off."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / "name"
    (folder / "checkpoints" / "12").mkdir(parents=True)
    return folder


def finish(folder, **result):
    (folder / "result.json").write_text(json.dumps({"n_test": 3} | result))


@pytest.mark.parametrize("resume", ["auto", "must"])
def test_a_run_that_was_cut_off_goes_on(cut_off, resume):
    assert claim_folder(cut_off, resume) == cut_off
    finish(cut_off, interrupted=True)
    assert claim_folder(cut_off, resume) == cut_off


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_run_goes_on_from_a_checkpoint_that_was_being_replaced(cut_off, is_begun):
    checkpoints = cut_off / "checkpoints"
    (checkpoints / "12" / "arrays").mkdir()
    write_manifest(checkpoints / "12")
    (checkpoints / "12").rename(checkpoints / "12.replaced")
    if is_begun:
        (checkpoints / "12").mkdir()
    write_status(cut_off, "running", steps=12)
    found = verify_run(cut_off)
    assert found.is_as_saved
    assert "goes on from step 12" in str(found.unfinished)
    assert default_folder("name", "auto").absolute() == cut_off
    with locked_folder(cut_off, "must", extend=True):
        assert [path.name for path in checkpoints.iterdir()] == ["12"]
    assert (checkpoints / "12" / "arrays").is_dir()


def test_it_is_not_overwritten_and_the_error_says_how_to_go_on(cut_off):
    with pytest.raises(FileExistsError, match=r"cut off \(the same command with --out .* --resume"):
        claim_folder(cut_off, "never")


def test_a_new_folder_is_claimed_unless_there_must_be_a_run(tmp_path):
    assert claim_folder(tmp_path / "new", "auto").is_dir()
    with pytest.raises(FileNotFoundError, match="expected a run to go on with, got none"):
        claim_folder(tmp_path / "other", "must")


def test_a_finished_run_is_kept(cut_off):
    finish(cut_off)
    assert claim_folder(cut_off, "auto") == cut_off
    expected = r"expected a new folder, got a finished run \(resume='auto' .* extend=True .* out= "
    with pytest.raises(FileExistsError, match=expected):
        claim_folder(cut_off, "never")


def test_without_a_name_the_last_unfinished_run_goes_on(cut_off):
    assert default_folder("name", "never").name == "name-2"
    assert default_folder("name", "auto").name == "name"
    (cut_off.parent / "name-2").mkdir()
    assert default_folder("name", "auto").name == "name-3"
    finish(cut_off)
    assert default_folder("name", "must").name == "name-3"


def test_checkpoints_are_needed_to_resume():
    with pytest.raises(ValueError, match="expected checkpoints with resume='auto', got 0"):
        Config(resume="auto", checkpoint_every=0)
    with pytest.raises(ValueError, match="checkpoint_every: expected at least 0, got -1"):
        Config(checkpoint_every=-1)
    for options in ({}, {"out": Path("run"), "checkpoint_every": 0}):
        with pytest.raises(ValueError, match=r"checkpoints with extend=True, got (None|0)"):
            Config(extend=True, **options)
    with pytest.raises(ValueError, match="resume: expected one of"):
        Config(resume="yes")


def status(folder):
    found = read_status(folder)
    return found and (found.status, found.steps)


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


def test_an_extension_without_a_step_writes_no_results(cut_off, monkeypatch):
    few = data.Splits(small.dataset(), small.dataset())
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: ("digits", few))
    monkeypatch.setattr("jaxcnn.experiment._run.announce", lambda *_: None)
    monkeypatch.setattr("jaxcnn.experiment._run._write", pytest.fail)
    ended = SimpleNamespace(interrupted=True, steps=12)
    monkeypatch.setattr("jaxcnn.experiment._run.fit", lambda *_, **__: ended)
    with pytest.raises(KeyboardInterrupt):
        run(Config(**OPTIONS, out=cut_off, extend=True))


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


def test_a_folder_without_a_step_is_used_again_but_not_one_of_somebody_else(tmp_path):
    (tmp_path / "checkpoints" / "9.tmp").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        claim_folder(tmp_path, "never")
    write_status(tmp_path, "interrupted")
    assert claim_folder(tmp_path, "never") == tmp_path


@pytest.mark.parametrize(
    "litter", [".status.json.12345678.partial", "tensorboard/events", ".writable"]
)
def test_a_kill_before_the_first_checkpoint_does_not_block_the_folder(cut_off, litter):
    (cut_off / "checkpoints" / "12").rmdir()
    (cut_off / "checkpoints").rmdir()
    write_status(cut_off, "running")
    (cut_off / litter).parent.mkdir(exist_ok=True)
    (cut_off / litter).touch()
    assert default_folder("name", "auto").absolute() == cut_off
    with pytest.raises(FileNotFoundError, match="expected a run to go on with, got none"):
        claim_folder(cut_off, "must")
    with locked_folder(cut_off, "auto") as folder:
        assert not [*folder.glob("*.partial")]
    assert status(cut_off) == ("done", 0)


def test_a_training_that_begins_anew_says_so(tmp_path, monkeypatch, capsys):
    def read(_):
        raise OSError("enough")

    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", read)
    for step in (0, 5):
        write_status(tmp_path, "running", steps=step)
        with pytest.raises(OSError, match="enough"):
            run(Config(**OPTIONS, out=tmp_path, resume="auto"))
        said = f"There is no checkpoint in {tmp_path} to go on from; the training begins anew.\n"
        assert capsys.readouterr().err == said * (step > 0)


@pytest.mark.parametrize("kept", [True, False])
def test_a_training_that_lost_its_last_checkpoint_says_so(cut_off, monkeypatch, capsys, kept):
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: 1 / 0)
    (cut_off / "checkpoints" / "66").mkdir()
    write_status(cut_off, "interrupted", steps=66)
    (cut_off / "checkpoints" / "66").rmdir()
    if not kept:
        (cut_off / "checkpoints" / "12").rmdir()
    with pytest.raises(ZeroDivisionError):
        run(Config(**OPTIONS, out=cut_off, resume="auto"))
    goes_on = "goes on from step 12" if kept else "begins anew"
    said = f"The checkpoint after step 66 is not in {cut_off} anymore; the training {goes_on}.\n"
    assert capsys.readouterr().err == said


def test_a_kill_while_the_first_status_is_written(tmp_path):
    (tmp_path / ".status.json.12345678.partial").touch()
    with locked_folder(tmp_path, "never"):
        assert status(tmp_path) == ("running", 0)


@pytest.mark.parametrize("left", ["", "checkpoints"])
def test_a_saved_network_without_checkpoints_is_not_overwritten(tmp_path, left):
    (tmp_path / left).mkdir(exist_ok=True)
    write_status(tmp_path, "interrupted", steps=3)
    (tmp_path / "network.json").touch()
    with pytest.raises(FileExistsError, match=r"got one that contains (checkpoints|network)"):
        claim_folder(tmp_path, "auto")


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


def test_damaged_metrics_are_named_before_the_data_is_read(cut_off, monkeypatch):
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", pytest.fail)
    write_status(cut_off, "running", steps=12)
    for damage in ("{}\n", "\0", '{"epoch": "1"}\n'):
        (cut_off / "metrics.jsonl").write_text(damage)
        with pytest.raises(ValueError, match=r"metrics\.jsonl: .* \(delete this file; a training"):
            run(Config(**OPTIONS, out=cut_off, resume="auto"))


def test_an_empty_status_is_named_with_what_to_do(cut_off):
    (cut_off / "status.json").touch()
    with (
        pytest.raises(
            ValueError, match=r"status\.json: .* \(delete this file; the checkpoints have"
        ),
        locked_folder(cut_off, "auto"),
    ):
        pass
    (cut_off / "status.json").unlink()
    with locked_folder(cut_off, "auto"):
        assert status(cut_off) == ("running", 12)


def test_a_second_run_in_the_folder_is_refused(tmp_path):
    with (
        locked_folder(tmp_path, "never"),
        pytest.raises(FolderInUseError, match="that no other process uses, got one"),
        locked_folder(tmp_path, "auto"),
    ):
        pass


def test_options_of_a_process_that_was_refused_are_not_those_of_the_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the options of an experiment, got none"):
        read_options(tmp_path)
    for seed, error in (
        (0, None),
        (1, "CheckpointError: another"),
        (2, "CheckpointError: another"),
    ):
        append_log(
            tmp_path, "options", dataset="digits", preset="quick", seed=seed, data_dir="here"
        )
        append_log(tmp_path, "end", error=error)
    assert read_options(tmp_path)["seed"] == 0
    (tmp_path / "config.json").write_text('{"dataset": "mnist", "preset": "quick", "seed": 3}')
    assert read_options(tmp_path)["seed"] == 3
    assert read_options(tmp_path)["data_dir"] == "here"


@pytest.mark.parametrize("devices", ["\x1b", 0, True, 1025, 10**9, [1]])
def test_a_run_cannot_ask_for_any_number_of_devices(tmp_path, devices):
    (tmp_path / "config.json").write_text(json.dumps(OPTIONS | {"devices": devices}))
    with pytest.raises(ValueError, match=r"config\.json: devices: expected 1 to 1024, got "):
        read_options(tmp_path)


@pytest.mark.parametrize("name", ["data_dir", "table"])
def test_places_that_a_run_names_are_not_used(tmp_path, name):
    kind = {"data_dir": "folder"}.get(name, name)
    options = OPTIONS | {"dataset": kind, name: "/place/\x1b"}
    with pytest.raises(ValueError, match=r"data_dir: expected the folder .* in /place/\\x1b, got"):
        config_of(options, None)
    mine = config_of(options | {name: "/place/../a.csv"}, tmp_path)
    assert mine.data_dir == tmp_path
    assert mine.table == (None if name == "data_dir" else tmp_path / "a.csv")


def test_a_run_that_is_killed_has_its_table_of_methods(tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("jaxcnn.experiment._run.fit", killed)
    few = data.Splits(small.dataset(), small.dataset())
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: ("digits", few))
    monkeypatch.setattr("jaxcnn.experiment._run.announce", lambda *_: None)
    (tmp_path / "mine.json").write_text(MethodTable({"a": "winograd"}).to_json())
    with pytest.raises(KeyboardInterrupt):
        run(Config(**OPTIONS, methods=tmp_path / "mine.json", out=tmp_path / "run"))
    assert MethodTable.load(tmp_path / "run" / "methods.json").methods == {"a": "winograd"}


def test_the_table_of_methods_is_that_of_the_checkpoints(tmp_path):
    file, one, two = tmp_path / "methods.json", MethodTable({"a": "xla"}), MethodTable({"b": "xla"})
    begin_methods(one, tmp_path)
    begin_methods(None, tmp_path)
    assert not file.exists()  # nothing was trained with the first table
    begin_methods(two, tmp_path)
    (tmp_path / "checkpoints" / "5").mkdir(parents=True)
    for table in (None, one):  # a training that goes on, or is refused
        begin_methods(table, tmp_path)
        assert MethodTable.load(file).methods == {"b": "xla"}
    (tmp_path / "checkpoints" / "5").rmdir()
    begin_methods(one, tmp_path, extend=True)
    assert MethodTable.load(file).methods == {"b": "xla"}


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("name", ["log.jsonl", "config.json", "checkpoints/3/a"])
def test_a_run_with_a_link_out_of_it_is_not_verified_further(tmp_path, name, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "out.jsonl").write_text(json.dumps(OPTIONS | {"time": "", "event": "options"}))
    folder = tmp_path / "run"
    (folder / "checkpoints" / "3").mkdir(parents=True)
    (folder / name).symlink_to(tmp_path / "out.jsonl")
    with pytest.raises(ValueError, match=f"{name}: expected a file of the folder, got a link"):
        read_options(folder)
    found = verify_run(folder, data=True)
    assert [(part.part, part.state) for part in found.parts] == [(name, "differs")]
    with pytest.raises(SystemExit) as done:
        commands.main(["verify", "~/run", "--data"])
    assert done.value.code == 1
    assert f"Differs: {name}." in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("name", ["checkpoints/12/a", "status.json", "checkpoints/13"])
def test_a_run_with_a_link_out_of_it_is_not_gone_on_with(cut_off, name):
    (cut_off / name).symlink_to("/etc")
    with (
        pytest.raises(ValueError, match=f"{name}: expected a file of the folder, got a link that"),
        locked_folder(cut_off, "auto"),
    ):
        pass
    (cut_off / name).unlink()
    (cut_off / "inner").symlink_to("checkpoints")
    with locked_folder(cut_off, "auto") as folder:
        assert folder == cut_off


def test_no_links_are_looked_for_in_a_folder_that_is_no_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("jaxcnn._support.files.links_out", pytest.fail)
    monkeypatch.setattr("jaxcnn.commands._verify.set_up", pytest.fail)
    with pytest.raises(SystemExit) as done:
        commands.main(["verify", str(tmp_path), "--data"])
    assert done.value.code == 2
    assert "expected a saved network" in capsys.readouterr().err


def test_a_subfolder_named_by_a_number_does_not_finish_a_run(cut_off):
    write_status(cut_off, "interrupted", steps=12)
    (cut_off / "5").mkdir()
    assert str(verify_run(cut_off).unfinished).startswith("was interrupted after step 12")


@pytest.mark.parametrize(("last", "epochs"), [("12", 2), ("19", 5)])
def test_a_killed_extension_is_verified_with_its_epochs(cut_off, monkeypatch, last, epochs):
    def load_dataset(config):
        raise LookupError(f"{config.epochs} epochs")

    monkeypatch.setattr("jaxcnn.experiment._verify.load_dataset", load_dataset)
    (cut_off / "checkpoints" / last).mkdir(exist_ok=True)
    (cut_off / "config.json").write_text(json.dumps(OPTIONS | {"epochs": 2}))
    for resumed_from, logged in ((0, 2), (12, 5)):
        append_log(cut_off, "begin", resumed_from=resumed_from)
        append_log(cut_off, "options", **OPTIONS, epochs=logged)
    with pytest.raises(LookupError, match=f"{epochs} epochs"):
        verify_run(cut_off, data=True)
