from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import reference_numpy as ref
from gradients import check_gradients
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

GUIDE_LOGITS = [-0.5, 1.2, -0.1, 2.4]
INF = np.inf
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(5, 4)).astype(np.float32) * 3
LABELS = np.array([0, 3, 1, 1, 2])
SOFT = RNG.dirichlet(np.ones(4), size=5).astype(np.float32)


def targets_of(labels, label_smoothing, num_classes=4):
    return np.eye(num_classes)[labels] * (1 - label_smoothing) + label_smoothing / num_classes


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_integer_labels_agree_with_the_oracle(label_smoothing):
    loss = F.softmax_cross_entropy_with_integer_labels(
        LOGITS, LABELS, label_smoothing=label_smoothing
    )
    rows = zip(LOGITS, targets_of(LABELS, label_smoothing), strict=True)
    np.testing.assert_allclose(loss, [ref.cross_entropy(z, t) for z, t in rows], rtol=1e-5)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_soft_labels_agree_with_the_oracle_and_with_optax(label_smoothing):
    loss = F.softmax_cross_entropy(LOGITS, SOFT, label_smoothing=label_smoothing)
    smooth = optax.smooth_labels(jnp.asarray(SOFT), label_smoothing)
    rows = zip(LOGITS, np.asarray(smooth), strict=True)
    np.testing.assert_allclose(loss, [ref.cross_entropy(z, t) for z, t in rows], rtol=1e-5)
    np.testing.assert_allclose(loss, optax.softmax_cross_entropy(LOGITS, smooth), rtol=1e-5)


def both(logits, label, label_smoothing):
    """The same loss from integer and from one-hot labels."""
    one_hot = F.one_hot(label, logits.shape[-1])
    return (
        F.softmax_cross_entropy_with_integer_labels(logits, label, label_smoothing=label_smoothing),
        F.softmax_cross_entropy(logits, one_hot, label_smoothing=label_smoothing),
    )


def both_with_gradients(logits, label, label_smoothing):
    backward, forward = (
        jacobian(both)(logits, label, label_smoothing) for jacobian in (jax.jacrev, jax.jacfwd)
    )
    return both(logits, label, label_smoothing), (*backward, *forward)


@partial(jax.jit, static_argnums=(0, 3))
def compute(function, logits, label, label_smoothing):
    return function(logits, label, label_smoothing)


@pytest.mark.parametrize(  # guide row A6.9
    ("label", "expected"), [(0, 3.263464), (1, 1.563464), (2, 2.863464), (3, 0.363464)]
)
def test_loss_of_the_guides_logits(label, expected):
    losses = compute(both, jnp.array(GUIDE_LOGITS), label, 0.0)
    assert losses == pytest.approx([expected] * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("probabilities", "label", "expected"),
    [
        ([0.80, 0.15, 0.05], 0, 0.223144),  # guide row A6.1
        ([0, 0.1, 0.1, 0.75, 0, 0, 0, 0, 0, 0.05], 3, 0.287682),  # guide row A6.2
        ([0.1] * 10, 3, 2.302585),  # guide row A6.4: an untrained network
    ],
)
def test_loss_of_the_guides_probabilities(probabilities, label, expected):
    with np.errstate(divide="ignore"):  # of a probability of 0
        logits = np.log(np.array(probabilities, np.float32))
    loss = F.softmax_cross_entropy_with_integer_labels(logits, label)
    assert float(loss) == pytest.approx(expected, abs=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("logits", "label", "label_smoothing", "expected", "gradient"),
    [
        ([1e4, -1e4, 0.0], 0, 0.0, 0.0, [0, 0, 0]),
        ([1e4, -1e4, 0.0], 1, 0.0, 2e4, [1, -1, 0]),
        ([0.0, 0.0, -INF], 0, 0.0, np.log(2), [-0.5, 0.5, 0]),
        ([1e4, -INF, -1e4], 2, 0.0, 2e4, [1, 0, -1]),
        ([0.0, 0.0, -INF], 2, 0.0, INF, [0.5, 0.5, -1]),
        ([1e4, -1e4], 0, 0.2, 2e3, [0.1, -0.1]),
        ([0.0, 0.0, -INF], 0, 0.2, np.log(2), [-0.4, 0.4, 0]),
    ],
)
def test_extreme_and_masked_logits(logits, label, label_smoothing, expected, gradient):
    arguments = np.array(logits, np.float32), label, label_smoothing
    losses, gradients = compute(both_with_gradients, *arguments)
    for loss in losses:
        np.testing.assert_allclose(loss, expected, rtol=1e-6)
    for found in gradients:
        np.testing.assert_allclose(found, gradient, atol=1e-6)


