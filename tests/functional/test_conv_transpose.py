from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from flax import nnx
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from jaxcnn import functional as F


@pytest.mark.thorough
@pytest.mark.parametrize("strides", [(1, 1), (2, 4)])
@pytest.mark.parametrize("kernel_dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("transpose_kernel", [False, True])
def test_is_that_of_lax(kernel_dilation, strides, transpose_kernel):
    inputs = normal(2, 4, 3, 5)
    kernel = normal(3, 2, *((6, 5) if transpose_kernel else (5, 6)), seed=1)

    @jax.jit  # one program in place of six
    def ours_and_theirs(inputs, kernel):
        results = {}
        for padding in ("SAME", "VALID", ((1, 0), (0, 1))):
            theirs = lax.conv_transpose(
                inputs,
                kernel,
                strides,
                padding,
                rhs_dilation=kernel_dilation,
                transpose_kernel=transpose_kernel,
                use_consistent_padding=True,
            )
            ours = F.conv_transpose(
                inputs,
                kernel,
                strides=strides,
                padding=padding,
                kernel_dilation=kernel_dilation,
                transpose_kernel=transpose_kernel,
            )
            results[str(padding)] = ours, theirs
        return results

    for padding, (ours, theirs) in ours_and_theirs(inputs, kernel).items():
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5, err_msg=padding)


@pytest.mark.thorough
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_is_that_of_flax(padding):
    inputs = normal(2, 4, 5, 3)

    @jax.jit
    def ours_and_theirs(inputs):
        layer = nnx.ConvTranspose(3, 4, (3, 2), strides=(2, 3), padding=padding, rngs=nnx.Rngs(0))
        ours = F.conv_transpose(inputs, layer.kernel[...], strides=(2, 3), padding=padding)
        return ours, layer(inputs)

    np.testing.assert_allclose(*ours_and_theirs(inputs), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "window", "arguments"),
    [
        ((5,), (4,), {"strides": 3}),
        ((4, 3), (3, 2), {"strides": 2, "padding": "VALID"}),
        ((4, 3), (3, 3), {"strides": (1, 2), "padding": ((2, 1), (0, 1))}),
        ((3, 4), (2, 3), {"strides": 2, "kernel_dilation": (3, 1)}),
        ((2, 3, 2), (3, 2, 1), {"strides": 2}),
        ((4, 3), (3, 2), {"strides": (2, 1), "feature_group_count": 3}),
    ],
)
def test_is_the_stamping_loops(size, window, arguments):
    groups = arguments.get("feature_group_count", 1)
    inputs, bias = normal(2, *size, 3 * groups), normal(4 * groups, seed=2)
    kernel = normal(*window, 4, 3 * groups, seed=1)
    rank = len(size)

    def each(value):
        return value if isinstance(value, tuple) else (value,) * rank

    strides, dilation = each(arguments.get("strides", 1)), each(arguments.get("kernel_dilation", 1))
    shape_arguments = {k: v for k, v in arguments.items() if k != "feature_group_count"}
    out_shape = F.conv_transpose_output_shape(size, window, **shape_arguments)
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    pads = arguments.get("padding", "SAME")
    if isinstance(pads, str):
        pads = ref.same_pads(out_shape, reach, strides) if pads == "SAME" else [(0, 0)] * rank
    expected = bias + np.concatenate(
        [
            ref.conv_transpose_nd(x, k, strides, pads, out_shape, dilation)
            for x, k in zip(*(np.split(a, groups, axis=-1) for a in (inputs, kernel)), strict=True)
        ],
        axis=-1,
    )

    def upsample(x, k, b):
        return F.conv_transpose(x, k, b, transpose_kernel=True, **arguments)

    one_by_one = jax.vmap(upsample, in_axes=(0, None, None))  # `upsample` sees one example
    both = jax.jit(lambda *arrays: (upsample(*arrays), one_by_one(*arrays)))
    for outputs in both(inputs, kernel, bias):
        np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("strides", [1, 2])
def test_groups_are_convolutions_apart(strides):
    inputs, kernel, bias = normal(2, 4, 3, 6), normal(3, 2, 2, 9, seed=1), normal(9, seed=2)

    @jax.jit
    def together_and_apart(inputs, kernel, bias):
        pairs = zip(jnp.split(inputs, 3, -1), jnp.split(kernel, 3, -1), strict=True)
        apart = [F.conv_transpose(x, k, strides=strides) for x, k in pairs]
        together = F.conv_transpose(inputs, kernel, bias, strides=strides, feature_group_count=3)
        return together, apart

    outputs, apart = together_and_apart(inputs, kernel, bias)
    expected = np.concatenate(apart, axis=-1) + bias
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.thorough
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_is_the_adjoint_of_conv(data):
    rank = data.draw(st.integers(1, 2))
    sizes = data.draw(st.tuples(*[st.integers(1, 5)] * rank))
    window = data.draw(st.tuples(*[st.integers(1, 5)] * rank))
    arguments = {
        "strides": data.draw(st.tuples(*[st.integers(1, 4)] * rank)),
        "kernel_dilation": data.draw(st.integers(1, 2)),
        "padding": data.draw(st.sampled_from(["SAME", "VALID", "CIRCULAR", 0, 1])),
    }
    try:
        enlarged = F.conv_transpose_output_shape(sizes, window, **arguments)
    except ValueError:
        return  # the padding leaves nothing
    assert F.conv_output_shape(enlarged, window, **arguments) == sizes
    groups = data.draw(st.integers(1, 3))
    # Small integers in floats: sums are exact, so equality is too.
    y = integers(2, *sizes, 3 * groups, seed=1, dtype=np.float32)
    kernel = integers(*window, 2, 3 * groups, seed=2, dtype=np.float32)
    x = np.zeros((2, *enlarged, 2 * groups), np.float32)

    def downsample(x):
        return F.conv(x, kernel, feature_group_count=groups, **arguments)

    def upsample(y):
        return F.conv_transpose(
            y, kernel, transpose_kernel=True, feature_group_count=groups, **arguments
        )

    both = jax.jit(lambda y: (upsample(y), *jax.linear_transpose(downsample, x)(y)))
    np.testing.assert_array_equal(*both(y))


