from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax.losses
import pytest
import reference_numpy as ref
from gradients import check_gradients
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

INF = np.inf
LOGITS = np.array([-3.0, -0.4, 0.0, 0.7, 2.5], np.float32)
SOFT = np.array([0.0, 1.0, 0.3, 1.0, 0.9], np.float32)
LOSSES = [F.sigmoid_binary_cross_entropy, F.binary_cross_entropy, F.sigmoid_focal_loss]


def test_from_logits_agrees_with_the_oracle_and_with_optax():
    loss = F.sigmoid_binary_cross_entropy(LOGITS, SOFT)
    probabilities = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    expected = [ref.binary_cross_entropy(p, y) for p, y in zip(probabilities, SOFT, strict=True)]
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    optax_loss = optax.sigmoid_binary_cross_entropy(jnp.asarray(LOGITS), SOFT)
    np.testing.assert_allclose(loss, optax_loss, rtol=1e-6)
    np.testing.assert_allclose(
        F.binary_cross_entropy(probabilities.astype(np.float32), SOFT), expected, rtol=1e-6
    )


@pytest.mark.parametrize(("alpha", "gamma"), [(None, 2.0), (0.25, 2.0), (0.25, 0.5)])
def test_focal_loss_agrees_with_the_oracle(alpha, gamma):
    labels = np.array([0, 1, 0, 1, 1])
    loss = F.sigmoid_focal_loss(LOGITS, labels, alpha=alpha, gamma=gamma)
    weights = (0.5, 2) if alpha is None else (alpha, 1)
    expected = [
        ref.focal_loss(float(z), y, weights[0], gamma) * weights[1]
        for z, y in zip(LOGITS, labels, strict=True)
    ]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_loss_of_soft_labels_agrees_with_optax(gamma):
    ours, theirs = (
        jax.jit(partial(loss, alpha=0.25, gamma=gamma))(LOGITS, SOFT)
        for loss in (F.sigmoid_focal_loss, optax.losses.sigmoid_focal_loss)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_focal_loss_without_focus_is_binary_cross_entropy():
    np.testing.assert_allclose(
        F.sigmoid_focal_loss(LOGITS, SOFT, gamma=0.0),
        F.sigmoid_binary_cross_entropy(LOGITS, SOFT),
        rtol=1e-6,
    )


@pytest.mark.parametrize(  # guide row A6.8
    ("probability", "label", "expected"),
    [(0.011, 1, 4.509860), (0.989, 0, 4.509860), (1.0, 1, 0.0), (0.0, 0, 0.0)],
)
def test_probabilities_of_the_guide(probability, label, expected):
    loss = jax.jit(F.binary_cross_entropy)(probability, label)
    assert float(loss) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_certain_probabilities_give_finite_numbers(dtype):
    probabilities = np.array([0, 1, 0, 1, 0, 1], jnp.dtype(dtype))
    labels = np.array([0, 1, 0.5, 0.5, 1, 0], jnp.dtype(dtype))
    with_gradient = jax.jit(jax.vmap(jax.value_and_grad(F.binary_cross_entropy)))
    values, gradients = map(np.asarray, with_gradient(probabilities, labels))
    assert np.isfinite(values).all()
    assert np.isfinite(gradients).all()
    np.testing.assert_array_equal(values == 0, [True, True, False, False, False, False])


@pytest.mark.parametrize(
    ("logit", "label", "expected", "gradient"),
    [
        (1e4, 1.0, 0.0, 0.0),
        (1e4, 0.0, 1e4, 1.0),
        (-1e4, 1.0, 1e4, -1.0),
        (-1e4, 0.0, 0.0, 0.0),
        (-1e4, 0.25, 2.5e3, -0.25),
        (-INF, 0.0, 0.0, 0.0),
        (-INF, 1.0, INF, -1.0),
        (INF, 1.0, 0.0, 0.0),
        (INF, 0.0, INF, 1.0),
    ],
)
def test_extreme_logits(logit, label, expected, gradient):
    assert of_a_logit(logit, label) == pytest.approx((expected, gradient, gradient))


@jax.jit  # also by numbers: one program in place of many
def of_a_logit(logit, label):
    """The loss and its derivative, backwards and forwards."""
    loss = F.sigmoid_binary_cross_entropy
    _, tangent = jax.jvp(lambda z: loss(z, label), (logit,), (jnp.ones(()),))
    return *jax.value_and_grad(loss)(logit, label), tangent


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_focal_loss_of_extreme_logits_is_no_nan(label, gamma):
    def loss(z):
        return F.sigmoid_focal_loss(z, label, alpha=0.25, gamma=gamma)

    logits = np.array([1e4, -1e4, INF, -INF, 0.0], np.float32)
    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(loss)))(logits)
    assert np.isfinite(values).all()
    assert np.isfinite(gradients).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients(loss):
    inputs = [0.1, 0.35, 0.8, 0.95]  # logits or probabilities
    check_gradients(loss, inputs, [0.0, 1.0, 0.3, 1.0])


@pytest.mark.parametrize("loss", LOSSES)
def test_jit_and_vmap_change_nothing(loss):
    inputs = np.array([0.1, 0.35, 0.8, 0.95], np.float32)
    check_jit_and_vmap(loss, inputs, np.array([0, 1, 1, 0]))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_keeps_dtype_and_shape(loss, dtype):
    out = jax.eval_shape(loss, jnp.full((2, 3), 0.5, dtype), jnp.ones((2, 3), bool))
    assert (out.dtype, out.shape) == (dtype, (2, 3))


@pytest.mark.parametrize("loss", LOSSES)
def test_errors(loss):
    name = "probabilities" if loss is F.binary_cross_entropy else "logits"
    with pytest.raises(TypeError, match=f"{name}: expected floating point, got int32"):
        loss(jnp.ones(3, int), jnp.ones(3))
    message = rf"labels: expected the shape of {name}, \(3,\), got \(1,\)"
    with pytest.raises(ValueError, match=message):
        loss(jnp.ones(3), jnp.ones(1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 1.5}, "alpha: expected a number of 0 to 1, or None, got 1.5"),
        ({"gamma": -1.0}, "gamma: expected a finite number of at least 0, got -1.0"),
    ],
)
def test_focal_loss_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        F.sigmoid_focal_loss(LOGITS, SOFT, **arguments)


@pytest.mark.thorough
def test_multilabel_mean_has_gradients_jit_vmap_and_errors():
    loss = F.multilabel_cross_entropy
    logits = np.array([[0.3, -2.0, 1.5], [0.0, 4.0, -1.0]], np.float32)
    labels = np.array([[1, 0, 1], [0, 0, 1]])
    expected = np.mean(F.sigmoid_binary_cross_entropy(logits, labels), axis=-1)
    np.testing.assert_allclose(loss(logits, labels), expected, rtol=1e-6)
    check_jit_and_vmap(loss, logits, labels)
    halves = np.full((2, 3), 0.5, np.float32)
    np.testing.assert_allclose(
        loss(logits, labels, label_smoothing=1), loss(logits, halves), rtol=1e-6
    )
    assert jax.eval_shape(loss, logits.astype(jnp.bfloat16), labels).dtype == jnp.bfloat16
    check_gradients(lambda logits: loss(logits, labels, label_smoothing=0.1), logits)
    with pytest.raises(ValueError, match="label_smoothing: expected a number of 0 to 1, got 2"):
        loss(logits, labels, label_smoothing=2)
    with pytest.raises(ValueError, match="labels: expected the shape of logits"):
        loss(logits, labels[0])
    with pytest.raises(TypeError, match="logits: expected floating point"):
        loss(labels, labels)
