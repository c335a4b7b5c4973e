from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import normal
from flax import nnx
from gradients import check_gradients

from jaxcnn import functional as F


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_depthwise_is_one_convolution_a_channel(rank):
    sizes, window = (6, 5, 4)[:rank], (3, 2, 2)[:rank]
    inputs, kernel, bias = normal(2, *sizes, 3), normal(*window, 1, 6, seed=1), normal(6, seed=2)
    pads = ref.same_pads(sizes, window, (2,) * rank)
    channels = [
        ref.conv_nd(inputs[..., c : c + 1], kernel[..., 2 * c : 2 * c + 2], (2,) * rank, pads)
        for c in range(3)
    ]
    conv = jax.jit(partial(F.depthwise_conv, strides=2))
    outputs, single = conv(inputs, kernel, bias), conv(inputs[0], kernel, bias)
    expected = np.concatenate(channels, axis=-1) + bias
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-5)


def test_depthwise_is_that_of_flax():
    @jax.jit
    def both(inputs):
        layer = nnx.Conv(3, 6, (3, 3), feature_group_count=3, use_bias=False, rngs=nnx.Rngs(0))
        return F.depthwise_conv(inputs, layer.kernel[...]), layer(inputs)

    np.testing.assert_allclose(*both(normal(2, 8, 7, 3)), rtol=1e-5, atol=1e-5)


def test_depthwise_takes_keras_kernels_reshaped():
    inputs, kernel = normal(5, 5, 3), normal(2, 2, 3, 4, seed=1)
    outputs = F.depthwise_conv(inputs, kernel.reshape(2, 2, 1, 12), padding="VALID")
    windows = np.lib.stride_tricks.sliding_window_view(inputs, (2, 2), axis=(0, 1))
    expected = np.einsum("ijchw,hwcm->ijcm", windows, kernel).reshape(4, 4, 12)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"padding": "VALID", "strides": 3, "kernel_dilation": 2},
        {"padding": "CIRCULAR", "strides": 2, "flip_kernel": True},
        {"padding": 1, "input_dilation": 2},
    ],
)
def test_separable_is_one_convolution_with_the_product_kernel(arguments):
    inputs, bias = normal(1, 7, 6, 3), normal(4, seed=3)
    depthwise, pointwise = normal(3, 2, 1, 6, seed=1), normal(1, 1, 6, 4, seed=2)
    # product[h, w, c, o] = sum over multiplier m of depthwise[h, w, (c, m)] pointwise[(c, m), o]
    product = np.einsum("hwcm,cmo->hwco", depthwise.reshape(3, 2, 3, 2), pointwise.reshape(3, 2, 4))

    @jax.jit
    def both(inputs):
        steps = F.separable_conv(inputs, depthwise, pointwise, bias, **arguments)
        return steps, F.conv(inputs, product, bias, **arguments)

    np.testing.assert_allclose(*both(inputs), rtol=1e-4, atol=1e-4)


def separable_arrays():
    shapes = (2, 5, 4, 3), (3, 3, 1, 3), (1, 1, 3, 2), (2,)
    return [normal(*shape, seed=i) for i, shape in enumerate(shapes)]


def test_separable_is_depthwise_then_pointwise():
    inputs, depthwise, pointwise, bias = separable_arrays()
    steps = F.conv(F.depthwise_conv(inputs, depthwise), pointwise, bias)
    np.testing.assert_array_equal(F.separable_conv(inputs, depthwise, pointwise, bias), steps)


@pytest.mark.thorough
def test_gradients():
    def both(*arrays):
        return F.separable_conv(*arrays), F.depthwise_conv(*arrays[:2])

    check_gradients(both, *separable_arrays())


def test_jit_and_vmap():
    inputs, *weights = separable_arrays()
    expected = F.separable_conv(inputs, *weights)

    @jax.jit
    def jitted_and_mapped(inputs):
        mapped = jax.vmap(lambda image: F.separable_conv(image, *weights))(inputs)
        return F.separable_conv(inputs, *weights), mapped

    for outputs in jitted_and_mapped(inputs):
        np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_bfloat16():
    def dtype(function, *arrays, preferred=None):
        call = partial(function, preferred_element_type=preferred)
        return jax.eval_shape(call, *(a.astype(jnp.bfloat16) for a in arrays)).dtype

    arrays = separable_arrays()
    assert dtype(F.separable_conv, *arrays) == jnp.bfloat16
    assert dtype(F.separable_conv, *arrays, preferred=jnp.float32) == jnp.float32
    assert dtype(F.depthwise_conv, *arrays[:2], preferred=jnp.float32) == jnp.float32


@pytest.mark.parametrize(
    ("inputs", "kernel", "text"),
    [
        ((8, 8, 3), (3, 3, 3, 3), r"expected 9 channels \(3 in each of 3 groups\).* got 3"),
        ((8, 8, 3), (3, 3, 1, 4), "inputs' 3 channels and the kernel's 4 filters, got 3"),
        ((), (3, 3, 1, 4), "inputs: expected 4 axes"),
    ],
)
def test_depthwise_errors(inputs, kernel, text):
    with pytest.raises(ValueError, match=text):
        F.depthwise_conv(np.zeros(inputs), np.zeros(kernel))


def test_pointwise_window_error():
    with pytest.raises(ValueError, match=r"pointwise_kernel: expected a window of ones.*\(3, 3, 3"):
        F.separable_conv(np.zeros((8, 8, 3)), np.zeros((3, 3, 1, 3)), np.zeros((3, 3, 3, 2)))
