"""A run goes on, or counts as finished, only with its own options and files."""

import json
import shutil
from pathlib import Path

import pytest
import saved_runs
import small

from jaxcnn.data import Augmentation
from jaxcnn.experiment import Config, read_options, run
from jaxcnn.experiment._compare_options import check_finished, check_resumable
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


def log_options(folder, without=(), **options):
    config = Config(**BEGUN | options)
    preset = config.resolve("digits")
    content = logged_options(config, "digits", preset, config.plan(preset))
    for field in without:
        del content["augmentation"][field]
    append_log(folder, "options", **content)


@pytest.fixture
def cut_off(tmp_path):
    """The folder of a run that was cut off after step 12."""
    (tmp_path / "checkpoints" / "12").mkdir(parents=True)
    write_status(tmp_path, "running", steps=12)
    log_options(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The folder of a finished run, to be copied."""
    config, folder = Config(**BEGUN), tmp_path_factory.mktemp("saved") / "run"
    record = recorded(config, "digits", config.resolve("digits")) | {"devices": 2}
    saved_runs.run().save(folder, config=record)
    write_status(folder, "done", steps=12)
    return folder


@pytest.fixture
def finished(saved, tmp_path, monkeypatch):
    """The folder of a finished run."""
    monkeypatch.setattr("jaxcnn.experiment._run.load_dataset", lambda _: pytest.fail("loaded"))
    return Path(shutil.copytree(saved, tmp_path / "done"))


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


def test_a_change_that_an_older_version_did_not_have_is_off(cut_off):
    log_options(cut_off, without=["quarter_turns", "resized_crop"])
    check_resumable(cut_off, Config(**BEGUN), None)


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
        {"max_steps": 20, "max_seconds": 5.0},
        {"data_dir": Path("moved")},
    ],
)
def test_what_does_not_decide_the_training_may_change(cut_off, options):
    check_resumable(cut_off, Config(**BEGUN | options), None)


@pytest.mark.parametrize(("number", "begun", "other"), [(12, 3, 5), (20, 5, 3)])
def test_an_extension_that_was_cut_off_is_bound_once_it_has_a_checkpoint(
    cut_off, number, begun, other
):
    append_log(cut_off, "begin", resumed_from=12)
    log_options(cut_off, epochs=5)
    (cut_off / "checkpoints" / str(number)).mkdir(exist_ok=True)
    check_resumable(cut_off, Config(**BEGUN | {"epochs": begun}), None)
    for epochs in (other, 4):
        with pytest.raises(CheckpointError, match=f"^epochs: expected {begun}, got {epochs}"):
            check_resumable(cut_off, Config(**BEGUN | {"epochs": epochs}), None)


def test_a_run_that_was_extended_has_its_last_number_of_epochs(finished):
    record = read_options(finished) | {"epochs": 5}
    (finished / "config.json").write_text(json.dumps(record))
    small.unsigned(finished)
    (finished / "checkpoints" / "12").mkdir(parents=True)
    log_options(finished)  # the first training
    for epochs in (3, 4):
        options = BEGUN | {"extend": True, "epochs": epochs, "out": finished}
        with pytest.raises(CheckpointError, match=f"^epochs: expected 5, got {epochs} "):
            run(Config(**options))


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


FILES = [
    *("architecture.json", "config.json", "metrics.csv", "metrics.jsonl", "network.json"),
    *("result.json", "test.safetensors", "weights.safetensors"),
]
ANEW = r" \(copy the folder again .*; there is no checkpoint to write the results anew from\)$"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("has_manifest", [True, False])
def test_a_finished_run_has_all_files(finished, name, has_manifest):
    (finished / name).unlink()
    if not has_manifest:
        small.unsigned(finished)
    expected = f"{name}: expected a file of a finished run, got none{ANEW}"
    with pytest.raises(FileNotFoundError, match=expected):
        run(Config(**BEGUN, out=finished))


def test_a_finished_run_without_checksums_is_read(finished):
    small.unsigned(finished)
    assert run(Config(**BEGUN, out=finished)) == finished
    (finished / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match=r"weights\.safetensors: "):
        run(Config(**BEGUN, out=finished))


def change_a_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["weights.safetensors", "metrics.csv"])
@pytest.mark.parametrize(("options", "how"), [({}, "extend=True"), ({"extend": True}, "extend=T")])
def test_a_changed_file_of_a_finished_run_is_not_overwritten(finished, name, options, how):
    (finished / "checkpoints" / "12").mkdir(parents=True)
    (finished / name).write_bytes(b"")
    (finished / "architecture.json").unlink()
    expected = rf"{name}: expected the .* got 0 \(copy .*; or delete it, and .* with {how}"
    before = read_status(finished)
    for epochs in (3, 9):
        with pytest.raises(ValueError, match=expected):
            run(Config(**BEGUN | options | {"epochs": epochs}, out=finished))
    assert read_status(finished) == before


def test_a_changed_file_of_an_interrupted_run_is_not_overwritten(finished):
    write_status(finished, "interrupted", steps=12)
    (finished / "checkpoints" / "12").mkdir(parents=True)
    change_a_byte(finished / "weights.safetensors")
    expected = r"weights.safetensors: expected the .* delete it, and .* with resume='auto' write"
    with pytest.raises(ValueError, match=expected):
        run(Config(**BEGUN, out=finished))


def test_a_damaged_manifest_is_named(finished):
    (finished / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match=r"manifest\.json: expected the manifest .* delete this"):
        run(Config(**BEGUN, out=finished))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("stopped", "options", "goes_on"),
    [
        ("max_steps", {}, False),
        ("max_steps", {"max_steps": 13}, True),
        ("max_steps", {"max_steps": None}, True),
        ("max_steps", {"max_seconds": 9.0}, False),
        ("max_seconds", {"max_seconds": 9.0}, True),
        (None, {"max_steps": 13}, False),
    ],
)
def test_a_run_that_a_limit_ended_goes_on_with_a_larger_one(finished, stopped, options, goes_on):
    limits = {"max_steps": 12, "max_seconds": 3.0}
    record = read_options(finished) | limits
    (finished / "config.json").write_text(json.dumps(record))
    small.unsigned(finished)
    write_status(finished, "done", steps=12, stopped=stopped)
    if goes_on:  # from a checkpoint
        with pytest.raises(CheckpointError, match=r"^max_(steps|seconds): expected "):
            check_finished(finished, Config(**BEGUN | limits | options), None)
    (finished / "checkpoints" / "12").mkdir(parents=True)
    assert check_finished(finished, Config(**BEGUN | limits | options), None) == goes_on
    with pytest.raises(CheckpointError, match=r"^max_steps: expected 12, got 11 "):
        check_finished(finished, Config(**BEGUN | limits | {"max_steps": 11}), None)


def test_to_extend_without_more_epochs_is_to_be_finished(finished, capsys):
    (finished / "checkpoints" / "12").mkdir(parents=True)
    options = BEGUN | {"extend": True, "out": finished}
    assert run(Config(**options)) == finished
    assert "is finished already" in capsys.readouterr().err
    assert read_log(finished) == []
    for change in ({"epochs": 4}, {"epochs": 4, "tta": "flip"}):
        assert check_finished(finished, Config(**options | change), None)
    (finished / "weights.safetensors").unlink()
    assert check_finished(finished, Config(**options), None)  # it is written anew
