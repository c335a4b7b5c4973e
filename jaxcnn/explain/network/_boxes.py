"""Group a network into the boxes of its drawing: one per layer or block, in stages."""

import dataclasses
import re
from collections.abc import Sequence
from itertools import groupby

from jaxcnn.layers import (
    Activation,
    Container,
    Dense,
    Embedding,
    Flatten,
    Layer,
    Parallel,
    PlacedLayer,
    Residual,
    Shape,
    SpectralNorm,
    WeightNorm,
)


@dataclasses.dataclass(frozen=True)
class LayerBox:
    """One box of the drawing: the output of a layer, or of a block of layers.

    Attributes:
        kind: ``"input"``, ``"convolution"``, ``"block"``, ``"pooling"``, ``"dense"``,
            ``"embedding"`` or ``"other"``.
        text: The layer or block, such as ``"Conv 3×3"``.
        shape: The shape of one example, without a batch axis.
        names: The names of the containers around it, outermost first. If no container has a name,
            the layer's own name, unless it only repeats its class.
        parameters: Number of trainable parameters.
        then: Layers after it that work value by value, such as ``"BatchNorm"`` and ``"relu"``.
        weighted: Those of `then` that have weights, except normalization: ``"SqueezeExcite"``.
        skip: The connection around a block: ``""`` if there is none, ``"identity"``,
            ``"projection"`` or ``"concat"``.
        lanes: The branches of a `Parallel` that is not a skip, each as a tuple of boxes.
        join: How the branches are joined, such as ``"concatenated"``.
    """

    kind: str
    text: str
    shape: Shape
    names: tuple[str, ...] = ()
    parameters: int = 0
    then: tuple[str, ...] = ()
    weighted: tuple[str, ...] = ()
    skip: str = ""
    lanes: tuple[tuple["LayerBox", ...], ...] = ()
    join: str = ""


def boxes(architecture: Layer, input_shape: Shape) -> list[LayerBox]:
    """Return the boxes of a network in order, its input first.

    Args:
        architecture: The network's architecture.
        input_shape: The shape of one example, without a batch axis.
    """
    return _with_layer([LayerBox("input", "input", input_shape)], architecture, input_shape, ())


def short_label(inner: Sequence[LayerBox]) -> str:
    """Label a block by its layers in order, without repeated words: ``"Conv 1×1, 3×3, 1×1"``."""
    words: list[str] = []
    last = ""
    for text in (text for box in inner for text in (box.text, *box.weighted)):
        first, _, rest = text.partition(" ")
        words.append(rest if rest and first == last else text)
        last = first
    return ", ".join(words)


def _with_layer(
    so_far: list[LayerBox], layer: Layer, shape: Shape, names: tuple[str, ...]
) -> list[LayerBox]:
    """Return the boxes so far, followed by those of a layer."""
    if isinstance(layer, Container):
        names = (*names, layer.name) if layer.name else names
        chains = layer.chains()
        if len(chains) > 1:
            return [*so_far, _branched_box(layer, shape, names)]
        return _with_chain(so_far, chains[0], shape, names)
    parameters, output_shape = layer.costs(shape).parameters, layer.output_shape(shape)
    kind = _kind(layer)
    if isinstance(layer, Flatten) or (kind == "other" and output_shape == shape):
        return _with_elementwise_layer(so_far, layer, parameters, describe(layer, shape))
    if not names and layer.name and layer.name.lower() != type(layer).__name__.lower():
        names = (layer.name,)
    return [*so_far, LayerBox(kind, describe(layer, shape), output_shape, names, parameters)]


def _with_elementwise_layer(
    so_far: list[LayerBox], layer: Layer, parameters: int, text: str
) -> list[LayerBox]:
    """Return the boxes so far, with a layer that changes no shape added to the last one."""
    if not so_far:
        return []
    *before, last = so_far
    has_weights = parameters and "Norm" not in type(layer).__name__
    with_it = dataclasses.replace(
        last,
        parameters=last.parameters + parameters,
        then=(*last.then, text),
        weighted=(*last.weighted, text) if has_weights else last.weighted,
    )
    return [*before, with_it]


def _with_chain(
    so_far: list[LayerBox], chain: Sequence[PlacedLayer], shape: Shape, names: tuple[str, ...]
) -> list[LayerBox]:
    # Beside residual blocks, containers without branches are drawn as one block, too.
    among_blocks = any(_has_branches(link.layer) for link in chain)
    for link in chain:
        layer = link.layer
        inner = []
        if among_blocks and isinstance(layer, Container) and not _has_branches(layer):
            inner = _with_layer([], layer, shape, names)
        if inner:
            so_far = [*so_far, _container_box(layer, inner, shape, names)]
        else:
            so_far = _with_layer(so_far, layer, shape, names)
        shape = layer.output_shape(shape)
    return so_far


