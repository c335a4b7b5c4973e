"""Guided backpropagation and deconvnet: gradients with a modified backward pass through ReLU."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._inputs import Model
from jaxcnn.explain._layer_calls import Compute, Intercept, intercept_layers
from jaxcnn.explain._layer_names import leaf_layers
from jaxcnn.explain._target import Target
from jaxcnn.explain.attribution._saliency import gradient, subject_and_pixels
from jaxcnn.layers import ActivationModule


def guided_backprop(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """Compute guided backpropagation: the input gradient with a modified backward pass.

    Use it for sharp maps of edges and textures, but with care: the maps depend little on the
    weights near the output, as `sanity_check` shows.

    A ReLU layer passes back only positive gradients, and only where its input was positive. A ReLU6
    layer passes back positive gradients only where its input was from 0 to 6. ReLU and ReLU6 layers
    are `jaxcnn.Activation` layers. Everything else is differentiated as usual, including
    activations within a layer such as `SqueezeExcite`.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class. The score of a class is its logit.

    Returns:
        The change of the score per unit of input, in the shape of `images`. If a trained network is
        given uint8 images, they are scaled to [0, 1] first. The change is then per unit on that
        scale.

    Raises:
        TypeError: If the model, the images or the target has the wrong type.
        ValueError: If the model has no such class, layer, channel or position, or has no ReLU
            layer.

    Source: Springenberg et al. 2015, *Striving for Simplicity: The All Convolutional Net*.
    """
    return gradient_through_relus(model, images, target, _rectify_where_positive)


def _rectify_where_positive(compute: Compute, inputs: Array) -> Array:
    return compute(rectify_gradient(inputs, inputs))


def deconvnet(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """Project a unit back to the pixels with a deconvnet: the network run backward.

    A signal of 1 starts at the unit and goes backward through the layers. A convolution passes the
    signal back as a transposed convolution. A ReLU layer passes back the positive part of the
    signal, whatever the forward input was. A max-pool passes the signal to the position of the
    maximum: the gradient of `max_pool` is `max_unpool` with the switches of `max_pool_with_argmax`.
    Batch norm, sums and everything else are differentiated as usual. Here, ReLU layers are
    `jaxcnn.Activation` layers with ReLU or ReLU6. Activations within another layer, such as
    `SqueezeExcite`, are differentiated as usual.

    In the paper, the signal starts with the unit's value instead of 1. This start value changes the
    map only by a positive factor.

    The map is 0 everywhere if the signal that reaches a ReLU layer is negative at all positions.
    This is common for classes: the weights of a logit may all be negative, and the last ReLU layer
    then passes nothing back. In this case, explain a `Unit` of a feature map, as in the paper. For
    example, if the unit belongs to a ReLU layer, the signal of 1 passes through this layer.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class. The paper explains a `Unit`: the largest value of a
            feature map.

    Returns:
        The signal at the pixels, in the shape of `images`.

    Raises:
        TypeError: If the model, the images or the target has the wrong type.
        ValueError: If the model has no such class, layer, channel or position, or has no ReLU
            layer.

    Source: Zeiler and Fergus 2014, *Visualizing and Understanding Convolutional Networks*.
    """
    return gradient_through_relus(model, images, target, _rectify_both_passes)


def _rectify_both_passes(compute: Compute, inputs: Array) -> Array:
    return rectify_gradient(compute(inputs), inputs)


_RECTIFIERS = ("relu", "relu6")


def gradient_through_relus(
    model: Model, images: ArrayLike, target: Target, relu: Intercept
) -> Array:
    """Differentiate each image's score by its pixels, with `relu` in place of each ReLU layer.

    Raises:
        ValueError: If the network has no ReLU layer.
    """
    subject, inputs = subject_and_pixels(model, images)
    intercepts = {
        path: relu for path, layer in leaf_layers(subject.module).items() if _is_rectifier(layer)
    }
    if not intercepts:
        raise ValueError(
            "model: expected ReLU layers, whose backward pass is changed, got none (they are "
            f"jaxcnn.Activation of {' or '.join(map(repr, _RECTIFIERS))})"
        )
    changed = subject._replace(module=intercept_layers(subject.module, intercepts))
    return gradient(changed, inputs, target)


@jax.custom_vjp
def rectify_gradient(outputs: Array, inputs: Array) -> Array:
    """Return `outputs`; backward, pass the positive part of the gradient to `inputs`, unchanged."""
    del inputs
    return outputs


def _forward(outputs: Array, inputs: Array) -> tuple[Array, None]:
    del inputs
    return outputs, None


def _backward(_: None, signal: Array) -> tuple[Array, Array]:
    return jnp.zeros_like(signal), jnp.maximum(signal, 0)


rectify_gradient.defvjp(_forward, _backward)


def _is_rectifier(layer: object) -> bool:
    return isinstance(layer, ActivationModule) and layer.function in _RECTIFIERS
