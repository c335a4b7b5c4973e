"""The checkpoints of a training say whether it is finished."""

import os
import signal

import pytest
import small

import jaxcnn
from jaxcnn import commands
from jaxcnn._support.manifest import write_manifest
from jaxcnn.experiment import verify_run
from jaxcnn.runs import verify
from jaxcnn.training import Checkpoints, EarlyStopping, Terminated, unfinished_checkpoints


def ends_by(number, after):
    """A function for `on_step` that sends this process a signal."""
    return lambda step: os.kill(os.getpid(), number) if step == after else None


IMPROVES = [{"validation_loss": 1.0}, {"validation_loss": 0.5}]
WORSENS = [{"validation_loss": 1.0}, {"validation_loss": 1.5}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"epoch": 2, "history": [], "identity": {"epochs": 9}}, True),
        ({"epoch": 2, "histories": [[], []], "identity": {"epochs": 9}}, True),
        ({"epoch": 9, "history": [], "identity": {"epochs": 9}}, False),
        ({"epoch": 2, "history": IMPROVES, "identity": {"epochs": 9}}, True),
        ({"epoch": 2, "history": WORSENS, "identity": {"epochs": 9}}, False),
        ({"epoch": 0, "position": {}, "identity": {"epochs": 1}}, False),
        ({"epoch": "0", "history": [], "identity": {"epochs": 1}}, False),
        ({"epoch": 0, "history": [], "identity": {"early_stopping": []}}, False),
        ({}, False),
    ],
)
def test_what_a_checkpoint_says(tmp_path, capsys, monkeypatch, content, says):
    (tmp_path / "44" / "arrays").mkdir(parents=True)
    write_manifest(tmp_path / "44")
    content.get("identity", {}).setdefault("early_stopping", {"patience": 1})
    read = "jaxcnn.training.checkpoints._store.read_record"
    monkeypatch.setattr(read, lambda path: {tmp_path / "44": content}[path])
    words = "was last saved after step 44, with 2 of 9 epochs complete (the same call goes on)"
    assert unfinished_checkpoints(tmp_path) == (words if says else None)
    with pytest.raises(SystemExit) as done:
        commands.main(["verify", str(tmp_path)])
    assert done.value.code == (3 if says else 0)
    assert (f"The training is not finished: it {words}." in capsys.readouterr().out) is says


@pytest.mark.slow
def test_a_training_that_was_interrupted_and_goes_on(tmp_path, capsys):
    def status():
        with pytest.raises(SystemExit) as done:
            commands.main(["verify", str(tmp_path)])
        return done.value.code, capsys.readouterr().out

    small.quick_fit(checkpoints=tmp_path, on_step=ends_by(signal.SIGINT, 6))
    code, text = status()
    assert code == 3
    assert "The training is not finished: it was last saved after step 7, with 1 of 2 " in text
    small.quick_fit(checkpoints=tmp_path)
    assert unfinished_checkpoints(tmp_path) is None
    assert verify(tmp_path).parts[0].note == "last saved after step 10"
    assert status()[0] == 0


@pytest.mark.slow
def test_sigterm(tmp_path):
    with pytest.raises(Terminated):
        small.quick_fit(checkpoints=tmp_path, on_step=ends_by(signal.SIGTERM, 1))
    assert "with 0 of 2 epochs complete" in str(verify_run(tmp_path).unfinished)


@pytest.mark.slow
def test_early_stopping(tmp_path):
    stopping, data = EarlyStopping(1, min_change=9.0), small.dataset()
    options = {"checkpoints": tmp_path, "validation": data, "epochs": 9, "early_stopping": stopping}
    assert len(small.quick_fit(**options).history) == 2
    assert unfinished_checkpoints(tmp_path) is None


@pytest.mark.slow
def test_an_ensemble(tmp_path):
    options = {"batch_size": 8, "epochs": 1, "checkpoints": tmp_path, "progress": False}
    jaxcnn.fit_ensemble(small.LINEAR, small.dataset(), seeds=(0, 1), **options)
    assert unfinished_checkpoints(tmp_path) is None


@pytest.mark.slow
def test_a_range_of_learning_rates_does_not_say(tmp_path):
    saved = Checkpoints(tmp_path, every_steps=10)
    options = {"batch_size": 8, "steps": 20, "checkpoints": saved, "progress": False}
    jaxcnn.training.learning_rate_range(small.LINEAR, small.dataset(), **options)
    assert unfinished_checkpoints(tmp_path) is None


def test_a_folder_that_does_not_say(tmp_path):
    assert unfinished_checkpoints(tmp_path) is None
    (tmp_path / "5" / "arrays").mkdir(parents=True)
    assert unfinished_checkpoints(tmp_path) is None
