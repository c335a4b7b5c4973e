"""Describe the layers of a network as plain data that the page can compute."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxcnn._support.leaves import is_key, named_leaves
from jaxcnn.architecture import VisitedLayer, sources_of, walk
from jaxcnn.inference import Network
from jaxcnn.layers import Container, Parallel, Shape
from jaxcnn.reports.explorer._kinds import describe
from jaxcnn.reports.explorer._words import (
    GRAY_PICTURE,
    NORMALIZED_PICTURE,
    PICTURE,
    notation,
    purpose,
)

PIXELS, NORMALIZED = 0, 1
"""The numbers of the first two layers on the page: the picture, and its normalized pixels."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class PageLayer:
    """A layer on the page.

    Attributes:
        name: Its name in the network, as in `jaxcnn.summary`; empty for the first two layers.
        path: The path of its module.
        label: What it is, in short notation.
        purpose: What it does, in a sentence.
        notation: What the numbers and names in the label mean, one phrase for each.
        kind: How its outputs are computed: ``"pixels"``, ``"normalize"``, ``"conv"`` (also dense
            layers, as windows of one pixel), ``"pool"``, ``"batch_norm"``, ``"norm"`` (of groups
            of channels in this picture), ``"local_norm"``, ``"gate"`` (squeeze-and-excite),
            ``"scale"``, ``"activation"``, ``"copy"``, ``"add"``, ``"concat"``, or ``"other"``,
            which the page cannot compute.
        sources: The numbers of the layers whose outputs it reads.
        shape: ``(H, W, C)`` of its outputs; vectors are ``(1, 1, C)``.
        options: What else the arithmetic needs, as JSON can hold it.
        weights: Its arrays by name, float32.
        macs: Multiply-accumulates per picture.
    """

    name: str
    path: str
    label: str
    purpose: str
    kind: str
    sources: tuple[int, ...]
    shape: tuple[int, int, int]
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weights: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    macs: int = 0
    notation: Sequence[str] = ()

    @property
    def size(self) -> int:
        """Number of output values per picture."""
        return int(np.prod(self.shape))

    @property
    def weight_bytes(self) -> int:
        """Bytes of its weights."""
        return sum(array.nbytes for array in self.weights.values())


def page_layers(network: Network) -> list[PageLayer]:
    """Return the layers of a network: the picture, its normalized pixels, and all that follow.

    Args:
        network: A network of images with a known architecture.
    """
    assert network.architecture is not None
    leaves = [leaf for tree in network.variables for leaf in named_leaves(tree)]
    weights = {name: np.asarray(leaf, np.float32) for name, leaf in leaves if not is_key(leaf)}
    visits = [*walk(network.architecture, network.input_shape)]
    sources = sources_of(network.architecture)
    made = [
        _page_layer(visit, tuple(source + 2 for source in reads), weights)
        for visit, reads in zip(visits, sources, strict=True)
    ]
    return [*_inputs(network), *made]


def _inputs(network: Network) -> tuple[PageLayer, PageLayer]:
    shape = _as_image(network.input_shape)
    channels = shape[-1]
    normalization = network.normalization
    mean, std = (
        np.full(channels, values, np.float32)
        for values in (normalization.mean or 0.0, normalization.std or 1.0)
    )
    pixels = PageLayer(
        name="",
        path="",
        label="Picture",
        purpose=PICTURE if channels == 3 else GRAY_PICTURE,
        kind="pixels",
        sources=(),
        shape=shape,
    )
    normalized = PageLayer(
        name="",
        path="",
        label="Normalized pixels",
        purpose=NORMALIZED_PICTURE,
        kind="normalize",
        sources=(PIXELS,),
        shape=shape,
        weights={"mean": mean, "std": std},
    )
    return pixels, normalized


def _page_layer(
    visit: VisitedLayer, sources: tuple[int, ...], weights: Mapping[str, np.ndarray]
) -> PageLayer:
    own = {
        name.removeprefix(f"{visit.path}."): array
        for name, array in weights.items()
        if name.startswith(f"{visit.path}.")
    }
    kind, options, used = describe(visit, own)
    shape = _as_image(visit.output_shape)
    return PageLayer(
        name=visit.name,
        path=visit.path,
        label=_label(visit),
        purpose=purpose(visit),
        notation=notation(visit, options.get("window")),
        kind=kind,
        sources=sources,
        shape=shape,
        options=options,
        weights=used,
        macs=_macs(visit, shape, used),
    )


def _macs(visit: VisitedLayer, shape: Shape, used: Mapping[str, np.ndarray]) -> int:
    """Return the multiply-accumulates of the page, which are not always those of the layer."""
    if "kernel" in used:
        return shape[0] * shape[1] * used["kernel"].size
    return 0 if isinstance(visit.layer, Container) else visit.layer.costs(visit.input_shape).macs


def _label(visit: VisitedLayer) -> str:
    if isinstance(visit.layer, Container):
        joined = isinstance(visit.layer, Parallel) and visit.layer.combine == "concat"
        return "Branches, one after another" if joined else "Sum of the branches"
    return visit.layer.label(visit.input_shape)


def _as_image(shape: Shape) -> tuple[int, int, int]:
    *spatial, channels = shape
    height, width = (*spatial, 1, 1)[:2]
    if len(spatial) > 2:
        return int(np.prod(spatial[:-1])), spatial[-1], channels
    return height, width, channels
