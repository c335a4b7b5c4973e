import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal

from jaxcnn.lowering.methods._blocks import block_size, map_blocks, sum_blocks

# Blocks of one, with and without a remainder, one block, and more than there is.
SIZES = (1, 2, 3, 5, 7, 9)


@pytest.mark.parametrize(
    ("count", "bytes_each", "budget", "size"),
    [
        (8, 10, 0, 1),
        (8, 10, 39, 2),  # a divisor near the 3 that fit
        (8, 10, 40, 4),
        (8, 10, 1e9, 8),
        (8, 0, 1e9, 8),
        (12, 10, 50, 4),
        (7, 10, 60, 6),  # the divisor, 1, is far from them
        (1, 10, 1, 1),
    ],
)
def test_block_size(count, bytes_each, budget, size):
    assert block_size(count, bytes_each, budget) == size


@pytest.mark.parametrize("size", SIZES)
def test_mapping_blocks_is_mapping_all(size):
    first, second = normal(7, 3, 2), normal(7, 2, 4, seed=1)
    blocks = []

    def multiply(first, second):
        blocks.append(len(first))
        return first @ second

    got = jax.jit(lambda a, b: map_blocks(multiply, size, a, b))(first, second)
    np.testing.assert_allclose(got, first @ second, rtol=1e-5, atol=1e-6)
    assert set(blocks) <= {size, 7 % size} or blocks == [7]


@pytest.mark.parametrize("size", SIZES)
def test_summing_blocks_is_summing_all(size):
    first, second = normal(7, 3), normal(7, 4, seed=1)

    def products(first, second):
        return [first.T @ second, jnp.sum(first, 0)]

    got = jax.jit(lambda a, b: sum_blocks(products, size, a, b))(first, second)
    for mine, right in zip(got, [first.T @ second, first.sum(0)], strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-5, atol=1e-5)
