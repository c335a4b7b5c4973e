"""Grad-CAM and Grad-CAM++: heat maps of the regions that drive a score."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.architecture import short_path
from jaxcnn.explain._inputs import Model, Subject, as_inputs, subject_of
from jaxcnn.explain._layer_calls import Call, intercept_layers, record_call, record_calls
from jaxcnn.explain._layer_names import modules_within, path_of
from jaxcnn.explain._target import Target, Unit, score_of
from jaxcnn.explain.attribution._saliency import resolve_target

WeightsOf = Callable[[Array, Array], Array]
"""A function from a layer's maps and the score's gradients with respect to them, both
``(N, *spatial, channels)``, to one weight per channel, ``(N, channels)``."""


class NoSpatialLayerError(ValueError):
    """A network has no layer whose output has more than one position, so Grad-CAM has no map."""


def activation_map(
    model: Model, images: ArrayLike, target: Target, layer: str | None, weights_of: WeightsOf
) -> Array:
    """Return the positive part of a layer's weighted maps, resized to the images: ``(N, H, W)``."""
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    path = spatial_layer(subject, inputs, target, layer)
    target = resolve_target(subject, inputs, target)
    maps = record_call(subject, inputs, path).outputs

    def score(maps: Array) -> Array:
        """The sum of the scores if the layer's output is `maps`."""
        replaced = intercept_layers(subject.module, {path: lambda *_: maps})
        return score_of(subject._replace(module=replaced), inputs, target).sum()

    dtype = jnp.promote_types(inputs.dtype, jnp.float32)
    maps, gradients = maps.astype(dtype), jax.grad(score)(maps).astype(dtype)
    weighted = jnp.einsum("n...c,nc->n...", maps, weights_of(maps, gradients))
    positive = jnp.maximum(weighted, 0)
    are_tokens = jnp.issubdtype(inputs.dtype, jnp.integer)  # (N, L), with no channel axis
    shape = inputs.shape if are_tokens else inputs.shape[:-1]
    return jax.image.resize(positive, shape, "linear").astype(
        maps.dtype if are_tokens else inputs.dtype
    )


def grad_cam(
    model: Model, images: ArrayLike, target: Target = None, *, layer: str | None = None
) -> Array:
    """Compute Grad-CAM: a heat map of the regions that drive a class score.

    Use it to see where in the image the network finds its class. The maps are as coarse as the
    layer's output. `plot_attributions` draws the maps. The usual layer is the last convolution or
    its activation. Among the layers that have more than one position, this layer has the largest
    receptive field.

    The map is ``max(0, sum over channels of w_c A_c)``, resized to the images by linear
    interpolation. A_c is the feature map of channel c. The weight w_c of this channel is the mean
    of the score's gradient with respect to A_c. Captum's ``LayerGradCam`` omits the maximum with 0
    unless it is called with ``relu_attributions=True``.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class. The score of a class is its logit.
        layer: The layer's name, as in `layer_names`. None means the last layer before the target
            whose output has more than one position.

    Returns:
        ``(N, H, W)``: the spatial axes of the images (for tokens ``(N, L)``). The values are in
        units of the score and not negative.

    Raises:
        TypeError: If the model, the images or the target has the wrong type.
        ValueError: If the model has no such class, layer, channel or position. Also if the layer's
            output has no spatial axes, or if the layer does not come before the target.
        NoSpatialLayerError: If no layer before the target has an output with spatial axes.

    Example:
        >>> import jax.numpy as jnp, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential(
        ...     [
        ...         jaxcnn.Conv(1, 1, kernel_init="ones", name="conv"),
        ...         jaxcnn.GlobalAvgPool(),
        ...         jaxcnn.Dense(2, kernel_init="ones"),
        ...     ]
        ... )
        >>> model = jaxcnn.build(net, (2, 2, 1), rngs=nnx.Rngs(0))
        >>> image = jnp.array([[[[1.0], [0.0]], [[0.0], [2.0]]]])
        >>> grad_cam(model, image, 0, layer="conv")  # w = 1/4, the gradient of the mean
        Array([[[0.25, 0.  ],
                [0.  , 0.5 ]]], dtype=float32)

    Source: Selvaraju et al. 2017, *Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization*.
    """
    return activation_map(model, images, target, layer, _mean_gradients)


