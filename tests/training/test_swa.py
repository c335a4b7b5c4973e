"""Stochastic weight averaging: the mean over epochs, with statistics for it."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small import NORMED, as_bits, dataset, quick_fit

from jaxcnn.data import epoch_order
from jaxcnn.training import EarlyStopping, _epochs, sgd, verify_training
from jaxcnn.training._setup import run_keys


def mean_of(states):
    trees = [jax.tree.map(np.asarray, state.params) for state in states]
    return jax.tree.map(lambda *leaves: np.mean(leaves, axis=0), *trees)


def assert_close(tree, other):
    for leaf, expected in zip(*map(jax.tree.leaves, (tree, other)), strict=True):
        np.testing.assert_allclose(leaf, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_the_mean_is_over_the_epochs_from_the_start():
    states = []
    run = quick_fit(epochs=4, swa_start=2, on_epoch=lambda state, _: states.append(state))
    assert_close(run.network.variables.params, mean_of(states[1:]))


@pytest.mark.thorough
def test_an_error_in_the_pass_for_statistics_keeps_the_run(monkeypatch):
    def fails(*_):
        raise OSError("lost")

    monkeypatch.setattr(_epochs, "averaged_network", fails)
    with pytest.raises(OSError, match="lost") as raised:
        quick_fit(swa_start=1)
    assert len(raised.value.run.history) == 2


@pytest.mark.slow
def test_training_is_the_same():
    run, plain = quick_fit(swa_start=1), quick_fit()
    assert as_bits(run.state.params) == as_bits(plain.state.params)
    assert run.history[-1]["train_loss"] == plain.history[-1]["train_loss"]


@pytest.mark.slow
def test_statistics_are_the_mean_over_the_batches_of_one_more_epoch():
    data = dataset()
    run = quick_fit(NORMED, data, epochs=2, swa_start=1)
    order = np.asarray(epoch_order(run_keys(0)[1], 2, len(data)))
    images = np.asarray(run.network.normalization(jnp.asarray(data.images[order])))
    batches = images.reshape(5, 8, *images.shape[1:])
    norm: Any = getattr(run.network.module, "layers")[0]  # noqa: B009
    np.testing.assert_allclose(norm.mean[...], batches.mean((0, 1, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(norm.var[...], batches.var((1, 2, 3)).mean(0), rtol=1e-4)


@pytest.mark.slow
def test_its_weights_are_verified(tmp_path):
    options: dict[str, Any] = {
        "epochs": 2,
        "batch_size": 8,
        "swa_start": 1,
        "seed": 1,
        "tx": sgd(0.05),
    }
    run = quick_fit(NORMED, checkpoints=tmp_path, **options)
    found = verify_training(
        NORMED, dataset(), checkpoints=tmp_path, steps=0, weights=run.network.variables,
        **options,
    )  # fmt: skip
    assert [part.state for part in found.parts] == ["as saved", "as saved"]


def test_early_stopping_is_refused():
    with pytest.raises(ValueError, match="early_stopping: expected None with swa_start"):
        quick_fit(swa_start=1, early_stopping=EarlyStopping(1))
