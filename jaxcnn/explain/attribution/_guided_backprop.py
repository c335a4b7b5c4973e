"""Guided backpropagation: only what adds to the score, through units that fired."""

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._intercept import Compute
from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._relu import gradient_through_relus, sending_back_rectified


def guided_backprop(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """The gradient, of which each ReLU layer lets back only what is positive, where it fired.

    ReLU and ReLU6 layers (`jaxcnn.Activation`) do so; a ReLU6 fires between 0 and 6. All else
    goes back as in the gradient, also activations within a layer such as `SqueezeExcite`.
    The maps are sharp, but little of them depends on the weights near the output: see
    `sanity_check`.

    Args:
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`.

    Returns:
        The shape of `images`, as `saliency`.

    Raises:
        TypeError: as `saliency`.
        ValueError: as `saliency`, or if the network has no ReLU layer.

    Source: Springenberg et al. 2015, *Striving for Simplicity: The All Convolutional Net*.
    """
    return gradient_through_relus(model, images, target, _guided)


def _guided(compute: Compute, inputs: Array) -> Array:
    return compute(sending_back_rectified(inputs, inputs))