def _mean_gradients(maps: Array, gradients: Array) -> Array:
    del maps
    return gradients.mean(axis=tuple(range(1, gradients.ndim - 1)))


def grad_cam_plus_plus(
    model: Model, images: ArrayLike, target: Target = None, *, layer: str | None = None
) -> Array:
    """Compute Grad-CAM++: Grad-CAM with weights per position, so that small objects count, too.

    Use it where an image shows several objects of the class, or small objects. In Grad-CAM, the
    mean over all positions makes the gradients of these objects small.

    Let A be the feature map of a channel, and g the gradients at its positions. The weight of the
    channel is the sum over the positions of ``a * max(0, g)``, with ``a = g² / (2 g² + g³ sum(A)) =
    1 / (2 + g sum(A))``. This is the paper's closed form for the score exp(logit). The formula
    omits the factor exp(logit), which is the same at all positions of an image.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class. The score of a class is its logit.
        layer: The layer's name, as in `layer_names`. None means the last layer before the target
            whose output has more than one position. The paper uses the output of a ReLU, which is
            never negative.

    Returns:
        ``(N, H, W)``: the spatial axes of the images. The values are not negative.

    Raises:
        TypeError: If the model, the images or the target has the wrong type.
        ValueError: If the model has no such class, layer, channel or position. Also if the layer's
            output has no spatial axes, or if the layer does not come before the target.
        NoSpatialLayerError: If no layer before the target has an output with spatial axes.

    Source: Chattopadhyay et al. 2018, *Grad-CAM++: Improved Visual Explanations for Deep
    Convolutional Networks*.
    """
    return activation_map(model, images, target, layer, _weighted_gradients)


def _weighted_gradients(maps: Array, gradients: Array) -> Array:
    axes = tuple(range(1, maps.ndim - 1))
    positive = jnp.maximum(gradients, 0)
    shares = 1 / (2 + positive * maps.sum(axes, keepdims=True))
    return (shares * positive).sum(axes)


def spatial_layer(subject: Subject, inputs: Array, target: Target, layer: str | None) -> str:
    """Return the path of `layer`, or of the last spatial one before the target.

    A map with a single position, such as the output of a global pool, does not count as spatial.

    Raises:
        TypeError: If `layer` is not a string.
        NoSpatialLayerError: If `layer` is None, and no output has spatial axes.
        ValueError: If there is no such layer, it does not come before the target, or its output
            has no spatial axes.
    """
    end = path_of(subject.module, target.layer) if isinstance(target, Unit) else None
    shapes = _output_shapes(subject, inputs, end)
    rank = inputs.ndim + jnp.issubdtype(inputs.dtype, jnp.integer)  # an embedding adds an axis
    spatial = [
        path for path, shape in shapes.items() if len(shape) == rank and math.prod(shape[1:-1]) > 1
    ]
    if layer is None and not spatial:
        raise NoSpatialLayerError("model: expected a layer whose output has spatial axes, got none")
    path = spatial[-1] if layer is None else path_of(subject.module, layer)
    if path not in shapes:
        raise ValueError(f"layer: expected one before the target, got {layer!r}")
    if path not in spatial:
        raise ValueError(
            f"layer: expected one whose output has spatial axes, got {layer!r} with "
            f"{shapes[path][1:]}" + (f" (such as {short_path(spatial[-1])!r})" if spatial else "")
        )
    return path


def _output_shapes(subject: Subject, inputs: Array, end: str | None) -> dict[str, tuple[int, ...]]:
    """Return the layers' output shapes in the order of the calls, up to but without `end`."""
    paths = [path for path, found in modules_within(subject.module).items() if callable(found)]
    calls: dict[str, Call] = {}
    jax.eval_shape(lambda inputs: calls.update(record_calls(subject, inputs, paths)[1]), inputs)
    shapes = {path: call.outputs.shape for path, call in calls.items()}
    before = [*shapes].index(end) if end in shapes else None
    return dict([*shapes.items()][:before])
