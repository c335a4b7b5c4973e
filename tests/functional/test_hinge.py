import jax
import jax.numpy as jnp
import numpy as np
import optax.losses
import pytest
import reference_numpy as ref
from gradients import check_gradients
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

RNG = np.random.default_rng(2)
LOGITS = RNG.normal(size=(6, 4)).astype(np.float32) * 2
LABELS = RNG.integers(0, 4, 6)
SIGNS = np.array([1, -1, 1, -1], np.int32)
SCORES = np.array([0.3, 0.4, 2.0, -3.0], np.float32)


def test_binary_agrees_with_the_definition():
    expected = [max(0.0, 1 - y * z) for y, z in zip(SIGNS, SCORES, strict=True)]
    np.testing.assert_allclose(F.hinge_loss(SCORES, SIGNS), expected, rtol=1e-6)


def test_multiclass_agrees_with_the_oracle_and_with_optax():
    loss = F.multiclass_hinge_loss(LOGITS, LABELS)
    expected = [ref.multiclass_hinge(z, y) for z, y in zip(LOGITS, LABELS, strict=True)]
    np.testing.assert_allclose(loss, expected, rtol=1e-5, atol=1e-6)
    optax_loss = optax.losses.multiclass_hinge_loss(jnp.asarray(LOGITS), jnp.asarray(LABELS))
    np.testing.assert_allclose(loss, optax_loss, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("label", "expected"), [(3, 0.0), (1, 2.2)])  # guide row A6.9
def test_multiclass_of_the_guides_logits(label, expected):
    loss = F.multiclass_hinge_loss(jnp.array([-0.5, 1.2, -0.1, 2.4]), label)
    assert float(loss) == pytest.approx(expected, abs=1e-6)


@pytest.mark.thorough
def test_masked_and_extreme_logits():
    logits = jnp.array([1e4, -jnp.inf, -1e4])
    value, gradient = jax.jit(jax.value_and_grad(F.multiclass_hinge_loss))(logits, 2)
    assert value == 20001
    np.testing.assert_array_equal(gradient, [1, 0, -1])
    assert F.multiclass_hinge_loss(logits, 0) == 0


def test_gradients():
    def losses(logits, scores):
        return F.multiclass_hinge_loss(logits, LABELS), F.hinge_loss(scores, SIGNS)

    check_gradients(losses, LOGITS, SCORES)


@pytest.mark.parametrize(
    ("loss", "logits", "labels"),
    [(F.hinge_loss, SCORES, SIGNS), (F.multiclass_hinge_loss, LOGITS, LABELS)],
)
def test_jit_vmap_and_dtypes(loss, logits, labels):
    check_jit_and_vmap(loss, logits, labels)
    half = jax.jit(loss)(logits.astype(jnp.bfloat16), labels)
    assert half.dtype == jnp.bfloat16
    np.testing.assert_allclose(np.asarray(half, np.float32), loss(logits, labels), atol=0.1)


def test_errors_of_the_binary_loss():  # those of the multiclass one: test_softmax_cross_entropy
    with pytest.raises(TypeError, match="logits: expected floating point, got int32"):
        F.hinge_loss(SIGNS, SIGNS)
    with pytest.raises(ValueError, match=r"labels: expected the shape of logits, \(4,\), got \(\)"):
        F.hinge_loss(SCORES, 1)
