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

# The curve detector of the guides: a 7x7 filter and the 7x7 patch of a mouse's back.
CURVE = np.zeros((7, 7), np.float32)
CURVE[[0, 1, 2, 3, 4, 5], [5, 4, 3, 3, 3, 3]] = 30
PATCH = np.zeros((7, 7), np.float32)
PATCH[0, 6] = 30
PATCH[1, 4:] = 50
PATCH[2, 3:5] = 20, 50
PATCH[3:, 3:5] = 50


@pytest.mark.parametrize(
    ("kernel", "flip_kernel", "expected"),
    [
        (CURVE, False, 6600),  # guide row A2.6
        (CURVE, True, 3600),  # guide rows A2.6, A2.11
        (CURVE[:, ::-1], False, 5100),  # guide row A2.6b
    ],
)
def test_curve_detector(kernel, flip_kernel, expected):
    outputs = F.conv(
        PATCH[..., None], kernel[..., None, None].copy(), padding="VALID", flip_kernel=flip_kernel
    )
    assert outputs.shape == (1, 1, 1)
    assert outputs[0, 0, 0] == expected


def test_curve_at_top_left():  # guide rows A2.7, A8.19
    image = np.zeros((32, 32, 1), np.float32)
    image[:7, :7, 0] = PATCH
    outputs = F.conv(image, CURVE[..., None, None], padding="VALID")
    assert outputs.shape == (26, 26, 1)
    assert outputs[0, 0, 0] == 6600
    assert outputs[0, 25, 0] == 0


def test_sliding_window():  # guide row A2.10
    image = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
    kernel = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    outputs = F.conv(np.array(image)[..., None], np.array(kernel)[..., None, None], padding="VALID")
    np.testing.assert_array_equal(outputs[..., 0], [[4, 3, 4], [2, 4, 3], [2, 3, 4]])


@pytest.mark.parametrize(
    ("image", "kernel", "expected"),
    [
        ((32, 32, 3), (5, 5, 3, 1), (28, 28, 1)),  # guide row A2.1
        ((32, 32, 3), (5, 5, 3, 2), (28, 28, 2)),  # guide row A2.3
        ((28, 28, 3), (5, 5, 3, 4), (24, 24, 4)),  # guide row A2.8
        ((5, 5, 1), (3, 3, 1, 3), (3, 3, 3)),  # guide row A2.17
    ],
)
def test_shapes_of_the_guides(image, kernel, expected):
    conv = partial(F.conv, padding="VALID")
    assert jax.eval_shape(conv, np.zeros(image), np.zeros(kernel)).shape == expected


def test_pointwise_is_dense_at_every_pixel():  # guide row A2.14
    inputs, kernel, bias = normal(2, 5, 4, 3), normal(1, 1, 3, 7, seed=1), normal(7, seed=2)
    dense = inputs @ kernel[0, 0] + bias
    np.testing.assert_allclose(F.conv(inputs, kernel, bias), dense, rtol=1e-5, atol=1e-5)


CASES = {
    "1d": ((2, 9, 3), (4, 3, 5), {"strides": 2, "padding": 1}),  # guide row A2.15
    "2d": ((2, 7, 6, 3), (3, 2, 3, 4), {}),
    "3d": ((1, 4, 5, 3, 2), (2, 3, 2, 2, 3), {"padding": "VALID"}),
    "strides": ((1, 8, 9, 2), (3, 3, 2, 2), {"strides": (2, 3)}),
    "pairs": ((1, 5, 4, 2), (3, 2, 2, 2), {"padding": ((2, 0), (0, 3))}),
    "even kernel, dilated": ((1, 8, 7, 1), (2, 4, 1, 2), {"kernel_dilation": (3, 1)}),
    "input dilated": (
        (1, 4, 3, 2),
        (3, 3, 2, 2),
        {"input_dilation": (2, 3), "padding": "VALID"},
    ),
    "input dilated, same": ((1, 4, 3, 2), (3, 3, 2, 2), {"input_dilation": 2, "strides": 2}),
    "groups": ((1, 5, 4, 6), (3, 3, 2, 9), {"feature_group_count": 3}),
}


