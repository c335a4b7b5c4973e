import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import LocalResponseNorm


def by_loops(x, size, alpha, beta, k):
    """PyTorch's definition: the windows are of channels c - size // 2 to c + (size - 1) // 2."""
    outputs = np.empty_like(x)
    for c in range(x.shape[-1]):
        around = x[..., max(c - size // 2, 0) : c + (size - 1) // 2 + 1]
        outputs[..., c] = x[..., c] / (k + alpha * (around**2).sum(-1) / size) ** beta
    return outputs


@pytest.mark.parametrize(("size", "channels"), [(1, 4), (2, 5), (5, 7), (4, 3), (9, 2)])
def test_values(size, channels):
    x = np.random.default_rng(0).normal(size=(2, 3, channels))
    module = built.module(LocalResponseNorm(size, 0.7, 0.6, 2.0), x.shape[1:])
    expected = by_loops(x, size, 0.7, 0.6, 2.0)
    np.testing.assert_allclose(jax.jit(module)(np.float32(x)), expected, rtol=1e-5)


def test_values_of_pytorch():  # torch.nn.functional.local_response_norm(x, 2, alpha=1.0)
    x = jnp.array([[[1.0, 2.0, 3.0]]])
    expected = [[[0.73778796, 0.78158993, 0.66195017]]]
    outputs = built.module(LocalResponseNorm(2, 1.0), (1, 3))(x)
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)


@pytest.mark.thorough
def test_half_precision_squares_do_not_overflow():
    x = jnp.full((1, 4), 300.0, jnp.float16)
    outputs = built.module(LocalResponseNorm(3, 1.0, 0.5), (4,))(x)
    assert outputs.dtype == jnp.float16
    np.testing.assert_allclose(outputs, by_loops(np.full((1, 4), 300.0), 3, 1, 0.5, 1), rtol=1e-3)


def test_costs_and_receptive_field():
    assert LocalResponseNorm().costs((4, 5, 6)) == (0, 3 * 4 * 5 * 6, 0)
    assert LocalResponseNorm().receptive_field((4, 5, 6)) == ((1, 1), (1, 1), (0, 0))