def _container_box(
    layer: Layer, inner: Sequence[LayerBox], shape: Shape, names: tuple[str, ...]
) -> LayerBox:
    """Return a container without branches as one box."""
    names = (*names, layer.name) if layer.name else names
    parameters = layer.costs(shape).parameters
    if len(inner) == 1 and not inner[0].weighted:
        return dataclasses.replace(inner[0], names=names, parameters=parameters)
    return LayerBox("block", short_label(inner), inner[-1].shape, names, parameters)


def _branched_box(layer: Container, shape: Shape, names: tuple[str, ...]) -> LayerBox:
    """Return a Residual or Parallel as one box."""
    lanes = tuple(tuple(_with_chain([], chain, shape, names)) for chain in layer.chains())
    full = [lane for lane in lanes if lane]
    concatenates = isinstance(layer, Parallel) and layer.combine == "concat"
    skip = ""
    if isinstance(layer, Residual):
        full, skip = full[:1], "projection" if layer.shortcut else "identity"
    elif len(lanes) == 2 and len(full) == 1:
        skip = "concat" if concatenates else "identity"
    return LayerBox(
        "block",
        " | ".join(map(short_label, full)) or type(layer).__name__,
        layer.output_shape(shape),
        names,
        layer.costs(shape).parameters,
        skip=skip,
        lanes=() if skip else lanes,
        join="" if skip else "concatenated" if concatenates else "added",
    )


def _has_branches(layer: Layer) -> bool:
    if not isinstance(layer, Container):
        return False
    chains = layer.chains()
    return len(chains) > 1 or any(_has_branches(link.layer) for link in chains[0])


def _kind(layer: Layer) -> str:
    if isinstance(layer, WeightNorm | SpectralNorm):
        return _kind(layer.layer)
    name = type(layer).__name__
    if isinstance(layer, Dense | Embedding):
        return "dense" if isinstance(layer, Dense) else "embedding"
    return "convolution" if "Conv" in name else "pooling" if "Pool" in name else "other"


def describe(layer: Layer, input_shape: Shape) -> str:
    """Label a layer, with its stride unless that is 1: ``"Conv 7×7/2"``."""
    if isinstance(layer, Activation):
        return layer.function
    return layer.label(input_shape).removesuffix(f" {getattr(layer, 'padding', '')}")


@dataclasses.dataclass(frozen=True)
class Group:
    """Neighboring boxes that are equal except for their channels.

    Attributes:
        boxes: One or more.
    """

    boxes: tuple[LayerBox, ...]


@dataclasses.dataclass(frozen=True)
class Stage:
    """Neighboring boxes, drawn together over one label.

    Attributes:
        name: The name of the container that contains this stage's boxes and no others, or of the
            layer with most of its weights; often empty.
        groups: Its boxes in order.
    """

    name: str
    groups: tuple[Group, ...]

    @property
    def boxes(self) -> tuple[LayerBox, ...]:
        """All boxes in order."""
        return tuple(box for group in self.groups for box in group.boxes)

    @property
    def shape(self) -> Shape:
        """The shape of the stage's output."""
        return self.boxes[-1].shape

    @property
    def parameters(self) -> int:
        """Trainable parameters of all its boxes."""
        return sum(box.parameters for box in self.boxes)


def stages(boxes: Sequence[LayerBox], *, by_size: bool) -> list[Stage]:
    """Group boxes into stages: by spatial size, or one box each; the input is always alone."""
    if by_size:
        sizes = groupby(boxes[1:], key=lambda box: box.shape[:-1])
        groups = [[boxes[0]], *(list(group) for _, group in sizes)]
    else:
        groups = [[box] for box in boxes]
    return [Stage(_name(group, boxes), _groups(group)) for group in groups]


def _groups(group: Sequence[LayerBox]) -> tuple[Group, ...]:
    def alike(box: LayerBox) -> tuple[str, str]:
        # The first block of a stage often has a stride, and is otherwise equal to the rest.
        text = short_label([box])
        return box.kind, re.sub(r"/\d+", "", text) if box.kind == "block" else text

    return tuple(Group(tuple(same)) for _, same in groupby(group, key=alike))


def _name(group: Sequence[LayerBox], boxes: Sequence[LayerBox]) -> str:
    """Return the outermost container with most of the group's weights, and none of the others'.

    For a group of one box, the container needs no weights.
    """
    others = {name for box in boxes if box.parameters and box not in group for name in box.names}
    own = [name for box in group for name in box.names if name not in others]
    half = sum(box.parameters for box in group) / 2
    for name in own:
        if len(group) == 1 or sum(box.parameters for box in group if name in box.names) > half:
            return name
    return ""