def reference_conv(inputs, kernel, bias=None, **arguments):
    """The loops of `ref.conv_nd` under the arguments of `F.conv`."""
    rank = kernel.ndim - 2

    def each(name):
        value = arguments.get(name, 1)
        return value if isinstance(value, tuple) else (value,) * rank

    strides, dilation, spread = each("strides"), each("kernel_dilation"), each("input_dilation")
    sizes = [(n - 1) * d + 1 for n, d in zip(inputs.shape[1:-1], spread, strict=True)]
    windows = [(n - 1) * d + 1 for n, d in zip(kernel.shape[:-2], dilation, strict=True)]
    padding = arguments.get("padding", "SAME")
    if padding == "SAME":
        padding = ref.same_pads(sizes, windows, strides)
    elif not isinstance(padding, tuple):
        padding = [(0 if padding == "VALID" else padding,) * 2] * rank
    groups = arguments.get("feature_group_count", 1)
    outputs = ref.conv_nd(inputs, kernel, strides, padding, dilation, spread, groups)
    return outputs if bias is None else outputs + bias


@pytest.mark.parametrize("case", CASES)
def test_is_the_loops(case):  # guide rows A6.21, A8.3
    shape, kernel_shape, arguments = CASES[case]
    inputs, kernel, bias = normal(*shape), normal(*kernel_shape, seed=1), normal(kernel_shape[-1])
    expected = reference_conv(inputs, kernel, bias, **arguments)

    @jax.jit  # as nearly everywhere here: one program in place of one for each operation
    def all_and_one(x, k, b):
        return F.conv(x, k, b, **arguments), F.conv(x[0], k, b, **arguments)

    outputs, single = all_and_one(inputs, kernel, bias)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-5)


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES)
def test_gradients(case):
    shape, kernel_shape, arguments = CASES[case]
    arrays = normal(*shape), normal(*kernel_shape, seed=1), normal(kernel_shape[-1], seed=2)
    check_gradients(lambda *a: F.conv(*a, **arguments), *arrays)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("window", "kernel_dilation", "strides"),
    [((3, 3), 1, 1), ((2, 4), 1, (3, 2)), ((3, 2), 2, 1), ((3, 2), 2, (3, 2))],
)
def test_is_that_of_flax(window, kernel_dilation, strides):
    def numbers(_, shape, dtype):
        return jnp.asarray(normal(*shape), dtype)

    @jax.jit
    def ours_and_theirs(inputs):
        results = {}
        for padding in ("SAME", "VALID", "CIRCULAR", 1):
            arguments = {"padding": padding, "kernel_dilation": kernel_dilation, "strides": strides}
            layer = nnx.Conv(
                3, 4, window, **arguments, kernel_init=numbers, bias_init=numbers, rngs=nnx.Rngs(0)
            )
            assert layer.bias is not None
            outputs = F.conv(inputs, layer.kernel[...], layer.bias[...], **arguments)
            results[str(padding)] = outputs, layer(inputs)
        return results

    for padding, (ours, theirs) in ours_and_theirs(normal(2, 8, 7, 3)).items():
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5, err_msg=padding)


def test_circular_padding_wider_than_the_input():
    inputs, kernel = normal(1, 2, 1), normal(7, 1, 1, seed=1)
    endless = np.tile(inputs, (1, 5, 1))  # from -4 on; the first output's window starts at -3
    expected = ref.conv_nd(endless, kernel, (1,), [(0, 0)])[:, 1:3]
    outputs = F.conv(inputs, kernel, padding="CIRCULAR")
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.thorough
def test_flax_takes_the_general_convolution():
    @jax.jit
    def both(inputs):
        general = F.conv_general_dilated
        ours = nnx.Conv(3, 4, (3, 3), conv_general_dilated=general, rngs=nnx.Rngs(0))
        theirs = nnx.Conv(3, 4, (3, 3), rngs=nnx.Rngs(0))
        return ours(inputs), theirs(inputs)

    np.testing.assert_allclose(*both(normal(2, 8, 7, 3)), rtol=1e-5, atol=1e-5)


def test_vmap_is_a_loop():
    inputs, kernels = normal(3, 2, 6, 5, 2), normal(3, 3, 3, 2, 4, seed=1)
    together = jax.jit(jax.vmap(F.conv))(inputs, kernels)
    apart = [F.conv(x, k) for x, k in zip(inputs, kernels, strict=True)]
    np.testing.assert_allclose(together, np.stack(apart), rtol=1e-5, atol=1e-5)


