import inspect

import jax
import numpy as np
import pytest
from arrays import normal
from jax import lax

from jaxcnn import functional as F


def test_signature_is_that_of_lax():
    ours, theirs = map(inspect.signature, (F.conv_general_dilated, lax.conv_general_dilated))
    assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == [
        (p.name, p.kind, p.default) for p in theirs.parameters.values()
    ]


CASES = {
    "defaults": ((2, 3, 8, 9), (4, 3, 3, 2), {"padding": "SAME"}),
    "channels last": (
        (2, 8, 9, 3),
        (3, 2, 3, 4),
        {"padding": "VALID", "dimension_numbers": ("NHWC", "HWIO", "NHWC")},
    ),
    "odd axes": (
        (8, 3, 2, 9),
        (4, 3, 2, 3),
        {"padding": ((1, 2), (0, 1)), "dimension_numbers": ("HCNW", "OHWI", "WNHC")},
    ),
    "dilated": (
        (2, 4, 8, 9),
        (6, 2, 3, 2),
        {
            "padding": ((2, 0), (1, 1)),
            "lhs_dilation": (2, 1),
            "rhs_dilation": (1, 2),
            "feature_group_count": 2,
        },
    ),
    "batch groups": ((4, 3, 8, 9), (6, 3, 3, 3), {"padding": "SAME", "batch_group_count": 2}),
}


@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_lax(case):
    lhs, rhs, kwargs = CASES[case]
    arguments = jax.numpy.asarray(normal(*lhs)), jax.numpy.asarray(normal(*rhs, seed=1)), (2, 1)
    ours = F.conv_general_dilated(*arguments, **kwargs)
    np.testing.assert_array_equal(ours, lax.conv_general_dilated(*arguments, **kwargs))


@pytest.mark.parametrize(
    ("lhs", "rhs", "kwargs"),
    [
        ((1, 2, 5), (1, 3, 3), {"window_strides": (1,), "padding": "SAME"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1, 1), "padding": "VALID"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": "CIRCULAR"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": "SAME", "lhs_dilation": (2,)}),
    ],
)
def test_errors_are_those_of_lax(lhs, rhs, kwargs):
    arrays = jax.numpy.ones(lhs), jax.numpy.ones(rhs)
    with pytest.raises((TypeError, ValueError, RuntimeError)) as theirs:
        lax.conv_general_dilated(*arrays, **kwargs)
    with pytest.raises(theirs.type) as ours:
        F.conv_general_dilated(*arrays, **kwargs)
    assert str(ours.value) == str(theirs.value)
