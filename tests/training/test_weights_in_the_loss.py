"""Weights of classes and of examples: the gradient is that of the weighted mean."""

import dataclasses
import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx
from small import as_bits, quick_fit

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Augmentation, Dataset
from jaxcnn.inference import Normalization, functionalize
from jaxcnn.training import Mixing, Plan, TrainState, fit_ensemble, overfit_one_batch, train_step
from jaxcnn.training._class_weights import balanced_weights

IMAGES = (np.arange(12) / 12).reshape(4, 1, 1, 3)
KERNEL = ((np.arange(9) - 4) / 8).reshape(3, 3)
LABELS = np.array([0, 2, 2, 1])

# Computed by PyTorch 2.14.1 in float64: CrossEntropyLoss(weight=[1, 2, 0.5]) of these logits, and
# sum(w * loss) / sum(w) with the weights 0.5, 1, 3 and 0 of the examples.
BY_CLASS = [
    [0.114167, -0.223104, 0.108937],
    [0.115695, -0.23751, 0.121814],
    [0.117223, -0.251915, 0.134691],
]
BY_EXAMPLE = [
    [0.104131, 0.127782, -0.231913],
    [0.117927, 0.155235, -0.273162],
    [0.131723, 0.182688, -0.314411],
]


@pytest.fixture(scope="module")
def network():
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3, use_bias=False)])
    module = jaxcnn.build(net, (1, 1, 3), rngs=nnx.Rngs(0))
    apply, variables = functionalize(module)
    kernel = jnp.asarray(KERNEL, jnp.float32)
    return apply, jax.tree.map(lambda _: kernel, variables)


def gradient(network, pieces=1, **options):
    """The gradient of a step, as the difference that SGD with rate 1 makes."""
    apply, variables = network
    tx = optax.sgd(1.0)
    state = TrainState.create(variables, tx=tx, key=jax.random.key(1))
    loss = F.softmax_cross_entropy_with_integer_labels
    step = jax.jit(partial(train_step, apply=apply, tx=tx, loss=loss, accumulate_steps=pieces))
    after, metrics = step(state, jnp.asarray(IMAGES, jnp.float32), jnp.asarray(LABELS), **options)
    return KERNEL - np.asarray(jax.tree.leaves(after.params)[0]), metrics


@pytest.mark.thorough
def test_gradients_are_those_of_pytorch(network):
    weights = jnp.array([1, 2, 0.5])[LABELS]
    found, metrics = gradient(network, weights=weights)
    np.testing.assert_allclose(found, BY_CLASS, atol=2e-6)
    plain = gradient(network)[1]
    assert float(metrics.loss) == float(plain.loss)  # metrics are not weighted
    found, _ = gradient(network, weights=jnp.array([0.5, 1, 3, 0]))
    np.testing.assert_allclose(found, BY_EXAMPLE, atol=2e-6)
    np.testing.assert_allclose(gradient(network, weights=jnp.zeros(4))[0], 0, atol=1e-7)


@pytest.mark.slow
def test_micro_batches_share_one_weighted_mean(network):
    weights = jnp.array([0.5, 1, 3, 0])
    found, _ = gradient(network, weights=weights, pieces=2)
    np.testing.assert_allclose(found, BY_EXAMPLE, atol=2e-6)


@pytest.mark.slow
def test_padded_examples_have_no_weight(network):
    weights, where = jnp.array([0.5, 1, 3, 7]), jnp.array([True, True, True, False])
    found, _ = gradient(network, weights=weights, where=where)
    np.testing.assert_allclose(found, BY_EXAMPLE, atol=2e-6)


@pytest.mark.slow
def test_each_part_of_a_mixed_image_has_its_own_weight(network):
    share, others = jnp.array([0.25, 0.5, 1, 0]), LABELS[::-1].copy()
    weights = jnp.array([0.5, 1, 3, 2])
    mixing = Mixing(jnp.asarray(others), share, weights[::-1])
    found, _ = gradient(network, weights=weights, mixing=mixing)

    def loss(kernel):
        logits = jnp.asarray(IMAGES.reshape(4, 3), jnp.float32) @ kernel
        losses = F.softmax_cross_entropy_with_integer_labels
        own = share * weights * losses(logits, jnp.asarray(LABELS))
        other = (1 - share) * weights[::-1] * losses(logits, jnp.asarray(others))
        return (own + other).sum() / (share * weights + (1 - share) * weights[::-1]).sum()

    np.testing.assert_allclose(found, jax.grad(loss)(jnp.asarray(KERNEL, jnp.float32)), atol=1e-6)


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 3], [7, 2, 40])
    expected = compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=labels)
    found = balanced_weights(np.bincount(labels))
    np.testing.assert_allclose(np.array(found)[[0, 1, 3]], expected)
    assert found[2] == 1


