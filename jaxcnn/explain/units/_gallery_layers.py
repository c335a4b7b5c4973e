"""Choose the layers of a network whose channels a gallery shows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from flax import nnx

from jaxcnn.architecture import VisitedLayer, short_path, walk
from jaxcnn.data import evenly_spaced
from jaxcnn.explain._inputs import Subject
from jaxcnn.explain._layer_names import leaf_layers
from jaxcnn.layers import (
    BatchNorm,
    Conv,
    ConvTranspose,
    DepthwiseConv,
    GroupNorm,
    Layer,
    LayerNorm,
    RMSNorm,
    SeparableConv,
    SpectralNorm,
    WeightNorm,
    WhiteningConv,
)

MAX_LAYERS = 8
"""Layers that are chosen, besides the output."""

CONVOLUTIONS = (Conv, ConvTranspose, DepthwiseConv, SeparableConv, WhiteningConv)
NORMS = (BatchNorm, GroupNorm, LayerNorm, RMSNorm)
_WRAPPERS = (WeightNorm, SpectralNorm)


class GalleryLayer(NamedTuple):
    """A layer in a gallery.

    Attributes:
        name: The name of the layer whose values are made large: the convolution, or the
            normalization right after it. After an activation, a channel that is 0 on the start
            image would have no gradient.
        title: What people read: the convolution's name and type.
    """

    name: str
    title: str


def gallery_layers(subject: Subject, input_shape: tuple[int, ...]) -> list[GalleryLayer]:
    """Choose up to eight convolutions, evenly spaced from the first to the last, and the output.

    Convolutions that see no more of the image than an earlier one did, as in shortcuts, are left
    out. Of a custom module, all `nnx.Conv` are candidates.

    Raises:
        ValueError: If the network has neither.
    """
    if subject.architecture is None:
        candidates, output = _of_module(subject)
    else:
        candidates, output = _of_architecture(subject.architecture, input_shape)
    if not candidates and not output:
        raise ValueError(
            "model: expected a network with convolutions or class scores, got none of them "
            "(channel_gallery(layers=[...]) shows other layers)"
        )
    chosen = evenly_spaced(len(candidates), MAX_LAYERS) if candidates else np.zeros(0, int)
    return [*(candidates[k] for k in chosen), *output]


def _of_module(subject: Subject) -> tuple[list[GalleryLayer], list[GalleryLayer]]:
    layers = leaf_layers(subject.module)
    names = [short_path(path) for path, layer in layers.items() if isinstance(layer, nnx.Conv)]
    return [GalleryLayer(name, f"{name}: Conv") for name in names], []


def _of_architecture(
    architecture: Layer, input_shape: tuple[int, ...]
) -> tuple[list[GalleryLayer], list[GalleryLayer]]:
    visits = [*walk(architecture, input_shape)]
    found, seen = [], 0
    for place, visit in enumerate(visits):
        size = max(visit.receptive_field.size, default=0)
        is_new = size > seen or (size == seen and _kernel_is_one(visit))
        if not isinstance(_unwrapped(visit.layer), CONVOLUTIONS) or not is_new:
            continue
        seen = size
        last = _with_norms(visits, place)
        label = visit.layer.label(visit.input_shape)
        found.append(GalleryLayer(last.name, f"{visit.name}: {label}"))
    last = visits[-1]
    is_output = len(last.output_shape) == 1
    return found, [GalleryLayer(last.name, "The output")] if is_output else []


def _kernel_is_one(visit: VisitedLayer) -> bool:
    layer = _unwrapped(visit.layer)
    return isinstance(layer, Conv) and bool(np.all(np.asarray(layer.kernel_size) == 1))


def _unwrapped(layer: Layer) -> Layer:
    return layer.layer if isinstance(layer, _WRAPPERS) else layer


def _with_norms(visits: Sequence[VisitedLayer], place: int) -> VisitedLayer:
    """Return the last of the normalizations right after a convolution, or the convolution."""
    last = visits[place]
    for visit in visits[place + 1 :]:
        if not isinstance(visit.layer, NORMS) or visit.output_shape != last.output_shape:
            break
        last = visit
    return last
