"""A whole experiment, from a config to a folder."""

import dataclasses
import json
import re

import bright_rows
import events
import numpy as np
import pytest
from cut_off import CutOffError, cut_after

import jaxcnn
from jaxcnn import data
from jaxcnn.experiment import Config, _run, read_options, run, verify_run
from jaxcnn.lowering import MethodTable
from jaxcnn.runs import append_epoch, read_log, read_record, read_status, verify
from jaxcnn.training import CheckpointError, NonFiniteLossError

pytestmark = pytest.mark.thorough

# The quickest network to compile; the digits are shown to it as 32×32 gray images.
QUICK = {"dataset": "digits", "model": "lenet5", "epochs": 1}
QUICKEST = QUICK | {"devices": 1, "shift": 0}
ALL = data.digits()


@pytest.fixture(scope="module", autouse=True)
def little_to_do():
    """Two batches of digits to learn from, all to test on, and no pictures."""
    few = ALL._replace(train=ALL.train.subset(np.arange(128)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "digits", lambda: few)
        patch.setattr("jaxcnn.experiment._run.save_pictures", lambda *_, **__: None)
        yield


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path / "empty"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def methods(tmp_path, monkeypatch):
    """A table's file, and the convolutions that it was asked for."""
    asked = []
    monkeypatch.setattr(MethodTable, "method", lambda _, *convolution: asked.append(convolution))
    path = tmp_path / "mine.json"
    path.write_text(MethodTable({"a convolution": "winograd"}).to_json())
    return path, asked


def test_a_run_on_digits(tmp_path, capsys, methods):
    path, asked = methods
    folder = run(Config(**QUICKEST | {"devices": 2}, methods=path, out=tmp_path / "out"))
    assert 2 in {machine.devices for _, machine in asked}
    kept = MethodTable.load(folder / "methods.json")
    assert kept.methods == {"a convolution": "winograd"}
    assert folder == tmp_path / "out"
    result = json.loads((folder / "result.json").read_text())
    assert result["dataset"] == "digits"
    assert (result["model"], result["preset"], result["seed"]) == ("lenet5", "quick", 0)
    assert result["n_test"] == 360
    printed = capsys.readouterr().out
    assert f"test accuracy {result['test_accuracy']:.2%}" in printed
    assert "n = 360" in printed
    config = json.loads((folder / "config.json").read_text())
    assert config["epochs"] == 1
    assert config["devices"] == result["devices"] == 2
    assert config["methods"] == result["methods"] == "mine.json"
    assert config["learning_rate"] == jaxcnn.experiment.PRESETS["digits"]["quick"].learning_rate
    network = jaxcnn.load(folder)
    assert network.input_shape == (32, 32, 1)
    assert network.class_names == tuple("0123456789")


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """The folders of two runs of one config that names none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("twice"))
        config = Config(**QUICKEST, dataset_name="my digits")
        return [run(config).absolute() for _ in range(2)]


def test_the_same_seed_twice_gives_the_same_bits(twice):
    first, second = [(folder / "weights.safetensors").read_bytes() for folder in twice]
    assert first == second


def test_runs_without_a_folder_are_numbered(twice):
    names = ["digits-lenet5-quick-seed0", "digits-lenet5-quick-seed0-2"]
    assert [folder.name for folder in twice] == names


def test_a_name_of_ones_own_is_on_every_result(twice):
    results = [json.loads((folder / "result.json").read_text()) for folder in twice]
    assert [result["dataset"] for result in results] == ["my digits"] * 2


def test_a_finished_run_takes_its_last_steps_again(twice):
    found = verify_run(twice[0], steps=2)
    assert found.is_as_saved
    (twice[0] / "config.json").rename(twice[0] / "kept")  # as if it had been killed
    assert read_options(twice[0])["model"] == "lenet5"
    (twice[0] / "kept").rename(twice[0] / "config.json")
    assert [part.part for part in found.parts][-4:] == [
        *("training data", "validation data", "weights", "steps 1 to 2"),
    ]
    (twice[1] / "config.json").write_text('{"seed": 0}')
    with pytest.raises(ValueError, match="expected the options of an experiment, got none of the"):
        verify_run(twice[1], data=True)


@pytest.mark.slow
def test_a_killed_run_with_methods_takes_its_last_steps_again(tmp_path, monkeypatch):
    method = MethodTable.method
    monkeypatch.setattr(
        MethodTable, "method", lambda table, *_: "im2col" if table.methods else method(table, *_)
    )
    path = tmp_path / "mine.json"
    path.write_text(MethodTable({"any convolution": "im2col"}).to_json())
    cut_after(2, monkeypatch)
    options = QUICKEST | {"checkpoint_every": 1, "epochs": 2, "methods": path}
    with pytest.raises(CutOffError):
        run(Config(**options, out=tmp_path / "run"))
    found = verify_run(tmp_path / "run", steps=2)
    assert found.unfinished is not None
    assert found.is_as_saved, found
    assert found.parts[-1].part.startswith("steps ")
    (tmp_path / "run" / "methods.json").unlink()
    assert not verify_run(tmp_path / "run", steps=2).is_as_saved


@pytest.mark.slow
def test_a_finished_run_is_extended_or_stays_as_it_is(twice):
    folder = twice[0]
    weights = (folder / "weights.safetensors").read_bytes()
    options = QUICKEST | {"dataset_name": "my digits", "out": folder, "extend": True}
    with pytest.raises(CheckpointError, match="seed: expected 0, got 1"):
        run(Config(**options | {"epochs": 2, "seed": 1}))
    assert read_status(folder) == read_status(folder)._replace(status="done", steps=2)
    assert verify(folder).is_as_saved
    with pytest.warns(UserWarning, match="from step 2 on, the optimizer follows the schedule of 2"):
        run(Config(**options | {"epochs": 2}))
    longer = jaxcnn.load(folder)
    assert (longer.steps, len(longer.history)) == (4, 2)
    assert longer.settings["extended"] == [{"epochs": 1, "step": 2}]
    longer_weights = (folder / "weights.safetensors").read_bytes()
    assert longer_weights != weights
    (folder / "weights.safetensors").unlink()
    run(Config(**options | {"epochs": 2}))  # from the checkpoint
    assert (folder / "weights.safetensors").read_bytes() == longer_weights
    assert jaxcnn.load(folder).settings["extended"] == [{"epochs": 1, "step": 2}]
    events = [entry["event"] for entry in read_log(folder)]
    assert events.count("begin") == events.count("end") == 3  # not of the refused one
    assert "warning" in events


@pytest.mark.parametrize("diverges", [True, False])
def test_a_full_disk_does_not_hide_how_a_training_ended(tmp_path, monkeypatch, capsys, diverges):
    reached = jaxcnn.Run(bright_rows.network(), (), steps=3, interrupted=True)

    def train(*_, checkpoints, **__):
        (checkpoints.folder / "2").mkdir(parents=True)
        if diverges:
            raise NonFiniteLossError(reached, what="the loss", step=2, epoch=1, learning_rate=1)
        return reached

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jaxcnn.experiment._subject.fit", train)
    monkeypatch.setattr("jaxcnn.experiment._run._write", fail)
    expected = NonFiniteLossError if diverges else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        run(Config(**QUICKEST, out=tmp_path / "out"))
    assert "No space left" in str(caught.value) + capsys.readouterr().err
    assert read_status(tmp_path / "out").status == ("failed" if diverges else "interrupted")


def test_ctrl_c_while_pictures_are_drawn_says_that_all_is_saved(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("jaxcnn.experiment._run.save_pictures", interrupt)
    finished = jaxcnn.Run(bright_rows.network(), steps=3)
    options = {"test": None, "record": {}, "table": None, "config": Config(**QUICKEST)}
    expected = f"interrupted while pictures were drawn; all results are in {tmp_path} (jaxcnn rep"
    with pytest.raises(KeyboardInterrupt, match=re.escape(expected)):
        _run._write(finished, folder=tmp_path, **options)
    assert read_record(tmp_path).result["steps"] == 3
    with pytest.raises(KeyboardInterrupt, match=r"^$"):  # how it goes on is said elsewhere
        _run._write(dataclasses.replace(finished, interrupted=True), folder=tmp_path, **options)


def test_a_table_of_methods_that_is_not_there_is_named_before_training(tmp_path):
    expected = r"^methods: expected a readable file, got .*nowhere\.json \(there is no such file\)"
    with pytest.raises(FileNotFoundError, match=expected):
        run(Config(**QUICK, methods=tmp_path / "nowhere.json", out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_killed_leaves_its_epochs_numbers(tmp_path, monkeypatch):
    def until_killed(logs, folder):
        append_epoch(logs, folder)
        if logs["epoch"] == 2:
            raise SystemExit

    monkeypatch.setattr("jaxcnn.experiment._epoch_log.append_epoch", until_killed)
    folder = tmp_path / "out"
    with pytest.raises(SystemExit):
        run(Config(**QUICKEST | {"epochs": 3}, tensorboard=True, out=folder))
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 2
    assert len((folder / "metrics.csv").read_text().splitlines()) == 3
    assert {step for step, _, _ in events.scalars(folder)} == {1}


@pytest.mark.usefixtures("no_network")
def test_auto_falls_back_on_digits_and_says_so(tmp_path, capsys):
    config = {"dataset": "auto", "dataset_name": "my CIFAR-10", "out": tmp_path / "out"}
    folder = run(Config(**QUICKEST | config))
    assert "CIFAR-10 is not here and cannot be downloaded" in capsys.readouterr().err
    assert json.loads((folder / "result.json").read_text())["dataset"] == "digits"
    assert json.loads((folder / "config.json").read_text())["dataset"] == "digits"


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "mnist"])
def test_insisting_on_a_data_set_fails(tmp_path, dataset):
    with pytest.raises(data.DownloadError):
        run(Config(dataset=dataset, out=tmp_path / "out"))


def test_a_data_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"^data_dir: expected an existing folder, .*nowhere"
    ):
        run(Config(data_dir=tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_another_run_is_refused_before_training(tmp_path):
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(FileExistsError, match="got one that contains "):
        run(Config(**QUICK, out=tmp_path))


@pytest.mark.slow
def test_a_run_that_diverges_saves_what_was_last_good(tmp_path, capsys, methods):
    with pytest.raises(NonFiniteLossError):
        run(Config(**QUICK, learning_rate=1e30, methods=methods[0], out=tmp_path / "out"))
    assert (tmp_path / "out" / "methods.json").exists()
    assert "The last good state is in" in capsys.readouterr().err
    network = jaxcnn.load(tmp_path / "out")
    assert np.isfinite(network.network.logits(np.zeros((1, 32, 32, 1), np.uint8))).all()


@pytest.mark.slow
def test_a_limit_ends_a_run_and_stands_in_its_status(tmp_path, capsys):
    options = {"max_steps": 1, "class_weights": "balanced", "sampler": "balanced"}
    folder = run(Config(**QUICKEST, **options, out=tmp_path / "out", trace=tmp_path / "trace"))
    printed = capsys.readouterr()
    assert (printed.out + printed.err).lower().count("stopped after") == 1
    assert "stopped after step 1 by max_steps" in printed.err
    assert read_status(folder)[:2] == ("done", 1)
    assert read_status(folder).stopped == "max_steps"
    assert json.loads((folder / "result.json").read_text())["stopped"] == "max_steps"
    again = Config(**QUICKEST, **options, out=folder, resume="auto")
    assert run(again) == folder
    assert "is finished already" in capsys.readouterr().err
    assert read_options(folder)["max_steps"] == 1
    run(Config(**QUICKEST, **options | {"max_steps": 2}, out=folder, resume="auto"))
    assert read_status(folder)[:2] == ("done", 2)
    assert read_options(folder)["max_steps"] == 2
    with pytest.raises(CheckpointError, match="max_steps: expected 2, got 1"):
        run(Config(**QUICKEST, **options, out=folder, resume="auto"))
