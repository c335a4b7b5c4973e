import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from golden.make_captum import TARGETS, UNIT

import jaxcnn
from jaxcnn import explain
from jaxcnn import functional as F


@pytest.mark.thorough
def test_guided_backprop_is_what_captum_says(
    model, images, assert_is_captums, compiled
):  # guide row A8.17
    assert_is_captums("guided_backprop", compiled(explain.guided_backprop, model, images, TARGETS))
    unit = explain.Unit(*UNIT)
    assert_is_captums(
        "unit/guided_backprop", compiled(explain.guided_backprop, model, images, unit)
    )


@pytest.mark.thorough
def test_deconvnet_is_what_captum_says(model, images, assert_is_captums, compiled):
    assert_is_captums("deconvnet", compiled(explain.deconvnet, model, images, TARGETS))
    assert_is_captums(
        "unit/deconvnet", compiled(explain.deconvnet, model, images, explain.Unit(*UNIT))
    )


@pytest.mark.thorough
def test_is_the_papers_pass_back_from_the_largest_of_a_feature_map(compiled):  # guide row A7.3
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(4, 3, padding=1),
            jaxcnn.Activation("relu"),
            jaxcnn.MaxPool(3, 2, padding=1),
            jaxcnn.Conv(3, 3, padding=1),
            jaxcnn.Activation("relu", name="relu2"),
            jaxcnn.GlobalAvgPool(),
        ]
    )
    model = built.filled(net, (7, 6, 2))
    images = jnp.asarray(np.random.default_rng(0).random((2, 7, 6, 2), np.float32))
    found = compiled(explain.deconvnet, model, images, explain.Unit("relu2", 1))
    np.testing.assert_allclose(found, jax.jit(by_hand)(model, images), rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_is_zero_where_only_minus_comes_back(small_model, compiled):
    model = nnx.clone(small_model)
    model["out"].kernel[...] = -jnp.abs(model["out"].kernel[...])
    images = jnp.ones((1, 4, 5, 2))
    assert not compiled(explain.deconvnet, model, images, 0).any()
    assert compiled(explain.deconvnet, model, images, explain.Unit("relu", 0)).any()


def by_hand(model, images):
    first = F.relu(model[0](images))
    pooled, switches = F.max_pool_with_argmax(first, (3, 3), strides=2, padding=1)
    second = F.relu(model[3](pooled))[..., 1]
    largest = second == second.max((1, 2), keepdims=True)
    signal = jnp.zeros((2, 4, 3, 3)).at[..., 1].set(largest)
    signal = F.conv_transpose(signal, model[3].kernel[...], padding=1, transpose_kernel=True)
    signal = F.relu(F.max_unpool(signal, switches, (7, 6)))
    return F.conv_transpose(signal, model[0].kernel[...], padding=1, transpose_kernel=True)


SIGNAL = np.array([2.0, -1.0, 1.0, -3.0, 4.0], np.float32)
PIXELS = np.array([-1.0, 3.0, 5.0, 8.0, 9.0], np.float32)
RECTIFIER_UNIT = explain.Unit("rectifier", 0)


def model_of(function, dtype=np.float32):
    net = jaxcnn.Sequential(
        [jaxcnn.Activation(function, name="rectifier"), jaxcnn.Dense(1, use_bias=False)]
    )
    model = built.filled(net, (5,))
    model[1].kernel[...] = SIGNAL[:, None].astype(dtype)
    return model


@pytest.mark.parametrize(
    ("function", "dtype", "method", "expected"),
    [
        ("relu", jnp.float32, explain.saliency, [0, -1, 1, -3, 4]),
        ("relu", jnp.bfloat16, explain.guided_backprop, [0, 0, 1, 0, 4]),
        ("relu", jnp.bfloat16, explain.deconvnet, [2, 0, 1, 0, 4]),
        ("relu6", jnp.float32, explain.saliency, [0, -1, 1, 0, 0]),
        ("relu6", jnp.float32, explain.guided_backprop, [0, 0, 1, 0, 0]),
        ("relu6", jnp.float32, explain.deconvnet, [2, 0, 1, 0, 4]),
    ],
)
def test_what_goes_back_through_a_rectifier(function, dtype, method, expected, compiled):
    found = compiled(method, model_of(function, dtype), PIXELS[None].astype(dtype), 0)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize(
    ("method", "expected"), [(explain.guided_backprop, 0), (explain.deconvnet, 1)]
)
def test_of_a_unit_of_the_rectifier_itself(method, expected, compiled):
    found = compiled(method, model_of("relu"), PIXELS[None], RECTIFIER_UNIT)
    np.testing.assert_array_equal(found[0], [expected, 0, 0, 0, 0])


@pytest.mark.parametrize("method", [explain.guided_backprop, explain.deconvnet])
def test_a_network_without_relu_layers(method):
    with pytest.raises(ValueError, match="model: expected ReLU layers"):
        method(model_of("gelu"), PIXELS[None], 0)
