"""Members of an ensemble are the networks that `fit` trains one by one."""

import math
import re

import chex
import jax
import numpy as np
import optax
import pytest
import small
from small import LINEAR

import jaxcnn
from jaxcnn.data import Augmentation, Dataset, ImageFiles
from jaxcnn.training import (
    cosine_restarts,
    disagreement,
    fit,
    fit_ensemble,
    mean_interval,
    one_cycle,
    sgd,
    warmup_cosine,
)

pytestmark = pytest.mark.thorough


def tx(steps, rate):
    return sgd(one_cycle(rate, steps))


NETWORK = jaxcnn.Sequential([jaxcnn.BatchNorm(), jaxcnn.Dropout(0.1), *LINEAR.layers])
OPTIONS = {
    "epochs": 2,
    "batch_size": 8,
    "augmentation": Augmentation(flip="random"),
    "label_smoothing": 0.1,
    "ema_decay": 0.5,
    "progress": False,
}
VALIDATION = small.dataset(seed=1)
SEEDS, RATES = (3, 4, 5, 6), (0.05, 0.1, 0.1, 0.05)  # each rate is compiled once by itself


@pytest.fixture(scope="module")
def alone():
    """Each member, trained by itself."""
    return [
        fit(
            NETWORK,
            small.dataset(),
            tx=lambda steps, rate=rate: tx(steps, rate),
            seed=seed,
            devices=1,
            validation=VALIDATION,
            **OPTIONS,
        )
        for seed, rate in zip(SEEDS, RATES, strict=True)
    ]


@pytest.mark.parametrize("mode", [pytest.param("together", marks=pytest.mark.slow), "in turn"])
def test_each_member_equals_its_single_run(alone, mode):
    """Four members on three devices: the last group is filled up."""
    ensemble = fit_ensemble(
        NETWORK,
        small.dataset(),
        seeds=SEEDS,
        learning_rates=RATES,
        tx=tx,
        mode=mode,
        validation=VALIDATION,
        **OPTIONS,
    )
    assert ensemble.stopped_at == (None,) * 4
    assert "4 members on 3 devices" in ensemble.how
    for member, single in zip(ensemble.members, alone, strict=True):
        assert member.network.pictures == single.network.pictures is not None
        chex.assert_trees_all_close(member.state.params, single.state.params, rtol=1e-3, atol=1e-5)
        chex.assert_trees_all_close(
            member.network.variables.params, single.state.ema.params, rtol=1e-3, atol=1e-5
        )
        for logs, expected in zip(member.history, single.history, strict=True):
            assert logs == pytest.approx({name: expected[name] for name in logs}, rel=1e-3)


@pytest.mark.parametrize(
    "tx",
    [
        lambda steps, rate: sgd(warmup_cosine(rate, steps)),
        lambda steps, rate: sgd(cosine_restarts(rate, steps)),
        lambda _, rate: optax.chain(sgd(rate), optax.contrib.reduce_on_plateau(patience=2)),
    ],
)
@pytest.mark.slow
def test_each_member_has_a_schedule_of_its_own(tx):
    """With 64-bit types switched on, too."""
    rates, options = np.array([0.05, 0.1]), {"epochs": 2, "batch_size": 8, "progress": False}
    data = small.dataset()
    with jax.enable_x64(True):
        ensemble = fit_ensemble(LINEAR, data, seeds=(1,), learning_rates=rates, tx=tx, **options)
        alone = fit(LINEAR, data, seed=1, tx=lambda steps: tx(steps, 0.1), devices=1, **options)
    for logs, expected in zip(ensemble.members[1].history, alone.history, strict=True):
        assert logs == pytest.approx({name: expected[name] for name in logs}, rel=1e-3)


@pytest.fixture(scope="module")
def half_diverged():
    return fit_ensemble(
        LINEAR,
        small.dataset(),
        seeds=(0,),
        learning_rates=(0.05, 1e38, 0.1),
        tx=lambda _, rate: sgd(rate),
        epochs=3,
        batch_size=8,
        progress=False,
    )


