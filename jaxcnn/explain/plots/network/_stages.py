"""Which volumes of a network stand together in a drawing."""

import dataclasses
import re
from collections.abc import Sequence
from itertools import groupby

from jaxcnn.explain.plots.network._boxes import Box, in_a_word
from jaxcnn.layers import Shape


@dataclasses.dataclass(frozen=True)
class Run:
    """Boxes that differ in their channels at most.

    Attributes:
        boxes: one or more.
    """

    boxes: tuple[Box, ...]


@dataclasses.dataclass(frozen=True)
class Stage:
    """Neighbouring boxes, drawn together over one label.

    Attributes:
        name: of the container that holds this stage's boxes and no others, or of the layer that
            holds most of its weights; often empty.
        runs: its boxes in order.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes in order."""
        return tuple(box for run in self.runs for box in run.boxes)

    @property
    def shape(self) -> Shape:
        """Of what the stage makes."""
        return self.boxes[-1].shape

    @property
    def parameters(self) -> int:
        """Trained numbers of all its boxes."""
        return sum(box.parameters for box in self.boxes)


def stages(boxes: Sequence[Box], *, by_size: bool) -> list[Stage]:
    """Boxes in stages: those of one spatial size together, or each by itself; the input alone."""
    if by_size:
        sizes = groupby(boxes[1:], key=lambda box: box.shape[:-1])
        groups = [[boxes[0]], *(list(group) for _, group in sizes)]
    else:
        groups = [[box] for box in boxes]
    return [Stage(_name(group, boxes), _runs(group)) for group in groups]


def _runs(group: Sequence[Box]) -> tuple[Run, ...]:
    def alike(box: Box) -> tuple[str, str]:
        # The first block of a stage often has a stride, and is otherwise as the rest.
        text = in_a_word([box])
        return box.kind, re.sub(r"/\d+", "", text) if box.kind == "block" else text

    return tuple(Run(tuple(run)) for _, run in groupby(group, key=alike))


def _name(group: Sequence[Box], boxes: Sequence[Box]) -> str:
    """The outermost container with most of the group's weights, and none of the others'.

    Where that is a layer by itself, it needs no weights.
    """
    others = {name for box in boxes if box.parameters and box not in group for name in box.names}
    own = [name for box in group for name in box.names if name not in others]
    half = sum(box.parameters for box in group) / 2
    for name in own:
        if len(group) == 1 or sum(box.parameters for box in group if name in box.names) > half:
            return name
    return ""