def test_integers_are_exact():
    inputs, kernel, bias = integers(1, 6, 5, 2), integers(3, 3, 2, 3, seed=1), integers(3)
    outputs = F.conv(inputs, kernel, bias)
    assert outputs.dtype == jnp.int32
    np.testing.assert_array_equal(outputs, reference_conv(inputs, kernel, bias))


def test_small_integers_overflow_unless_told():
    ones = jnp.full((1, 4, 4, 1), 200, jnp.uint8)
    kernel = jnp.ones((2, 2, 1, 1), jnp.uint8)
    assert F.conv(ones, kernel, padding="VALID").max() == 800 - 3 * 256
    wide = F.conv(ones, kernel, padding="VALID", preferred_element_type=jnp.int32)
    assert wide.dtype == jnp.int32
    assert wide.min() == 800


@pytest.mark.parametrize("bias_dtype", [jnp.bfloat16, jnp.float32])
def test_bfloat16(bias_dtype):
    inputs, kernel = (a.astype(jnp.bfloat16) for a in (normal(1, 8, 8, 4), normal(3, 3, 4, 2)))
    assert F.conv(inputs, kernel, np.zeros(2, jnp.bfloat16)).dtype == jnp.bfloat16
    bias = np.array([1, -2], bias_dtype)
    outputs = F.conv(inputs, kernel, bias, preferred_element_type=jnp.float32)
    assert outputs.dtype == jnp.float32
    expected = reference_conv(inputs.astype(np.float32), kernel.astype(np.float32))
    np.testing.assert_allclose(outputs, expected + np.array([1, -2]), rtol=1e-4, atol=1e-4)


def test_precision_reaches_the_convolution():
    jaxpr = jax.make_jaxpr(lambda x, k: F.conv(x, k, precision="highest"))(
        np.ones((4, 4, 1)), np.ones((3, 3, 1, 1))
    )
    (equation,) = [e for e in jaxpr.eqns if e.primitive.name == "jaxcnn_conv"]
    assert equation.params["precision"] == (lax.Precision.HIGHEST,) * 2


def test_no_examples():
    assert F.conv(jnp.zeros((0, 8, 8, 3)), jnp.zeros((3, 3, 3, 4))).shape == (0, 8, 8, 4)


@partial(jax.jit, static_argnums=(2, 3, 4))
def jitted_conv(inputs, kernel, strides, padding, kernel_dilation=1):
    return F.conv(inputs, kernel, strides=strides, padding=padding, kernel_dilation=kernel_dilation)


@pytest.mark.thorough
@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["SAME", "VALID", "CIRCULAR", 2]),
    st.integers(1, 3),
    st.floats(-3, 3, width=32),
    st.integers(0, 2**31),
)
def test_linearity(padding, strides, scale, seed):
    x, y = normal(2, 6, 5, 2, seed=seed)
    kernel = normal(3, 2, 2, 3, seed=seed + 1)
    scale = np.float32(scale)

    convolved = jitted_conv(np.stack([x, y, scale * x + y]), kernel, strides, padding)
    of_x, of_y, of_both = np.asarray(convolved)
    np.testing.assert_allclose(of_both, scale * of_x + of_y, rtol=1e-4, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.tuples(st.integers(-7, 7), st.integers(-7, 7)), st.integers(1, 2), st.integers(0, 2**31))
def test_circular_is_translation_equivariant(shift, kernel_dilation, seed):
    inputs, kernel = normal(1, 7, 5, 2, seed=seed), normal(3, 4, 2, 3, seed=seed + 1)

    def conv(x):
        return jitted_conv(x, kernel, 1, "CIRCULAR", kernel_dilation)

    np.testing.assert_allclose(
        conv(np.roll(inputs, shift, (1, 2))),
        np.roll(conv(inputs), shift, (1, 2)),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.thorough
@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(0, 2**31))
def test_true_convolution_is_correlation_with_the_flipped_kernel(rank, seed):
    inputs = normal(1, *(5, 4, 3)[:rank], 2, seed=seed)
    kernel = normal(*(3, 2, 2)[:rank], 2, 3, seed=seed + 1)
    flipped = np.flip(kernel, tuple(range(rank))).copy()
    np.testing.assert_array_equal(F.conv(inputs, kernel, flip_kernel=True), F.conv(inputs, flipped))
