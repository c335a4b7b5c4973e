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
    theirs = lax.conv_general_dilated(*arguments, **kwargs)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("lhs", "rhs", "kwargs"),
    [
        ((1, 2, 5), (1, 3, 3), {"window_strides": (1,), "padding": "SAME"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1, 1), "padding": "VALID"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": "CIRCULAR"}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": "SAME", "lhs_dilation": (2,)}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": (1, 1)}),
        ((1, 2, 5), (1, 2, 3), {"window_strides": (1,), "padding": ((-4, -4),)}),
        ((1, 2, 5), (1, 2), {"window_strides": (1,), "padding": "SAME"}),
        (
            (1, 2, 5),
            (3, 2, 3),
            {"window_strides": (1,), "padding": "SAME", "feature_group_count": 2},
        ),
        (
            (1, 4, 5),
            (3, 2, 3),
            {"window_strides": (1,), "padding": "SAME", "feature_group_count": 2},
        ),
        (
            (1, 4, 5),
            (3, 2, 3),
            {"window_strides": (1,), "padding": "SAME", "feature_group_count": 0},
        ),
        ((3, 4, 5), (4, 4, 3), {"window_strides": (1,), "padding": "SAME", "batch_group_count": 2}),
        (
            (1, 2, 5),
            (1, 2, 3),
            {"window_strides": (1,), "padding": "SAME", "dimension_numbers": ("NCW", "OIW", "NCH")},
        ),
        (
            (1, 2, 5),
            (1, 2, 3),
            {"window_strides": (1,), "padding": "SAME", "preferred_element_type": np.int32},
        ),
    ],
)
def test_errors_are_those_of_lax(lhs, rhs, kwargs):
    arrays = jax.numpy.ones(lhs), jax.numpy.ones(rhs)
    with pytest.raises((TypeError, ValueError, RuntimeError)) as theirs:
        lax.conv_general_dilated(*arrays, **kwargs)
    with pytest.raises(theirs.type) as ours:
        F.conv_general_dilated(*arrays, **kwargs)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("dtypes", [(np.float32, np.int32), (np.float32, jax.numpy.bfloat16)])
def test_errors_of_dtypes_are_those_of_lax(dtypes):
    arrays = np.ones((1, 2, 5), dtypes[0]), np.ones((1, 2, 3), dtypes[1]), (1,), "SAME"
    with pytest.raises(TypeError) as theirs:
        lax.conv_general_dilated(*arrays)
    with pytest.raises(TypeError) as ours:
        F.conv_general_dilated(*arrays)
    assert str(ours.value) == str(theirs.value)