@pytest.mark.thorough
def test_masked_classes_change_nothing_for_the_others():
    masked = np.pad(LOGITS, [(0, 0), (0, 2)], constant_values=-np.inf)
    for label_smoothing in (0.0, 0.2):
        for plain, with_masked in zip(
            compute(both, LOGITS, LABELS, label_smoothing),
            compute(both, masked, LABELS, label_smoothing),
            strict=True,
        ):
            np.testing.assert_allclose(plain, with_masked, rtol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_gradients(label_smoothing):
    def integer(z):
        return F.softmax_cross_entropy_with_integer_labels(
            z, LABELS, label_smoothing=label_smoothing
        )

    def soft(z, t):
        return F.softmax_cross_entropy(z, t, label_smoothing=label_smoothing)

    check_gradients(lambda z, t: (integer(z), soft(z, t)), LOGITS, SOFT)


def test_gradient_is_softmax_minus_target():  # guide row A6.7: the residual
    gradient = jax.jit(jax.vmap(jax.grad(F.softmax_cross_entropy)))(LOGITS, SOFT)
    residual = [ref.softmax(z) - t for z, t in zip(LOGITS, SOFT, strict=True)]
    np.testing.assert_allclose(gradient, residual, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "labels"),
    [(F.softmax_cross_entropy_with_integer_labels, LABELS), (F.softmax_cross_entropy, SOFT)],
)
def test_jit_and_vmap_change_nothing(loss, labels):
    check_jit_and_vmap(loss, LOGITS, labels)
    boxed = jax.jit(loss)(LOGITS.reshape(5, 1, 4), labels.reshape(5, 1, *labels.shape[1:]))
    np.testing.assert_allclose(boxed[:, 0], loss(LOGITS, labels), rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "label_dtype"), [("bfloat16", "uint8"), ("float16", "int8"), ("float32", "int32")]
)
def test_dtypes(dtype, label_dtype):
    logits = jnp.asarray(LOGITS, dtype)
    integer, soft = F.softmax_cross_entropy_with_integer_labels, F.softmax_cross_entropy
    losses = (
        jax.jit(integer)(logits, LABELS.astype(label_dtype)),
        jax.jit(soft)(logits, np.eye(4, dtype=label_dtype)[LABELS]),
    )
    for loss in losses:
        assert loss.dtype == dtype
        np.testing.assert_allclose(
            loss.astype(np.float32),
            integer(LOGITS, LABELS),
            atol=8 * float(jnp.finfo(dtype).eps) * 3,
        )


def test_labels_beyond_the_classes_are_loud_where_they_can_be():
    assert jnp.isnan(jax.jit(F.softmax_cross_entropy_with_integer_labels)(LOGITS[0], 4))


@pytest.mark.parametrize(
    ("logits", "labels", "error", "message"),
    [
        (
            np.ones((2, 3), np.int32),
            [0, 1],
            TypeError,
            "logits: expected floating point, got int32",
        ),
        (
            np.ones((2, 3)),
            np.array([0.0, 1.0]),
            TypeError,
            r"labels: expected integer classes of shape \(2,\), got float32",
        ),
        (
            np.ones((2, 3)),
            np.eye(3)[:2],
            ValueError,
            r"of shape \(2,\), got float32 of shape \(2, 3\) .if they are one-hot",
        ),
        (np.ones((2, 3)), [0, 1, 2], ValueError, r"of shape \(2,\), got shape \(3,\)"),
        (np.ones((2, 3)), [True, False], TypeError, "labels: expected integer .* got bool"),
        (1.0, 0, ValueError, r"logits: expected shape \(\.\.\., K\).* got \(\)"),
        (np.ones((2, 0)), [0, 0], ValueError, r"one entry for each of K classes, got \(2, 0\)"),
    ],
)
def test_errors_of_integer_labels(logits, labels, error, message):
    for call in (F.softmax_cross_entropy_with_integer_labels, F.multiclass_hinge_loss):
        with pytest.raises(error, match=message):
            jax.jit(call)(logits, jnp.asarray(labels))


def test_errors_of_soft_labels():
    message = r"labels: expected the shape of logits, \(2, 3\), got \(2,\)"
    with pytest.raises(ValueError, match=message):
        F.softmax_cross_entropy(jnp.ones((2, 3)), jnp.array([0, 1]))
    with pytest.raises(TypeError, match="logits: expected floating point, got int32"):
        F.softmax_cross_entropy(jnp.ones((2, 3), int), jnp.ones((2, 3)))


@pytest.mark.parametrize("label_smoothing", [-0.1, 1.0, float("nan")])
def test_label_smoothing_out_of_range(label_smoothing):
    message = f"label_smoothing: expected a number of at least 0 and below 1, got {label_smoothing}"
    for loss, labels in [
        (F.softmax_cross_entropy_with_integer_labels, LABELS),
        (F.softmax_cross_entropy, SOFT),
    ]:
        with pytest.raises(ValueError, match=message):
            loss(LOGITS, labels, label_smoothing=label_smoothing)
