"""What ends a training before its last epoch, and what is kept then."""

import re
import signal

import numpy as np
import optax
import pytest
import small
from cut_off import CutOffError
from small import as_bits, quick_fit

from jaxcnn.training import (
    Checkpoints,
    EarlyStopping,
    NonFiniteLossError,
    Terminated,
    sgd,
    verify_training,
)
from jaxcnn.training.checkpoints._store import checkpoint_numbers

# Up the slope after the second epoch, so that the loss rises.
CLIMBING = optax.join_schedules([optax.constant_schedule(0.05), lambda _: -0.5], [10])


@pytest.mark.thorough
@pytest.mark.parametrize("rate", [1e38, float("nan")])
def test_a_non_finite_loss_stops_the_run_and_keeps_the_last_good_state(rate):
    schedule = optax.join_schedules([optax.constant_schedule(0.05), lambda _: rate], [5])
    with pytest.raises(NonFiniteLossError, match="learning rate ten times smaller") as caught:
        quick_fit(tx=sgd(schedule), epochs=4)
    error = caught.value
    # The update of step 5 spoils the weights, and the loss of step 6 shows it.
    assert (error.epoch, error.step) == (2, 6)
    assert re.search(r"step 6 \(epoch 2, learning rate (1e\+38|nan)\)", str(error))
    good = quick_fit(tx=sgd(0.05), epochs=1)
    assert as_bits(error.run.state.params) == as_bits(good.state.params)
    assert len(error.run.history) == 1
    assert np.isfinite(error.run.evaluate(small.dataset()).loss)


def test_a_network_that_diverges_at_once_gives_back_the_fresh_one():
    with pytest.raises(NonFiniteLossError) as caught:
        quick_fit(tx=sgd(float("inf")))
    assert caught.value.run.history == ()
    assert caught.value.epoch == 1


@pytest.mark.thorough
def test_a_weight_that_overflows_in_the_last_step_is_found():
    schedule = optax.join_schedules([optax.constant_schedule(0.05), lambda _: float("inf")], [9])
    with pytest.raises(NonFiniteLossError, match="a weight is not finite at step 9") as caught:
        quick_fit(tx=sgd(schedule))
    assert len(caught.value.run.history) == 1


@pytest.mark.thorough
def test_early_stopping_goes_back_to_the_best_epoch():
    states = {}

    def keep(state, logs):
        states[logs["epoch"]] = as_bits(state.params)

    trained = quick_fit(
        epochs=20,
        tx=sgd(CLIMBING),
        validation=small.dataset(seed=1),
        early_stopping=EarlyStopping(patience=2),
        on_epoch=keep,
    )
    losses = [logs["validation_loss"] for logs in trained.history]
    assert trained.restored_epoch == np.argmin(losses) + 1
    assert len(losses) == trained.restored_epoch + 2 < 20
    assert as_bits(trained.state.params) == states[trained.restored_epoch]
    evaluation = trained.evaluate(small.dataset(seed=1))
    assert evaluation.loss == pytest.approx(min(losses), rel=1e-5)


def test_early_stopping_needs_what_it_monitors():
    with pytest.raises(ValueError, match="expected a validation set for validation_loss, got none"):
        quick_fit(early_stopping=EarlyStopping())


def test_ctrl_c_ends_training_with_what_was_reached(capsys):
    def press(*_):
        signal.raise_signal(signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    trained = quick_fit(epochs=50, on_epoch=press, progress=True)
    assert trained.interrupted
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted after step 5"
    assert len(trained.history) == 1
    assert int(trained.state.step) == 5
    assert np.isfinite(trained.evaluate(small.dataset()).loss)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.thorough
def test_ctrl_c_under_early_stopping_keeps_the_best_epoch():
    def press(_, logs):
        if logs["epoch"] == 4:
            signal.raise_signal(signal.SIGINT)

    trained = quick_fit(
        epochs=50,
        tx=sgd(CLIMBING),
        validation=small.dataset(seed=1),
        early_stopping=EarlyStopping(patience=9),
        on_epoch=press,
    )
    losses = [logs["validation_loss"] for logs in trained.history]
    assert trained.interrupted
    assert trained.restored_epoch == np.argmin(losses) + 1 < len(losses)


def test_a_second_ctrl_c_raises():
    def press_twice(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        quick_fit(epochs=50, on_epoch=press_twice)


@pytest.mark.thorough
def test_spoiled_weights_are_not_saved(tmp_path):
    schedule = optax.join_schedules([optax.constant_schedule(0.05), lambda _: float("nan")], [7])
    options = {
        "tx": sgd(schedule),
        "epochs": 4,
        "checkpoints": Checkpoints(tmp_path, every_steps=2),
    }
    with pytest.raises(NonFiniteLossError, match=r"not finite at step 7 .* after 5 steps"):
        quick_fit(**options)
    assert checkpoint_numbers(tmp_path) == [5, 6]
    with pytest.raises(NonFiniteLossError, match=r"at step 7 .* after 6 steps") as caught:
        quick_fit(**options)
    assert (caught.value.run.steps, len(caught.value.run.history)) == (6, 1)
    assert np.isfinite(caught.value.run.evaluate(small.dataset()).loss)


@pytest.mark.slow
def test_weights_of_a_diverged_training_are_not_called_changed(tmp_path):
    schedule = optax.join_schedules([optax.constant_schedule(0.05), lambda _: float("nan")], [7])
    tx = sgd(schedule)
    with pytest.raises(NonFiniteLossError) as caught:
        quick_fit(tx=tx, checkpoints=Checkpoints(tmp_path, every_steps=2))
    (_, part) = verify_training(
        small.LINEAR,
        small.dataset(),
        checkpoints=tmp_path,
        steps=0,
        weights=caught.value.run.network.variables,
        batch_size=8,
        epochs=2,
        tx=tx,
    ).parts
    assert (part.part, part.state) == ("weights", "unknown")
    assert part.note == "step 6 is within an epoch; the weights are those of another step"


@pytest.mark.thorough
def test_sigterm_in_the_last_epoch_is_not_swallowed(tmp_path, capsys):
    def terminate(_, logs):
        if logs["epoch"] == 2:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated):
        quick_fit(checkpoints=tmp_path, on_epoch=terminate, progress=True)
    expected = f"terminated by SIGTERM after step 10; the checkpoint is in {tmp_path}"
    assert capsys.readouterr().err.splitlines()[-1] == expected
    assert not quick_fit(checkpoints=tmp_path, resume="must").interrupted


@pytest.mark.thorough
def test_an_epoch_is_saved_after_its_function_is_called(tmp_path):
    def cut_off(*_):
        raise CutOffError

    epochs = []
    saved = {"checkpoints": Checkpoints(tmp_path, every_steps=5)}
    with pytest.raises(CutOffError):
        quick_fit(on_epoch=cut_off, **saved)
    quick_fit(on_epoch=lambda _, logs: epochs.append(logs["epoch"]), **saved)
    assert epochs == [1, 2]
