"""Guided backpropagation and deconvnet: gradients with a modified backward pass through ReLU."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._inputs import Model
from jaxcnn.explain._layer_calls import Compute, Intercept, intercepted
from jaxcnn.explain._layer_names import innermost
from jaxcnn.explain._target import Target
from jaxcnn.explain.attribution._saliency import gradient, subject_and_pixels
from jaxcnn.layers import ActivationModule


def guided_backprop(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """Compute guided backpropagation: the input gradient with a modified backward pass.

    Each ReLU layer passes only positive gradients, and only where its input was positive. ReLU and
    ReLU6 layers (`jaxcnn.Activation`) do so; a ReLU6 fires between 0 and 6. All else
    goes back as in the gradient, also activations within a layer such as `SqueezeExcite`.
    The maps are sharp, but little of them depends on the weights near the output: see
    `sanity_check`.

    Args:
        model: As in `saliency`.
        images: As in `saliency`.
        target: As in `saliency`.

    Returns:
        The shape of `images`, as `saliency`.

    Raises:
        TypeError: As `saliency`.
        ValueError: As `saliency`, or if the network has no ReLU layer.

    Source: Springenberg et al. 2015, *Striving for Simplicity: The All Convolutional Net*.
    """
    return gradient_through_relus(model, images, target, _guided)


def _guided(compute: Compute, inputs: Array) -> Array:
    return compute(sending_back_rectified(inputs, inputs))


def deconvnet(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """A unit projected back to the pixels, through the network run backwards.

    What comes back goes through each convolution transposed; each ReLU layer lets back what is
    positive, whatever came forward; each max-pool puts it where its maximum stood: the gradient
    of `max_pool` is `max_unpool` with the switches of `max_pool_with_argmax`. Batch norm, sums
    and all else are gone through as by the gradient. ReLU and ReLU6 layers (`jaxcnn.Activation`)
    count as ReLU layers; activations within a layer such as `SqueezeExcite` do not.

    The paper sends back the unit's value; here 1 is sent, which leaves out a positive factor.

    The map is 0 everywhere where what comes back to a ReLU layer is negative at all of its
    places. Of a class that is common: its logit is a sum, whose weights may all be negative where
    the way back begins, and the last ReLU layer lets none of that through. Ask for a `Unit` of a
    feature map, as the paper did: of a ReLU layer, say, through which the 1 gets.

    Args:
        model: As in `saliency`.
        images: As in `saliency`.
        target: As in `saliency`; the paper's is a `Unit`: the largest of a feature map.

    Returns:
        The shape of `images`.

    Raises:
        TypeError: As `saliency`.
        ValueError: As `saliency`, or if the network has no ReLU layer.

    Source: Zeiler and Fergus 2014, *Visualizing and Understanding Convolutional Networks*.
    """
    return gradient_through_relus(model, images, target, _rectifying_both_ways)


def _rectifying_both_ways(compute: Compute, inputs: Array) -> Array:
    return sending_back_rectified(compute(inputs), inputs)


_RECTIFIERS = ("relu", "relu6")


def gradient_through_relus(
    model: Model, images: ArrayLike, target: Target, relu: Intercept
) -> Array:
    """The gradient of each image's score by its pixels, with `relu` in place of each ReLU layer.

    Raises:
        ValueError: If there is no such layer.
    """
    subject, inputs = subject_and_pixels(model, images)
    intercepts = {
        path: relu for path, layer in innermost(subject.module).items() if _is_rectifier(layer)
    }
    if not intercepts:
        raise ValueError(
            "model must have ReLU layers (jaxcnn.Activation of "
            f"{' or '.join(map(repr, _RECTIFIERS))}), whose backward pass is changed, got none"
        )
    changed = subject._replace(module=intercepted(subject.module, intercepts))
    return gradient(changed, inputs, target)


@jax.custom_vjp
def sending_back_rectified(outputs: Array, inputs: Array) -> Array:
    """`outputs`; on the way back the signal's positive part goes to `inputs`, unchanged."""
    del inputs
    return outputs


def _forward(outputs: Array, inputs: Array) -> tuple[Array, None]:
    del inputs
    return outputs, None


def _backward(_: None, signal: Array) -> tuple[Array, Array]:
    return jnp.zeros_like(signal), jnp.maximum(signal, 0)


sending_back_rectified.defvjp(_forward, _backward)


def _is_rectifier(layer: object) -> bool:
    return isinstance(layer, ActivationModule) and layer.function in _RECTIFIERS
