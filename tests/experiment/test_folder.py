"""Which folder a run gets, or goes on with."""

import os
from pathlib import Path

import pytest
from run_folders import finish, status

from jaxcnn._support.manifest import write_manifest
from jaxcnn.experiment import Config, verify_run
from jaxcnn.experiment._folder import claim_folder, default_folder, locked_folder
from jaxcnn.runs import FolderInUseError, write_status


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


def test_a_second_run_in_the_folder_is_refused(tmp_path):
    with (
        locked_folder(tmp_path, "never"),
        pytest.raises(FolderInUseError, match="that no other process uses, got one"),
        locked_folder(tmp_path, "auto"),
    ):
        pass


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