@pytest.mark.slow
def test_fit_takes_weights_in_every_form():
    data = small.dataset()
    options = {"normalization": Normalization(0.5, 0.5), "epochs": 1}
    by_name = quick_fit(data=data, class_weights={"b": 3.0}, **options)
    by_number = quick_fit(data=data, class_weights={1: 3.0}, **options)
    in_order = quick_fit(data=data, class_weights=np.array([1, 3, 1]), **options)
    weights = np.where(data.labels == 1, 3, 1)
    by_example = quick_fit(data=dataclasses.replace(data, weights=weights), **options)
    assert as_bits(by_name.state.params) == as_bits(in_order.state.params)
    assert as_bits(by_number.state.params) == as_bits(in_order.state.params)
    assert as_bits(by_name.state.params) == as_bits(by_example.state.params)
    assert by_name.settings["class_weights"] == {"b": 3.0}
    ones = quick_fit(data=data, class_weights=(1, 1, 1), **options)
    assert as_bits(by_name.state.params) != as_bits(ones.state.params)


@pytest.mark.slow
def test_evaluations_ignore_weights():
    data = small.dataset()
    run = quick_fit(data=data, epochs=1)
    weighted = dataclasses.replace(data, weights=data.labels)
    assert run.evaluate(weighted) == run.evaluate(data)


@pytest.mark.slow
def test_an_example_of_weight_zero_teaches_nothing():
    data = small.dataset()
    wrong = np.where(np.arange(40) % 2, data.labels, 0)
    kept = dataclasses.replace(data, weights=np.arange(40) % 2)
    other = dataclasses.replace(data, labels=wrong, weights=np.arange(40) % 2)
    runs = [quick_fit(data=data, epochs=1) for data in (kept, other)]
    assert as_bits(runs[0].state.params) == as_bits(runs[1].state.params)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ("balance", TypeError, "class_weights: expected 'balanced', one number per class, or num"),
        ((), TypeError, "class_weights: expected 'balanced', one number per class"),
        (
            (1, -1, 1),
            ValueError,
            "class_weights[1]: expected a finite number of at least 0, got -1",
        ),
        ({"a": "x"}, TypeError, "class_weights['a']: expected a number, got 'x'"),
        ((1, 1), ValueError, "class_weights: expected 3 numbers, one per class, got 2"),
        (
            {"aa": 1},
            ValueError,
            "class_weights: expected names of classes, ('a', 'b', 'c'), got 'aa'",
        ),
        ((0, 0, 0), ValueError, "class_weights: expected a number above 0 for a class with"),
    ],
)
def test_wrong_weights_of_classes_are_named(weights, error, message):
    with pytest.raises(error, match=re.escape(message)):
        quick_fit(class_weights=weights)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 2], ValueError, "weights: expected shape (4,), one number per example, got (2,)"),
        ([1, 2, -1, 0], ValueError, "weights: expected finite numbers of at least 0, got -1 at (2"),
        ([1, 2, np.nan, 0], ValueError, "weights: expected finite numbers of at least 0, got nan"),
        ([True] * 4, TypeError, "weights: expected numbers, got bool"),
    ],
)
def test_wrong_weights_of_examples_are_named(weights, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Dataset(np.zeros((4, 2, 2, 1), np.uint8), [0, 1, 0, 1], [*"ab"], weights=weights)


def test_weights_that_teach_nothing_and_other_tasks_are_refused():
    zeros = dataclasses.replace(small.dataset(), weights=np.zeros(40))
    with pytest.raises(ValueError, match="train: expected weights above 0, got only zeros"):
        quick_fit(data=zeros)
    numbers = Dataset(small.dataset().images, np.eye(40, 3), task="regression")
    for options in ({"class_weights": "balanced"}, {"sampler": "balanced"}):
        with pytest.raises(ValueError, match=r"expected None for a set of Regression\(.*weights="):
            quick_fit(data=numbers, **options)


def test_weights_follow_their_examples():
    data = dataclasses.replace(small.dataset(), weights=np.arange(40))
    assert data.subset([3, 1]).weights.tolist() == [3, 1]
    assert data.match_classes([*"cba"]).weights.tolist() == list(range(40))
    assert jaxcnn.data.fingerprint(data) != jaxcnn.data.fingerprint(small.dataset())


@pytest.mark.slow
def test_weights_on_two_devices_in_ensembles_and_in_overfitting():
    data = dataclasses.replace(small.dataset(), weights=np.arange(40) % 3)
    options = {"class_weights": "balanced", "augmentation": Augmentation(mixup=0.3)}
    one, two = (quick_fit(data=data, devices=n, **options) for n in (1, 2))
    for a, b in zip(*(jax.tree.leaves(run.state.params) for run in (one, two)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    tx = jaxcnn.training.sgd
    members = fit_ensemble(
        *(small.LINEAR, data),
        **options,
        seeds=[0],
        epochs=2,
        batch_size=8,
        tx=lambda _, rate: tx(rate),
        learning_rates=0.05,
        progress=False,
    )
    for a, b in zip(
        jax.tree.leaves(members.members[0].state.params),
        jax.tree.leaves(one.state.params),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert overfit_one_batch(small.LINEAR, data, plan=Plan(sampler="balanced")).passed
