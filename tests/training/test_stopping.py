"""`on_epoch`, `on_step`, limits and errors end a training, and nothing that was reached is lost."""

import numpy as np
import pytest
import small
from cut_off import CutOffError, cut_after, weights
from small import as_bits, quick_fit

import jaxcnn
from jaxcnn.training import (
    Checkpoints,
    EarlyStopping,
    Plan,
    StopTraining,
    fit_ensemble,
    sgd,
    unfinished_checkpoints,
)
from jaxcnn.training._stopping import TRACED_STEPS


def raise_at(number, error):
    """A function for on_step, or with the epoch for on_epoch, that raises an error once."""

    def call(*arguments):
        at = arguments[0] if len(arguments) == 1 else arguments[1]["epoch"]
        if at == number:
            raise error

    return call


def test_on_epoch_ends_training_by_returning_true():
    run = quick_fit(epochs=9, on_epoch=lambda _, logs: logs["epoch"] == 2)
    assert (run.stopped, run.steps, len(run.history), run.interrupted) == ("on_epoch", 10, 2, False)


@pytest.mark.slow
def test_ends_keep_the_bits_of_what_was_trained():
    run = quick_fit(epochs=9, on_epoch=lambda _, logs: logs["epoch"] == 2)
    whole = quick_fit(epochs=2)
    assert as_bits(run.state.params) == as_bits(whole.state.params)
    by_array = quick_fit(epochs=9, on_epoch=lambda state, _: state.step >= 10)
    assert by_array.steps == 10
    # Other values mean nothing: functions often return what they happen to have.
    assert quick_fit(on_epoch=lambda *_: "yes").stopped is None
    assert quick_fit(max_steps=10).stopped is None  # trained to its end
    part = quick_fit(max_steps=7)
    assert part.history[0]["train_loss"] == whole.history[0]["train_loss"]


@pytest.mark.thorough
def test_stop_training_ends_an_epoch_or_a_step():
    run = quick_fit(epochs=9, on_epoch=raise_at(2, StopTraining()))
    assert (run.stopped, run.steps, len(run.history)) == ("StopTraining", 10, 2)
    seen = []

    def on_step(step):
        seen.append(step)
        if step == 7:
            raise StopTraining

    run = quick_fit(epochs=9, on_step=on_step, validation=small.dataset(seed=1))
    assert (run.stopped, run.steps, len(run.history)) == ("StopTraining", 8, 2)
    assert seen == [*range(1, 9)]
    assert run.history[-1]["step"] == 8
    assert run.history[-1]["validation_loss"] == run.evaluate(small.dataset(seed=1)).loss
    assert "StopTraining" in str(run.to_dict()["stopped"])


def test_an_error_of_on_step_carries_the_step():
    with pytest.raises(KeyError, match="mine") as raised:
        quick_fit(on_step=raise_at(7, KeyError("mine")))
    assert (raised.value.run.steps, len(raised.value.run.history)) == (8, 1)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["on_epoch", "on_step"])
def test_another_error_carries_what_was_reached(where, tmp_path):
    at = {"on_epoch": 2, "on_step": 7}[where]
    calls = {where: raise_at(at, KeyError("mine"))}
    with pytest.raises(KeyError, match="mine") as raised:
        quick_fit(epochs=9, **calls)
    run, steps = raised.value.run, {"on_epoch": 10, "on_step": 8}[where]
    assert (run.steps, run.interrupted, run.stopped) == (steps, True, None)
    assert len(run.history) == {"on_epoch": 2, "on_step": 1}[where]
    assert np.isfinite(run.evaluate(small.dataset()).loss)
    assert f"after step {steps}; the `run` of this error" in raised.value.__notes__[0]
    assert "with checkpoints=, the same call" in raised.value.__notes__[0]
    calls = {where: raise_at(at, KeyError("mine"))}
    with pytest.raises(KeyError) as raised:
        quick_fit(**calls, checkpoints=Checkpoints(tmp_path, every_steps=5))
    assert f"goes on from the last checkpoint in {tmp_path}" in raised.value.__notes__[0]
    resumed = quick_fit(checkpoints=Checkpoints(tmp_path, every_steps=5), resume="must")
    assert weights(resumed) == weights(quick_fit())


@pytest.mark.thorough
def test_an_error_of_the_data_keeps_the_steps_before_it():
    class Rows(list):
        broken = False

        def __getitem__(self, index):
            if self.broken and index == 39:
                raise OSError("the disk is gone")
            return super().__getitem__(index)

    data = small.dataset()
    rows = Rows(zip(data.images, data.labels.tolist(), strict=True))
    source = jaxcnn.data.from_sequence(rows, class_names=[*"abc"])

    def on_epoch(*_):
        Rows.broken = True

    with pytest.raises(OSError, match="the disk is gone") as raised:
        quick_fit(data=source, epochs=4, on_epoch=on_epoch)
    assert raised.value.run.steps >= 5
    assert len(raised.value.run.history) == 1


