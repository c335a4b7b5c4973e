import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F
from jaxcnn._support.arguments import per_axis


@pytest.mark.parametrize("value", [2, (2, 2), [2, 2], np.int64(2), np.array([2, 2])])
def test_per_dimension_returns_plain_ints(value):
    values = per_axis("strides", value, 2)
    assert values == (2, 2)
    assert all(type(v) is int for v in values)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0, ValueError, "strides: expected at least 1, got 0"),
        (
            (1, 2, 3),
            ValueError,
            r"strides: expected an integer, .*, got \(1, 2, 3\)",
        ),
        (1.0, TypeError, r"strides: expected an integer, or one per axis \(2\), got 1.0"),
        ("12", TypeError, r"strides: expected an integer, or one per axis \(2\), got '12'"),
    ],
)
def test_per_dimension_errors(value, error, text):
    with pytest.raises(error, match=text):
        per_axis("strides", value, 2)


@pytest.mark.parametrize("rank", [0, 4])
def test_rank_out_of_range(rank):
    with pytest.raises(
        ValueError, match=rf"window_shape .*: expected a spatial rank of 1, 2 or 3, got {rank}"
    ):
        F.max_pool(jnp.zeros((1,) * (rank + 2)), (1,) * rank)


@pytest.mark.parametrize("shape", [(2, 5, 7, 3), (5, 7, 3)])
def test_spatial_shape(shape):
    assert F.max_pool(jnp.zeros(shape), (5, 7)).shape == (*shape[:-3], 1, 1, 3)


@pytest.mark.parametrize("shape", [(5, 7), (1, 2, 5, 7, 3)])
def test_spatial_shape_error(shape):
    with pytest.raises(ValueError, match=r"inputs: expected 4 axes \(N, \*spatial, C\), or 3"):
        F.max_pool(jnp.zeros(shape), (1, 1))
