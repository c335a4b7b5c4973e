"""A run goes on, or counts as finished, only with its own options and files."""

from pathlib import Path

import bright_rows
import pytest

import jaxcnn
from jaxcnn.data import Augmentation
from jaxcnn.experiment import Config, run
from jaxcnn.experiment._compare_options import check_resumable
from jaxcnn.experiment._recorded import logged_options, recorded
from jaxcnn.runs import append_log, read_log, read_status, write_status
from jaxcnn.training import CheckpointError

BEGUN = {
    "dataset": "digits",
    "model": "lenet5",
    "epochs": 3,
    "devices": 2,
    "resume": "auto",
}
FLIPPED = Augmentation(flip="random")


def log_options(folder, **options):
    config = Config(**BEGUN | options)
    preset = config.resolve("digits")
    content = logged_options(config, "digits", preset, config.plan(preset))
    append_log(folder, "options", **content)


@pytest.fixture
def cut_off(tmp_path):
    """The folder of a run that was cut off after step 12."""
    (tmp_path / "checkpoints" / "12").mkdir(parents=True)
    write_status(tmp_path, "running", steps=12)
    log_options(tmp_path)
    return tmp_path


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """The folder of a finished run."""
    config, folder = Config(**BEGUN), tmp_path / "done"
    record = recorded(config, "digits", config.resolve("digits")) | {"devices": 2}
    jaxcnn.Run(bright_rows.network()).save(folder, config=record)
    write_status(folder, "done", steps=12)
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: pytest.fail("loaded"))
    return folder


CHANGES = [
    ({"seed": 1}, "^seed: expected 0, got 1 "),
    ({"model": "alexnet"}, "^model: expected 'lenet5', got 'alexnet' "),
    ({"model": None}, "^model: expected 'lenet5', got 'cifar_small'"),
    ({"preset": "standard"}, "^preset: expected 'quick', got 'standard' "),
    ({"dataset": "mnist"}, "^dataset: expected 'digits', got 'mnist' "),
    ({"epochs": 4}, r"^epochs: expected 3, got 4 .* extend=True goes on with more epochs\)$"),
    ({"epochs": 2}, r"^epochs: expected 3, got 2 .* new run\)$"),
    ({"devices": 1}, "^devices: expected 2, got 1 "),
    ({"shift": 1, "seed": 1}, "^seed: expected 0, got 1; shift: expected 2, got 1 "),
    ({"epochs": 2, "extend": True}, "^epochs: expected 3, got 2 "),
    ({"epochs": 4, "extend": True, "seed": 2}, "^seed: expected 0, got 2 "),
]


@pytest.mark.parametrize(("options", "message"), CHANGES)
def test_another_option_is_refused_before_anything_is_loaded(
    cut_off, options, message, monkeypatch
):
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: pytest.fail("loaded"))
    before = read_status(cut_off), read_log(cut_off)
    with pytest.raises(CheckpointError, match=message):
        run(Config(**BEGUN | options, out=cut_off))
    assert (read_status(cut_off), read_log(cut_off)) == before


def test_another_augmentation_is_another_run(cut_off):
    with pytest.raises(CheckpointError, match=r"^augmentation: expected that of the run, got an"):
        check_resumable(cut_off, Config(**BEGUN, augmentation=Path("mine.json")), FLIPPED)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dataset": "auto"},
        {"devices": None},
        {"tta": "flip"},
        {"keep": 9},
        {"data_dir": Path("moved")},
    ],
)
def test_what_does_not_decide_the_training_may_change(cut_off, options):
    check_resumable(cut_off, Config(**BEGUN | options), None)


def test_after_an_extension_that_was_cut_off_both_lengths_are_known(cut_off):
    log_options(cut_off, epochs=5)
    for epochs in (3, 5):
        check_resumable(cut_off, Config(**BEGUN | {"epochs": epochs}), None)
    with pytest.raises(CheckpointError, match=r"^epochs: expected 5, got 4"):
        check_resumable(cut_off, Config(**BEGUN | {"epochs": 4}), None)


def test_without_checkpoints_nothing_is_bound(cut_off):
    (cut_off / "checkpoints" / "12").rmdir()
    check_resumable(cut_off, Config(**BEGUN | {"seed": 1}), None)


def test_a_run_without_checkpoints_is_not_extended(finished):
    with pytest.raises(FileNotFoundError, match="expected a run with checkpoints to extend, got n"):
        run(Config(**BEGUN | {"extend": True, "epochs": 9}, out=finished))
    assert run(Config(**BEGUN, out=finished)) == finished


def test_a_finished_run_stays_as_it_is(finished, capsys):
    assert run(Config(**BEGUN, out=finished)) == finished
    assert "is finished already" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "message"), CHANGES[:-2])
def test_a_finished_run_with_other_options_is_another_run(finished, options, message):
    with pytest.raises(CheckpointError, match=message):
        run(Config(**BEGUN | options, out=finished))


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["weights.safetensors", "network.json", "config.json"])
def test_a_changed_file_of_a_finished_run_is_named(finished, name, change):
    change(finished / name)
    with pytest.raises((ValueError, FileNotFoundError), match=name):
        run(Config(**BEGUN, out=finished))
