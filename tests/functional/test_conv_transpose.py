import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from jax.test_util import check_grads

from jaxcnn import functional as F


@pytest.mark.parametrize("strides", [(1, 1), (2, 4)])
@pytest.mark.parametrize("kernel_dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("padding", ["SAME", "VALID", ((1, 0), (0, 1))])
@pytest.mark.parametrize("transpose_kernel", [False, True])
def test_is_that_of_lax(padding, kernel_dilation, strides, transpose_kernel):
    inputs = jnp.asarray(normal(2, 4, 3, 5))
    kernel = jnp.asarray(normal(3, 2, *((6, 5) if transpose_kernel else (5, 6)), seed=1))
    expected = lax.conv_transpose(
        inputs,
        kernel,
        strides,
        padding,
        rhs_dilation=kernel_dilation,
        transpose_kernel=transpose_kernel,
        use_consistent_padding=True,
    )
    outputs = F.conv_transpose(
        inputs,
        kernel,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        transpose_kernel=transpose_kernel,
    )
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_is_that_of_flax(padding):
    layer = nnx.ConvTranspose(3, 4, (3, 2), strides=(2, 3), padding=padding, rngs=nnx.Rngs(0))
    inputs = jnp.asarray(normal(2, 4, 5, 3))
    outputs = F.conv_transpose(inputs, layer.kernel[...], strides=(2, 3), padding=padding)
    np.testing.assert_allclose(outputs, layer(inputs), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "window", "arguments"),
    [
        ((5,), (4,), {"strides": 3}),
        ((4, 3), (3, 2), {"strides": 2, "padding": "VALID"}),
        ((4, 3), (3, 3), {"strides": (1, 2), "padding": ((2, 1), (0, 1))}),
        ((3, 4), (2, 3), {"strides": 2, "kernel_dilation": (3, 1)}),
        ((2, 3, 2), (3, 2, 1), {"strides": 2}),
    ],
)
def test_is_the_stamping_loops(size, window, arguments):
    inputs, kernel, bias = normal(2, *size, 3), normal(*window, 4, 3, seed=1), normal(4, seed=2)
    rank = len(size)

    def each(value):
        return value if isinstance(value, tuple) else (value,) * rank

    strides, dilation = each(arguments.get("strides", 1)), each(arguments.get("kernel_dilation", 1))
    out_shape = F.conv_transpose_output_shape(size, window, **arguments)
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    pads = arguments.get("padding", "SAME")
    if isinstance(pads, str):
        pads = ref.same_pads(out_shape, reach, strides) if pads == "SAME" else [(0, 0)] * rank
    expected = ref.conv_transpose_nd(inputs, kernel, strides, pads, out_shape, dilation) + bias

    def upsample(x, k, b):
        return F.conv_transpose(x, k, b, transpose_kernel=True, **arguments)

    outputs = upsample(inputs, kernel, bias)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    for same in (
        jax.jit(upsample)(inputs, kernel, bias),
        jax.vmap(upsample, in_axes=(0, None, None))(inputs, kernel, bias),
        jnp.stack([upsample(x, kernel, bias) for x in inputs]),
    ):
        np.testing.assert_allclose(same, outputs, rtol=1e-5, atol=1e-5)


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
    # Small integers in floats: sums are exact, so equality is too.
    y = integers(2, *sizes, 3, seed=1, dtype=np.float32)
    kernel = integers(*window, 2, 3, seed=2, dtype=np.float32)
    x = jnp.zeros((2, *enlarged, 2))
    (expected,) = jax.linear_transpose(lambda a: F.conv(a, kernel, **arguments), x)(jnp.asarray(y))
    outputs = F.conv_transpose(y, kernel, transpose_kernel=True, **arguments)
    np.testing.assert_array_equal(outputs, expected)


@pytest.mark.parametrize("padding", ["SAME", "CIRCULAR"])
def test_gradients(padding):
    with jax.enable_x64(True):
        arrays = [
            jnp.asarray(normal(*shape, seed=i, dtype=np.float64))
            for i, shape in enumerate(((2, 4, 3, 2), (3, 3, 2, 4), (4,)))
        ]
        check_grads(
            lambda *a: F.conv_transpose(*a, strides=2, padding=padding),
            arrays,
            order=1,
            modes=["fwd", "rev"],
        )


def test_dtypes():
    whole = F.conv_transpose(integers(2, 4, 3), integers(3, 3, 5, seed=1), strides=2)
    assert whole.dtype == jnp.int32
    x, k = jnp.ones((4, 3), jnp.bfloat16), jnp.ones((3, 3, 5), jnp.bfloat16)
    assert F.conv_transpose(x, k).dtype == jnp.bfloat16
    assert F.conv_transpose(x, k, preferred_element_type=jnp.float32).dtype == jnp.float32


@pytest.mark.parametrize(
    ("kernel", "arguments", "text"),
    [
        ((3, 3, 2, 4), {}, r"takes 2 input channels, .* have 3"),
        (
            (3, 3, 3, 4),
            {"transpose_kernel": True},
            r"shape \(3, 3, 3, 4\) takes 4 input channels, .* have 3",
        ),
        ((3, 3, 3, 4), {"padding": 4}, "padding 4 leaves no output"),
        ((3, 3, 3, 4), {"strides": 0}, "strides must be at least 1, got 0"),
        ((3, 3, 3, 4), {"padding": -1}, "padding of a dimension must be at least 0, got -1"),
        ((3, 3, 3, 0), {}, "one filter, got shape"),
        ((3, 3, 3), {}, r"inputs must have 3 axes.*kernel of shape \(3, 3, 3\) makes"),
        ((3, 3, 3, 4), {"bias": np.zeros(3, np.float32)}, r"bias must have shape \(4,\)"),
    ],
)
def test_errors(kernel, arguments, text):
    with pytest.raises(ValueError, match=text):
        F.conv_transpose(jnp.zeros((1, 4, 4, 3)), jnp.zeros(kernel), **arguments)


def test_dtype_error():
    with pytest.raises(TypeError, match="one dtype, got uint8 and float32"):
        F.conv_transpose(jnp.zeros((4, 4, 3), jnp.uint8), jnp.zeros((3, 3, 3, 4)))
