import built
import numpy as np
import pytest

import jaxcnn
from jaxcnn.models import keras_cifar_larger, keras_cifar_simple

IMAGE = (32, 32, 3)
CONV, DENSE = keras_cifar_simple().layers[0], keras_cifar_simple().layers[-1]


def layer_name(layer):
    match layer:
        case jaxcnn.Conv() | jaxcnn.Dense():
            return f"{type(layer).__name__} {layer.features}"
        case jaxcnn.Dropout():
            return f"Dropout {layer.rate}"
        case jaxcnn.Activation():
            return layer.function
        case _:
            return type(layer).__name__


def test_layers_of_the_simple_network():  # guide row A5.12
    assert [*map(layer_name, keras_cifar_simple().layers)] == [
        *("Conv 32", "relu", "Dropout 0.2", "Conv 32", "relu", "MaxPool"),
        *("Flatten", "Dense 512", "relu", "Dropout 0.5", "Dense 10"),
    ]


def test_layers_of_the_larger_network():  # guide row A5.12
    groups = [
        (f"Conv {n}", "relu", "Dropout 0.2", f"Conv {n}", "relu", "MaxPool") for n in (32, 64, 128)
    ]
    assert [*map(layer_name, keras_cifar_larger().layers)] == [
        *(name for group in groups for name in group),
        *("Flatten", "Dropout 0.2", "Dense 1024", "relu", "Dropout 0.2"),
        *("Dense 512", "relu", "Dropout 0.2", "Dense 10"),
    ]


def test_parameters_of_the_simple_network():  # guide row A5.12
    net = keras_cifar_simple()
    assert built.parameters_by_layer(net, IMAGE) == [896, 9248, 4_194_816, 5130]
    assert net.costs(IMAGE).parameters == built.variables(net, IMAGE) == 4_210_090


def test_parameters_of_the_larger_network():  # guide row A5.12
    net = keras_cifar_larger()
    assert net.costs(IMAGE).parameters == built.variables(net, IMAGE) == 2_915_114


@pytest.mark.parametrize("model", [keras_cifar_simple, keras_cifar_larger])
def test_all_weights_start_as_keras_draws_them(model):
    """Keras's defaults: Glorot-uniform kernels and zero biases."""
    for layer in model().layers:
        if isinstance(layer, jaxcnn.Conv):
            assert (layer.kernel_size, layer.strides, layer.padding) == (3, 1, "SAME")
        if isinstance(layer, jaxcnn.Conv | jaxcnn.Dense):
            assert layer.kernel_init == "glorot_uniform"
            assert layer.use_bias


@pytest.mark.parametrize(("layer", "shape"), [(CONV, (4, 4, 32)), (DENSE, (512,))])
def test_glorot_uniform_is_what_keras_draws(layer, shape):
    module = built.module(layer, shape)
    kernel = np.asarray(module.kernel[...])
    window = kernel[..., 0, 0].size
    limit = np.sqrt(6 / (window * kernel.shape[-2] + window * kernel.shape[-1]))
    assert 0.95 * limit < np.abs(kernel).max() <= limit
    assert not np.asarray(module.bias[...]).any()
