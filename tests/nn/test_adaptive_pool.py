import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.nn import AdaptiveAvgPool


def cells(size, count):
    """PyTorch's bins."""
    return [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


@pytest.mark.parametrize("grid", [(2, 3), (4, 6), (1, 1), (3, 4), (2, 5), (7, 9)])
def test_means_of_cells(grid):
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)
    rows = [[x[:, r, c].mean((1, 2)) for c in cells(6, grid[1])] for r in cells(4, grid[0])]
    expected = np.stack([np.stack(row, 1) for row in rows], 1)
    np.testing.assert_allclose(AdaptiveAvgPool(grid)(jnp.asarray(x)), expected, atol=1e-6)


def test_values_of_pytorch():  # torch.nn.functional.adaptive_avg_pool1d
    x = jnp.arange(5.0)[None, :, None]
    assert AdaptiveAvgPool((3,))(x)[0, :, 0].tolist() == [0.5, 2.0, 3.5]
    bigger = AdaptiveAvgPool((7,))(x)[0, :, 0]
    assert bigger.tolist() == [0.0, 0.5, 1.5, 2.0, 2.5, 3.5, 4.0]