def test_a_member_that_is_not_finite_is_frozen_and_the_others_go_on(half_diverged):
    first, frozen, last = half_diverged.members
    assert [step is None for step in half_diverged.stopped_at] == [True, False, True]
    assert int(frozen.state.step) == half_diverged.stopped_at[1] < 5
    assert len(frozen.history) == 0
    assert [len(member.history) for member in (first, last)] == [3, 3]
    assert np.isfinite(frozen.state.params["layers"][1]["kernel"][...]).all()
    assert half_diverged.finite == (first, last)


def test_what_an_ensemble_says_is_the_mean_of_its_finite_members(half_diverged):
    test = small.dataset(seed=1, n=20)
    members = [member.predict_proba(test.images) for member in half_diverged.finite]
    mean = np.mean(members, axis=0)
    np.testing.assert_allclose(half_diverged.predict_proba(test.images), mean, rtol=1e-6)
    evaluation = half_diverged.evaluate(test)
    accuracies = [float((p.argmax(-1) == test.labels).mean()) for p in members]
    assert evaluation.values == pytest.approx(accuracies)
    assert evaluation.together == pytest.approx((mean.argmax(-1) == test.labels).mean())
    differ = (members[0].argmax(-1) != members[1].argmax(-1)).mean()
    assert evaluation.disagreement == pytest.approx(differ)
    assert evaluation.mean == pytest.approx(np.mean(accuracies))
    # Learning rates differ, so that a mean would say nothing.
    assert [line.split()[-1] for line in str(evaluation).splitlines()[1:3]] == [
        f"{accuracy:.2%}" for accuracy in accuracies
    ]


def test_the_interval_of_a_mean_is_students():
    # 4.303 is the 97.5% quantile at two degrees of freedom in any table.
    low, high = mean_interval(0.8, 0.01, 3)
    assert (low, high) == pytest.approx(
        (0.8 - 4.303 * 0.01 / 3**0.5, 0.8 + 4.303 * 0.01 / 3**0.5), rel=1e-4
    )
    assert mean_interval(0.8, 0.0, 1) == (-math.inf, math.inf)


def test_disagreement_counts_pairs():
    guesses = np.random.default_rng(0).integers(0, 3, (5, 40))
    pairs = [(i, j) for i in range(5) for j in range(i)]
    expected = np.mean([guesses[i] != guesses[j] for i, j in pairs], axis=0)
    np.testing.assert_allclose(disagreement(guesses), expected)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seeds": (1, 2), "learning_rates": (0.1,) * 3}, ValueError, "seeds: expected 1 or 3"),
        ({"seeds": (0.5,)}, TypeError, "seeds: expected an integer, got 0.5"),
        ({"learning_rates": (0.1, -1.0)}, ValueError, "learning_rates: expected finite"),
        ({"mode": "fast"}, ValueError, "mode: expected one of"),
        ({"batch_size": 100}, ValueError, "batch_size: expected at most the 40"),
    ],
)
def test_bad_arguments(options, error, message):
    given = {"seeds": (1, 2), "batch_size": 8} | options
    with pytest.raises(error, match=re.escape(message)):
        fit_ensemble(LINEAR, small.dataset(), **given)


def test_files_are_refused():
    with pytest.raises(TypeError, match="train: expected a Dataset in memory"):
        fit_ensemble(LINEAR, ImageFiles(["a.png"], [0], ("a",), (8, 8, 1)))


def test_several_labels_an_image():
    data = small.dataset(n=16)
    labels = np.random.default_rng(0).integers(0, 2, (16, 3))
    several = Dataset(data.images, labels, tuple("abc"), multilabel=True)
    options = {"epochs": 1, "batch_size": 8, "progress": False}
    ensemble = fit_ensemble(LINEAR, several, seeds=(1, 2), **options)
    likely = np.stack([member.predict_proba(data.images) for member in ensemble.members])
    answers = likely >= 0.5
    np.testing.assert_array_equal(ensemble.predict(data.images), likely.mean(0) >= 0.5)
    found = ensemble.evaluate(several)
    assert found.measure == "accuracy"
    assert found.values == pytest.approx((answers == labels).all(axis=-1).mean(axis=-1))
    assert found.disagreement == pytest.approx((answers[0] != answers[1]).any(axis=-1).mean())
