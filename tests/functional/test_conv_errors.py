"""What `conv` refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F

ERRORS = [
    # guide row A2.4
    ((32, 32, 3), (5, 5, 1, 1), {}, r"expected 1 channels, for a kernel of shape \(5, 5, 1, 1\), "
     r"got 3 in shape \(32, 32, 3\)"),
    ((1, 3, 32, 32), (3, 3, 3, 8), {}, "got 32 in .* .the last axis is channels"),
    ((3, 3, 1), (5, 5, 1, 1), {"padding": "VALID"}, r"\(3, 3\).*\(5, 5\)"),
    ((8, 8), (3, 3, 1, 1), {}, r"inputs: expected 4 axes.*kernel of shape \(3, 3, 1, 1\) makes"),
    ((8, 1), (1, 1), {}, r"kernel of shape \(1, 1\): expected a spatial rank of .*, got 0"),
    ((8, 8, 1), (3, 3, 1, 0), {}, r"one filter, got shape \(3, 3, 1, 0\)"),
    ((8, 8, 1), (0, 3, 1, 1), {}, r"one filter, got shape \(0, 3, 1, 1\)"),
    ((0, 8, 1), (3, 3, 1, 1), {}, r"spatial_shape: expected at least 1, got \(0, 8\)"),
    ((8, 8, 4), (3, 3, 1, 4), {"feature_group_count": 3}, "kernel's 4 filters, got 3"),
    ((8, 8, 4), (3, 3, 2, 3), {"feature_group_count": 2}, "kernel's 3 filters, got 2"),
    ((8, 8, 4), (3, 3, 1, 4), {"feature_group_count": 0}, "_count: expected at least 1"),
    ((8, 8, 1), (3, 3, 1, 1), {"strides": 0}, "strides: expected at least 1, got 0"),
    ((8, 8, 1), (3, 3, 1, 1), {"strides": (1, 1, 1)}, "strides: expected an integer, or"),
    ((8, 8, 1), (3, 3, 1, 1), {"padding": -1}, "expected at least 0, got -1"),
    ((8, 8, 1), (3, 3, 1, 1), {"bias": np.zeros(2, np.float32)}, r"bias: expected shape \(1,\)"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "kernel", "arguments", "text"), ERRORS)
def test_errors(inputs, kernel, arguments, text):
    with pytest.raises(ValueError, match=text):
        F.conv(np.zeros(inputs, np.float32), np.zeros(kernel, np.float32), **arguments)


@pytest.mark.parametrize(
    ("dtypes", "text"),
    [
        (("uint8", "float32", "float32"), "the kernel's dtype, float32, got uint8.*rescale pixels"),
        (("float32", "bfloat16", "float32"), "the kernel's dtype, bfloat16, got float32"),
        (("float32", "float32", "int32"), "bias: expected dtype float32, got int32"),
    ],
)
def test_dtype_errors(dtypes, text):
    arrays = [
        np.zeros(shape, jnp.dtype(dtype))
        for shape, dtype in zip(((8, 8, 1), (3, 3, 1, 1), (1,)), dtypes, strict=True)
    ]
    with pytest.raises(TypeError, match=text):
        F.conv(*arrays)


def test_non_integer_strides():
    with pytest.raises(TypeError, match=r"strides: expected an integer, .*, got 1\.5"):
        F.conv(np.zeros((8, 8, 1)), np.zeros((3, 3, 1, 1)), strides=1.5)  # pyright: ignore[reportArgumentType]


def test_errors_come_while_tracing():
    with pytest.raises(ValueError, match="expected 1 channels"):
        jax.eval_shape(F.conv, np.zeros((8, 8, 3)), np.zeros((3, 3, 1, 1)))
