"""What a run recorded: its options, places and table of methods."""

import json

import pytest
import small
from run_folders import OPTIONS

from jaxcnn import data
from jaxcnn.experiment import Config, read_options, run
from jaxcnn.experiment._recorded import begin_methods, config_of
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import append_log


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


@pytest.mark.thorough
def test_a_run_that_is_killed_has_its_table_of_methods(tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("jaxcnn.experiment._subject.fit", killed)
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
