"""`axis` and `where` of the losses over classes, against Optax and NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.special import entr

from jaxcnn import functional as F

RNG = np.random.default_rng(2)
SHAPE = (2, 3, 4)
LOGITS = RNG.normal(size=SHAPE).astype(np.float32) * 3
SCORES = RNG.random(SHAPE).astype(np.float32)
MASK = RNG.random(SHAPE) < 0.7
MASK[0, 0] = False
AXES = [-1, 1, (2, 0)]


def distributions(axis):
    return SCORES / SCORES.sum(axis, keepdims=True)


def masks(axis):
    """No mask, one per score, and one per example."""
    return [None, MASK, SCORES.mean(axis) < np.median(SCORES.mean(axis))]


def check_equal(pairs, rtol=1e-5):
    """Checks what `pairs` computes, found and expected, in one program."""
    for found, expected in jax.jit(pairs)():
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("axis", AXES)
def test_integer_labels_agree_with_optax(axis):
    ours = F.softmax_cross_entropy_with_integer_labels
    theirs = optax.losses.softmax_cross_entropy_with_integer_labels
    labels = RNG.integers(LOGITS.shape[1], size=SCORES.mean(axis).shape)

    def pairs():
        for where in masks(axis):
            found = ours(jnp.asarray(LOGITS), labels, axis=axis, where=where)
            yield found, theirs(jnp.asarray(LOGITS), labels, axis, where)

    check_equal(lambda: list(pairs()))


@pytest.mark.parametrize("axis", AXES)
def test_soft_labels_agree_with_optax(axis):
    targets = distributions(axis)

    def pairs():
        for where in masks(axis):
            found = F.softmax_cross_entropy(jnp.asarray(LOGITS), targets, axis=axis, where=where)
            yield found, optax.losses.softmax_cross_entropy(LOGITS, targets, axis, where)

    check_equal(lambda: list(pairs()))


@pytest.mark.parametrize("axis", AXES)
def test_divergence_and_entropy_agree_with_optax_and_numpy(axis):
    targets = distributions(axis)

    def pairs():
        for where in masks(axis):
            per_score = where
            if where is not None and where.ndim < 3:
                per_score = np.broadcast_to(np.expand_dims(where, axis), SHAPE)
            found = F.kl_divergence(jnp.asarray(LOGITS), targets, axis=axis, where=where)
            yield found, optax.losses.kl_divergence(LOGITS, targets, axis, per_score)
            included = True if per_score is None else per_score
            expected = np.sum(entr(targets), axis, where=included)
            yield F.entropy(jnp.asarray(targets), axis=axis, where=where), expected

    check_equal(lambda: list(pairs()))


@pytest.mark.thorough
def test_no_axis_means_all_axes():
    targets = distributions(None)
    np.testing.assert_allclose(F.entropy(targets, axis=None), F.entropy(targets.reshape(-1)))
    loss = F.softmax_cross_entropy(LOGITS, targets, axis=None)
    expected = optax.losses.softmax_cross_entropy(LOGITS, targets, None)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.thorough
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_masked_classes_are_as_if_they_were_not_there(label_smoothing):
    few, where = LOGITS[0, :, :3], np.array([[True, True, True, False]] * 3)
    labels, options = np.array([0, 2, 1]), {"label_smoothing": label_smoothing}
    loss = F.softmax_cross_entropy_with_integer_labels
    expected = loss(few, labels, **options)
    found = loss(LOGITS[0], labels, where=where, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    found = F.softmax_cross_entropy(LOGITS[0], np.eye(4)[labels], where=where, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.thorough
def test_a_masked_example_costs_nothing_and_has_no_gradient():
    logits = jnp.array([[1.0, 2.0], [jnp.inf, jnp.nan]])
    targets, where = jnp.array([[0.5, 0.5], [0.0, 0.7]]), jnp.array([True, False])

    def soft(z, t):
        return F.softmax_cross_entropy(z, t, where=where, label_smoothing=0.1)

    def integer(z):
        return F.softmax_cross_entropy_with_integer_labels(
            z, jnp.array([0, 0]), where=where, label_smoothing=0.1
        )

    def divergence(z, t):
        return F.kl_divergence(z, t, where=where)

    def values_and_gradients():
        for loss, arguments in (
            (soft, (logits, targets)),
            (divergence, (logits, targets)),
            (integer, (logits,)),
        ):
            value, back = jax.vjp(loss, *arguments)
            yield value, back(jnp.ones(2))

    for value, gradients in jax.jit(lambda: list(values_and_gradients()))():
        assert value[1] == 0
        for gradient in gradients:
            assert np.isfinite(gradient[0]).all()
            np.testing.assert_array_equal(gradient[1], [0, 0])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"axis": 2}, ValueError, "axis: expected one or more .* of rank 2, got 2"),
        ({"axis": (0, 0)}, ValueError, r"axis: expected .* different axes .*, got \(0, 0\)"),
        ({"axis": 0.5}, TypeError, "axis: expected an integer, a tuple .* or None, got 0.5"),
        ({"where": np.ones(3, bool)}, ValueError, r"where: expected booleans of shape \(2,\), one"),
        ({"where": np.ones(2)}, ValueError, r"per score, got float32 of shape \(2,\)"),
    ],
)
def test_errors(options, error, message):
    for loss in (F.softmax_cross_entropy, F.kl_divergence):
        with pytest.raises(error, match=message):
            loss(jnp.ones((2, 3)), jnp.ones((2, 3)), **options)
    with pytest.raises(error, match=message):
        F.entropy(jnp.ones((2, 3)), **options)
    with pytest.raises(error, match=message):
        F.softmax_cross_entropy_with_integer_labels(jnp.ones((2, 3)), jnp.array([0, 1]), **options)