def test_max_steps_ends_within_an_epoch_and_keeps_the_schedule():
    def tx(steps):
        assert steps == 10
        return sgd(0.05)

    part = quick_fit(max_steps=7, tx=tx)
    assert (part.stopped, part.steps, int(part.state.step)) == ("max_steps", 7, 7)
    assert [logs["step"] for logs in part.history] == [5, 7]
    assert part.images_seen == 56


@pytest.mark.slow
def test_max_steps_is_the_same_when_resumed_and_a_larger_one_goes_on(tmp_path, monkeypatch):
    whole = quick_fit(max_steps=7)
    with monkeypatch.context() as patch:
        cut_after(6, patch)
        with pytest.raises(CutOffError):
            quick_fit(max_steps=7, checkpoints=Checkpoints(tmp_path, every_steps=2))
    resumed = quick_fit(max_steps=7, checkpoints=Checkpoints(tmp_path, every_steps=2))
    again = quick_fit(max_steps=7, checkpoints=Checkpoints(tmp_path, every_steps=2))
    for run in (resumed, again):
        assert weights(run) == weights(whole)
        assert (run.stopped, run.history[-1]["train_loss"]) == (
            "max_steps",
            whole.history[-1]["train_loss"],
        )
    assert unfinished_checkpoints(tmp_path) is None
    longer = quick_fit(checkpoints=Checkpoints(tmp_path, every_steps=2))
    assert weights(longer) == weights(quick_fit())
    assert longer.stopped is None


@pytest.mark.slow
def test_max_seconds_counts_the_time_before_a_resumed_checkpoint(tmp_path):
    run = quick_fit(epochs=100_000, max_seconds=0.02, checkpoints=tmp_path)
    assert run.stopped == "max_seconds"
    assert run.seconds_train >= 0.02
    again = quick_fit(epochs=100_000, max_seconds=0.02, checkpoints=tmp_path)
    assert (again.steps, again.stopped) == (run.steps, "max_seconds")
    assert quick_fit(max_seconds=1e-9).steps == 1


@pytest.mark.slow
def test_a_training_that_its_caller_ended_stays_ended(tmp_path):
    calls = []

    def on_epoch(*_):
        calls.append(0)
        return True

    for _ in range(2):
        run = quick_fit(epochs=3, on_epoch=on_epoch, checkpoints=tmp_path)
        assert (run.stopped, run.steps) == ("on_epoch", 5)
    assert len(calls) == 1
    assert unfinished_checkpoints(tmp_path) is None


@pytest.mark.slow
def test_limits_and_early_stopping_go_together():
    options = {"validation": small.dataset(seed=1), "early_stopping": EarlyStopping(patience=9)}
    run = quick_fit(epochs=9, max_steps=8, **options)
    assert run.stopped == "max_steps"
    best = np.argmin([logs["validation_loss"] for logs in run.history])
    assert run.restored_epoch == best + 1
    stopped = quick_fit(epochs=9, tx=sgd(0.0), **options | {"early_stopping": EarlyStopping(1)})
    assert stopped.stopped == "early_stopping"


@pytest.mark.slow
def test_a_run_remembers_why_it_ended(tmp_path, capsys):
    run = quick_fit(max_steps=7, progress=True)
    assert capsys.readouterr().err.splitlines()[-1] == "stopped after step 7 by max_steps"
    loaded = jaxcnn.load(run.save(tmp_path / "run", test=small.dataset()))
    assert (loaded.stopped, len(loaded.history)) == ("max_steps", 2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_steps": 0}, ValueError, "max_steps: expected at least 1, got 0"),
        ({"max_seconds": 0}, ValueError, "max_seconds: expected a finite number above 0, got 0"),
        ({"max_seconds": "1h"}, TypeError, "max_seconds: expected a number, got '1h'"),
    ],
)
def test_wrong_limits_are_named(options, error, message):
    with pytest.raises(error, match=message):
        Plan(**options)


def test_ensembles_have_no_limits():
    with pytest.raises(ValueError, match="plan: expected a plan without max_steps"):
        fit_ensemble(small.LINEAR, small.dataset(), plan=Plan(max_steps=3))


def test_a_trace_is_a_folder():
    with pytest.raises(TypeError, match="trace: expected a folder, got True"):
        quick_fit(trace=True)


@pytest.mark.slow
def test_some_steps_are_traced(tmp_path):
    for batch_size in (2, 8, 20, 40):  # more, fewer, and too few steps to leave some out
        folder = tmp_path / str(batch_size)
        traced = quick_fit(batch_size=batch_size, trace=folder)
        assert as_bits(traced.state.params) == as_bits(
            quick_fit(batch_size=batch_size).state.params
        )
        assert [*folder.rglob("*.xplane.pb")]
    assert len(TRACED_STEPS) == 5
