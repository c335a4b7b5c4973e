"""The deconvnet: from a unit back to the pixels, each ReLU rectifying what comes back."""

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._intercept import Compute
from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._relu import gradient_through_relus, sending_back_rectified


def deconvnet(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """A unit projected back to the pixels, through the network run backwards.

    What comes back goes through each convolution transposed; each ReLU layer lets back what is
    positive, whatever came forward; each max-pool puts it where its maximum stood: the gradient
    of `max_pool` is `max_unpool` with the switches of `max_pool_with_switches`. Batch norm, sums
    and all else are gone through as by the gradient. ReLU and ReLU6 layers (`jaxcnn.Activation`)
    count as ReLU layers; activations within a layer such as `SqueezeExcite` do not.

    The paper sends back the unit's value; here 1 is sent, which leaves out a positive factor.

    The map is 0 everywhere where what comes back to a ReLU layer is negative at all of its
    places. Of a class that is common: its logit is a sum, whose weights may all be negative where
    the way back begins, and the last ReLU layer lets none of that through. Ask for a `Unit` of a
    feature map, as the paper did: of a ReLU layer, say, through which the 1 gets.

    Args:
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`; the paper's is a `Unit`: the largest of a feature map.

    Returns:
        The shape of `images`.

    Raises:
        TypeError: as `saliency`.
        ValueError: as `saliency`, or if the network has no ReLU layer.

    Source: Zeiler and Fergus 2014, *Visualizing and Understanding Convolutional Networks*.
    """
    return gradient_through_relus(model, images, target, _rectifying_both_ways)


def _rectifying_both_ways(compute: Compute, inputs: Array) -> Array:
    return sending_back_rectified(compute(inputs), inputs)
