"""What `verify_run` finds out about folders without reading the data set."""

import json
import os

import pytest
from run_folders import OPTIONS

from jaxcnn import commands
from jaxcnn.experiment import read_options, verify_run
from jaxcnn.runs import append_log, write_status


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
