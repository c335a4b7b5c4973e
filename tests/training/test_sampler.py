"""`fit(sampler="balanced")`: all classes are drawn equally often, by keys."""

import jax
import numpy as np
import pytest
import small
from cut_off import CutOffError, cut_after, weights
from small import quick_fit

from jaxcnn.data import Augmentation, balanced_order, from_sequence
from jaxcnn.training import Plan
from jaxcnn.training._setup import set_up_training


def unbalanced():
    data = small.dataset(n=60)
    return data.subset(np.flatnonzero((data.labels != 2) | (np.arange(60) < 12)))


@pytest.mark.thorough
def test_classes_are_drawn_equally_often_and_their_examples_too():
    labels = np.repeat([0, 2, 5], [8000, 1000, 1000])
    drawn = np.concatenate([balanced_order(jax.random.key(0), e, labels) for e in range(3)])
    counts = np.unique(labels[drawn], return_counts=True)[1]
    assert (np.abs(counts / len(drawn) - 1 / 3) < 0.01).all()
    of_last = np.bincount(drawn, minlength=10_000)[9000:]  # 10 per example, by Poisson
    assert 9.7 < of_last.mean() < 10.3
    assert 2.8 < of_last.std() < 3.6


@pytest.mark.slow
def test_the_order_depends_on_key_and_epoch_only():
    labels = np.arange(50) % 3
    orders = [balanced_order(jax.random.key(s), e, labels) for s, e in ((0, 0), (0, 1), (1, 0))]
    assert (orders[0] == balanced_order(jax.random.key(0), 0, labels)).all()
    assert (orders[0] != orders[1]).any()
    assert (orders[0] != orders[2]).any()
    with jax.enable_x64(True):
        wide = balanced_order(jax.random.key(0), 0, labels)
    assert wide.dtype == np.int32
    assert (wide == orders[0]).all()


@pytest.mark.slow
def test_a_resumed_training_draws_the_same(tmp_path, monkeypatch):
    options = {"data": unbalanced(), "sampler": "balanced"}
    whole = quick_fit(**options)
    with monkeypatch.context() as patch:
        cut_after(7, patch)
        with pytest.raises(CutOffError):
            quick_fit(**options, checkpoints=tmp_path)
    assert weights(quick_fit(**options, checkpoints=tmp_path, resume="must")) == weights(whole)


@pytest.mark.slow
def test_an_example_that_is_drawn_twice_is_augmented_in_two_ways():
    """Its augmentation depends on its position in the epoch in place of its index in the set."""
    for sampler in ("balanced", None):
        plan = Plan(sampler=sampler, batch_size=8)
        learn = set_up_training(small.LINEAR, unbalanced(), plan).learn
        order = np.asarray(learn.order(jax.random.key(0), 0))
        numbers = learn.numbers(order, np.arange(8))
        assert learn.indices(order, numbers).tolist() == order[:8].tolist()
        assert (numbers.tolist() == [*range(8)]) == (sampler == "balanced")


def test_a_wrong_sampler_is_named():
    with pytest.raises(ValueError, match="sampler: expected one of balanced, got 'random'"):
        Plan(sampler="random")


@pytest.mark.slow
def test_streamed_examples_are_drawn_and_mixed_alike():
    data = unbalanced()
    rows = list(zip(data.images, data.labels.tolist(), strict=True))
    source = from_sequence(rows, class_names=data.class_names, name=data.name)
    options = {
        "sampler": "balanced",
        "augmentation": Augmentation(shift=1, mixup=0.3),
        "class_weights": "balanced",
    }
    runs = [quick_fit(data=one, **options) for one in (data, source, source.load())]
    assert weights(runs[0]) == weights(runs[1]) == weights(runs[2])
