"""Grad-CAM: where the channels lie that the class goes by."""

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._activation_map import activation_map


def grad_cam(
    model: Model, images: ArrayLike, target: Target = None, *, layer: str | None = None
) -> Array:
    """The feature maps of a late layer, weighted by how much the score goes by each, summed.

    ``max(0, sum over channels of w_c A_c)``, where the weight of a channel is the mean of the
    score's gradient by its map, resized to the images bilinearly. Captum's ``LayerGradCam`` leaves
    out the maximum with 0 unless it is called with ``relu_attributions=True``.

    Args:
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`.
        layer: the name of the layer; None: the last one before the target whose output has more
            than one place.

    Returns:
        ``(N, H, W)``: the spatial axes of the images, in units of the score; not negative.

    Raises:
        TypeError: as `saliency`.
        ValueError: as `saliency`, or if the layer's output has no spatial axes, or the layer does
            not come before the target.

    Source: Selvaraju et al. 2017, *Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization*.
    """
    return activation_map(model, images, target, layer, _mean_gradients)


def _mean_gradients(maps: Array, gradients: Array) -> Array:
    del maps
    return gradients.mean(axis=tuple(range(1, gradients.ndim - 1)))