@pytest.mark.thorough
@pytest.mark.parametrize("arguments", [{}, {"padding": "CIRCULAR"}, {"feature_group_count": 2}])
def test_gradients(arguments):
    channels = 2 * arguments.get("feature_group_count", 1)
    arrays = normal(2, 4, 3, channels), normal(3, 3, 2, 4, seed=1), normal(4, seed=2)
    check_gradients(lambda *a: F.conv_transpose(*a, strides=2, **arguments), *arrays)


def test_dtypes():
    whole = F.conv_transpose(integers(2, 4, 3), integers(3, 3, 5, seed=1), strides=2)
    assert whole.dtype == jnp.int32
    halves = np.ones((4, 3), jnp.bfloat16), np.ones((3, 3, 5), jnp.bfloat16)
    for preferred, dtype in ((None, jnp.bfloat16), (jnp.float32, jnp.float32)):
        upsample = partial(F.conv_transpose, preferred_element_type=preferred)
        assert jax.eval_shape(upsample, *halves).dtype == dtype


@pytest.mark.parametrize(
    ("kernel", "arguments", "text"),
    [
        ((3, 3, 2, 4), {}, r"expected 2 channels, .* got 3"),
        (
            (3, 3, 3, 4),
            {"transpose_kernel": True},
            r"expected 4 channels, for a kernel of shape \(3, 3, 3, 4\), got 3",
        ),
        (
            (3, 3, 3, 4),
            {"feature_group_count": 3},
            "inputs' 3 channels and the kernel's 4 filters, got 3",
        ),
        (
            (3, 3, 4, 6),
            {"feature_group_count": 3, "transpose_kernel": True},
            r"expected 6 channels \(2 in each of 3 groups\), .* got 3",
        ),
        (
            (3, 3, 4, 3),
            {"feature_group_count": 3, "transpose_kernel": True, "bias": np.zeros(4, np.float32)},
            r"bias: expected shape \(12,\)",
        ),
        ((3, 3, 3, 4), {"padding": 4}, "padding: expected less, got 4, which leaves no output"),
        ((3, 3, 3, 4), {"strides": 0}, "strides: expected at least 1, got 0"),
        ((3, 3, 3, 4), {"padding": -1}, "padding of a dimension: expected at least 0, got -1"),
        ((3, 3, 3, 0), {}, "one filter, got shape"),
        ((3, 3, 3), {}, r"inputs: expected 3 axes.*kernel of shape \(3, 3, 3\) makes"),
        ((3, 3, 3, 4), {"bias": np.zeros(3, np.float32)}, r"bias: expected shape \(4,\)"),
    ],
)
def test_errors(kernel, arguments, text):
    with pytest.raises(ValueError, match=text):
        F.conv_transpose(np.zeros((1, 4, 4, 3)), np.zeros(kernel), **arguments)


def test_dtype_error():
    with pytest.raises(TypeError, match="the kernel's dtype, float32, got uint8"):
        F.conv_transpose(np.zeros((4, 4, 3), np.uint8), np.zeros((3, 3, 3, 4)))


@pytest.mark.parametrize(
    ("size", "window", "arguments"),
    [
        ((4, 3), (3, 2), {"strides": 3, "padding": 1, "output_padding": (2, 0)}),
        ((3,), (2,), {"strides": 3, "padding": 0, "output_padding": 2}),
        ((3,), (3,), {"strides": 2, "padding": ((1, 0),), "output_padding": 1}),
        ((3,), (2,), {"kernel_dilation": 3, "padding": 0, "output_padding": 2}),
    ],
)
def test_output_padding_is_as_pytorchs(size, window, arguments):
    """The same stamps on a larger output, which begins at the same place."""
    rank = len(size)

    def each(value, rank=rank):
        return value if isinstance(value, tuple) else (value,) * rank

    strides, dilation = each(arguments.get("strides", 1)), each(arguments.get("kernel_dilation", 1))
    pads = [each(pair, 2) for pair in each(arguments["padding"])]
    out_shape = tuple(
        (w - 1) * s + (k - 1) * d + 1 - sum(pair) + o
        for w, s, k, d, pair, o in zip(
            size, strides, window, dilation, pads, each(arguments["output_padding"]), strict=True
        )
    )
    assert F.conv_transpose_output_shape(size, window, **arguments) == out_shape
    inputs, kernel = normal(2, *size, 2), normal(*window, 3, 2, seed=1)
    outputs = F.conv_transpose(inputs, kernel, transpose_kernel=True, **arguments)
    expected = ref.conv_transpose_nd(inputs, kernel, strides, pads, out_shape, dilation)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    forward = {name: arguments[name] for name in arguments if name != "output_padding"}
    if "strides" in arguments:
        assert F.conv_output_shape(out_shape, window, **forward) == size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"padding": 1, "output_padding": 2},
            "output_padding: expected less than the strides",
        ),
        (
            {"padding": "SAME", "output_padding": 1},
            "expected 0 with padding 'SAME'",
        ),
        ({"padding": 1, "output_padding": -1}, "output_padding: expected at least 0, got -1"),
    ],
)
def test_bad_output_padding(arguments, message):
    with pytest.raises(ValueError, match=message):
        F.conv_transpose_output_shape((4, 4), (3, 3), strides=2, **arguments)
