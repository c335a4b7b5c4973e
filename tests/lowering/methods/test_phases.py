import numpy as np
import pytest
from arrays import normal
from compiling import jit_quickly
from jax import lax

from jaxcnn.lowering import Convolution
from jaxcnn.lowering.methods import by_phases, by_xla

LAYOUT = ("NHWC", "HWIO", "NHWC")


# Each a pair for the two dimensions.
@pytest.mark.parametrize(
    ("window", "spread", "gap", "padding"),
    [
        ((3, 3), (2, 2), (1, 1), ((1, 1), (1, 1))),
        ((4, 5), (2, 3), (1, 1), ((2, 2), (0, 4))),
        ((3, 2), (1, 3), (1, 1), ((0, 0), (2, 1))),
        ((3, 4), (2, 4), (3, 2), ((3, 4), (6, 5))),  # gaps that share a factor with the spread
        ((3, 3), (2, 3), (2, 3), ((2, 2), (3, 3))),  # only some outputs meet an element
        ((1, 1), (3, 2), (1, 1), ((0, 2), (1, 0))),  # phases without taps
        ((3, 3), (2, 2), (1, 1), ((-1, 2), (-2, -1))),
    ],
)
@pytest.mark.parametrize("groups", [1, 2])
def test_phases_make_up_the_whole(window, spread, gap, padding, groups):
    lhs, rhs = normal(2, 5, 4, 2 * groups), normal(*window, 2, 3 * groups, seed=1)
    numbers = lax.conv_dimension_numbers(lhs.shape, rhs.shape, LAYOUT)
    convolution = Convolution(
        lhs_shape=lhs.shape,
        rhs_shape=rhs.shape,
        dtypes=(lhs.dtype, rhs.dtype, lhs.dtype),
        strides=(1, 1),
        padding=padding,
        lhs_dilation=spread,
        rhs_dilation=gap,
        dimension_numbers=numbers,
        feature_groups=groups,
        batch_groups=1,
        precision=None,
    )
    parts = []

    def compute(part, lhs, rhs):
        parts.append(part)
        return by_xla(part, lhs, rhs)

    # Padded beforehand: with some negative padding XLA errs on CPUs.
    edges = [
        (0, 0, 0),
        *((*pair, d - 1) for pair, d in zip(padding, spread, strict=True)),
        (0,) * 3,
    ]

    @jit_quickly
    def by_phases_and_by_lax(lhs, rhs):
        padded = lax.pad(lhs, np.float32(0), edges)
        right = lax.conv_general_dilated(padded, rhs, (1, 1), "VALID", None, gap, numbers, groups)
        return by_phases(convolution, lhs, rhs, compute), right

    got, right = by_phases_and_by_lax(lhs, rhs)
    np.testing.assert_allclose(got, right, rtol=1e-5, atol=1e-5)
    assert parts
    assert all(set(part.lhs_dilation) == {1} for part in parts)
