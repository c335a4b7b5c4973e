"""Gradients whose way back through the ReLU layers is another."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._intercept import Intercept, intercepted
from jaxcnn.explain._layers import innermost
from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._gradients import gradient, subject_and_pixels
from jaxcnn.layers import ActivationModule

_RECTIFIERS = ("relu", "relu6")


def gradient_through_relus(
    model: Model, images: ArrayLike, target: Target, relu: Intercept
) -> Array:
    """The gradient of each image's score by its pixels, with `relu` in place of each ReLU layer.

    Raises:
        ValueError: if there is no such layer.
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
