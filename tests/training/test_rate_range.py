"""A learning-rate range test finds the rates that theory says diverge, and changes nothing."""

import math
import re
import signal

import jax
import numpy as np
import optax
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import Normalization, functionalize
from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    RateRange,
    Terminated,
    _rate_range,
    constant_sgd,
    fit,
    learning_rate_range,
)
from jaxcnn.training.checkpoints._saver import Saver

LINEAR = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])


def half_squared_error(logits, labels):
    return 0.5 * ((logits - jax.nn.one_hot(labels, 3)) ** 2).sum(axis=-1)


@pytest.mark.thorough
def test_rates_above_two_over_the_curvature_diverge_and_a_module_stays_as_it_is():
    """Guide row A6.12: gradient descent on a quadratic, a linear model with squared error."""
    data = small.dataset()
    inputs = np.asarray(Normalization.of(data)(data.images)).reshape(len(data), -1)
    inputs = np.hstack([inputs, np.ones((len(data), 1))]).astype(np.float64)
    limit = 2 / np.linalg.eigvalsh(inputs.T @ inputs / len(data)).max()
    module = jaxcnn.build(LINEAR, data.input_shape, rngs=nnx.Rngs(0))
    before = [np.array(leaf) for leaf in jax.tree.leaves(functionalize(module)[1].params)]

    found = learning_rate_range(
        module,
        data,
        low=limit / 4,
        high=limit * 4,
        rates=6,
        steps=60,
        batch_size=len(data),
        tx=lambda _, rate: optax.sgd(rate),
        loss=half_squared_error,
        devices=1,
        progress=False,
    )
    np.testing.assert_allclose(np.diff(np.log(found.learning_rates)), np.log(16) / 5)
    bias, kernel = before
    residuals = inputs @ np.vstack([kernel, bias]) - np.eye(3)[data.labels]
    assert found.initial_loss == pytest.approx(0.5 * (residuals**2).sum(axis=1).mean(), rel=1e-5)
    below = np.array(found.learning_rates) < limit
    assert below.tolist() == [True] * 3 + [False] * 3
    assert (np.array(found.losses) < found.initial_loss).tolist() == below.tolist()
    assert found.losses[-1] == math.inf
    assert found.suggestion < limit / 2
    for leaf, old in zip(jax.tree.leaves(functionalize(module)[1].params), before, strict=True):
        np.testing.assert_array_equal(leaf, old)


@pytest.mark.thorough
def test_each_rate_has_the_losses_of_a_run_of_its_own():
    """25 steps in five epochs, the last of which is the last fifth; several labels an image."""
    rows = small.dataset()
    labels = np.stack([rows.labels == 0, rows.labels != 1], axis=1)
    data = Dataset(rows.images, labels, ("first", "not second"), multilabel=True)
    options = {"batch_size": 8, "label_smoothing": 0.1, "seed": 3, "devices": 1, "progress": False}
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])
    found = learning_rate_range(net, data, low=0.01, high=0.1, rates=3, steps=25, **options)
    alone = fit(net, data, epochs=5, tx=constant_sgd(25, found.learning_rates[1]), **options)
    assert found.losses[1] == pytest.approx(alone.history[-1]["train_loss"], rel=1e-3)


def test_what_follows_from_the_losses():
    found = RateRange((0.01, 0.1, 1.0, 10.0), (2.0, 0.5, 0.6, math.inf), 2.3, steps=100)
    assert found.best == 0.1
    assert found.suggestion == 0.5  # 2.3 - 0.6 is more than 0.9 * (2.3 - 0.5)
    less = RateRange((0.01, 0.1, 1.0), (2.0, 0.5, 0.7), 2.3, steps=100)
    assert less.suggestion == 0.05  # 0.7 is not enough
    assert re.search(r"10 +diverged", str(found))
    assert str(found).endswith("one cycle: 0.5")
    assert "or more" in str(RateRange((0.01, 0.1), (2.0, 1.0), 2.3, steps=100))


@pytest.mark.parametrize("initial", [0.5, math.nan])
def test_no_rate_trains(initial):
    found = RateRange((0.1, 1.0), (0.6, math.inf), initial, steps=100)
    assert found.best is None
    assert found.suggestion is None
    assert "no rate made the loss fall" in str(found)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"low": 1.0, "high": 0.1}, ValueError, "low, high: expected 0 < low < high"),
        ({"low": 0.0}, ValueError, "low, high: expected 0 < low < high"),
        ({"high": math.inf}, ValueError, "low, high: expected 0 < low < high, both finite"),
        ({"rates": 1}, ValueError, "rates: expected at least 2, got 1"),
        ({"steps": 2.5}, TypeError, "steps: expected an integer, got 2.5"),
        ({"mode": "fast"}, ValueError, "mode: expected one of"),
        ({"batch_size": 41}, ValueError, "batch_size: expected at most the 40"),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        learning_rate_range(LINEAR, small.dataset(), **options)


@pytest.mark.slow
def test_sigterm_is_seen_long_before_the_next_checkpoint_is_due(tmp_path, monkeypatch):
    taken, original = [], _rate_range._run

    def run(groups, steps, steps_per_epoch):
        taken.extend(steps)
        original(groups, steps, steps_per_epoch)
        if len(taken) > 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(_rate_range, "_run", run)
    options = {"rates": 2, "steps": 300, "batch_size": 8, "devices": 1, "progress": False}
    with pytest.raises(Terminated):
        learning_rate_range(
            LINEAR, small.dataset(), checkpoints=Checkpoints(tmp_path, every_steps=25), **options
        )
    assert len(taken) == 10


def test_a_saver_looks_at_signals_and_at_its_own_steps(tmp_path):
    saver = Saver(None, Checkpoints(tmp_path, every_steps=25), {})
    assert [saver.next_look(step) for step in (0, 9, 10, 20, 25)] == [10, 10, 20, 25, 30]
    assert Saver(None, Checkpoints(tmp_path, every_steps=4), {}).next_look(8) == 10
    assert Saver(None, Checkpoints(tmp_path), {}).next_look(10) == 20


@pytest.mark.thorough
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_test_that_was_interrupted_ends_with_the_same_losses(
    number, tmp_path, monkeypatch, capsys
):
    options = {"rates": 2, "steps": 12, "batch_size": 8, "devices": 1, "progress": False}
    saved = {**options, "checkpoints": Checkpoints(tmp_path, every_steps=4)}
    whole, taken = learning_rate_range(LINEAR, small.dataset(), **options), []
    original = _rate_range._run

    def run(groups, steps, steps_per_epoch):
        taken.extend(steps)
        original(groups, steps, steps_per_epoch)
        if len(taken) == 8:
            signal.raise_signal(number)

    monkeypatch.setattr(_rate_range, "_run", run)
    with pytest.raises((KeyboardInterrupt, Terminated)) as ended:
        learning_rate_range(LINEAR, small.dataset(), **saved | {"progress": True})
    assert f"after step 8; the checkpoint is in {tmp_path}" in capsys.readouterr().err
    assert isinstance(ended.value, Terminated) is (number == signal.SIGTERM)
    assert learning_rate_range(LINEAR, small.dataset(), **saved, resume="must") == whole
    assert taken == [*range(12)]
    if number == signal.SIGTERM:
        return
    assert learning_rate_range(LINEAR, small.dataset(), **saved) == whole  # it is only read
    with pytest.raises(CheckpointError, match="steps: 12 in the checkpoint, 13 now"):
        learning_rate_range(LINEAR, small.dataset(), **saved | {"steps": 13})
