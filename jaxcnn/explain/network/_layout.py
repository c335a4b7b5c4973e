"""Compute the sizes and positions of a network's stages on paper, in inches."""

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from jaxcnn._support.units import short
from jaxcnn.explain.network._boxes import Group, LayerBox, Stage, short_label
from jaxcnn.explain.network._solids import Size, size_of, skip_height
from jaxcnn.layers import Shape

LABEL_SIZE = 8.0
LETTER, LINE = 0.066, 0.15
"""Width of a letter and height of a line of the labels."""

MAX_LETTERS, MAX_LINES = 25, 10
MAX_SOLIDS_PER_GROUP, MAX_LANES = 3, 6
GAP, MARGIN = 0.05, 0.25
LANE_SCALE, LANE_GAP = 0.6, 0.12
FAN = 0.25
"""Width of the lines that lead into the lanes and out of them."""


@dataclasses.dataclass(frozen=True)
class Solid:
    """A volume at its position.

    Attributes:
        box: The box that it shows.
        size: Its size.
        x: Its left side, relative to the column's.
        y: Its middle, relative to the row's.
    """

    box: LayerBox
    size: Size
    x: float
    y: float = 0.0


@dataclasses.dataclass(frozen=True)
class Column:
    """A stage as it is drawn.

    Attributes:
        name: The stage's name, above it; often empty.
        lines: Its label, below it.
        solids: Its volumes, from left to right.
        lanes: The volumes of parallel branches, in place of `solids`.
    """

    name: str
    lines: tuple[str, ...]
    solids: tuple[Solid, ...]
    lanes: tuple[tuple[Solid, ...], ...] = ()

    @property
    def drawn_width(self) -> float:
        """The width of the volumes."""
        return max((s.x + s.size.width + s.size.depth for s in self._all), default=0) + (
            FAN if self.lanes else 0
        )

    @property
    def width(self) -> float:
        """The width of volumes and labels."""
        letters = max(map(len, (self.name, *self.lines)))
        return max(self.drawn_width, LETTER * letters)

    @property
    def top(self) -> float:
        """The highest point, from the row's middle."""
        return max(
            s.y + s.size.height / 2 + s.size.depth + (skip_height(s.size) if s.box.skip else 0.0)
            for s in self._all
        )

    @property
    def bottom(self) -> float:
        """The lowest point, from the row's middle."""
        return min(s.y - s.size.height / 2 for s in self._all)

    @property
    def _all(self) -> tuple[Solid, ...]:
        return self.solids + tuple(solid for lane in self.lanes for solid in lane)


def columns(stages: Sequence[Stage]) -> list[Column]:
    """Lay out each stage's volumes and label."""
    every = [box for stage in stages for box in stage.boxes]
    largest = max((size for box in every for size in box.shape[:-1]), default=100)
    return [_column(stage, largest) for stage in stages]


def _column(stage: Stage, largest: int) -> Column:
    lines = tuple(_lines(stage))
    if len(stage.boxes) == 1 and stage.boxes[0].lanes:
        return Column(stage.name, lines, (), tuple(_lanes(stage.boxes[0], largest)))
    shown = [box for group in stage.groups for box in group.boxes[:MAX_SOLIDS_PER_GROUP]]
    return Column(stage.name, lines, tuple(_in_a_row(shown, largest)))


def _in_a_row(
    shown: Sequence[LayerBox], largest: int, *, scale: float = 1.0, x: float = 0.0, y: float = 0.0
) -> Iterator[Solid]:
    for box in shown:
        size = size_of(box.shape, largest, scale=scale)
        yield Solid(box, size, x, y)
        x += size.width + GAP + (0.06 if box.skip else 0.0)


def _lanes(box: LayerBox, largest: int) -> Iterator[tuple[Solid, ...]]:
    """Lay out the branches of a block, from the highest to the lowest."""
    drawn = [
        tuple(_in_a_row(lane, largest, scale=LANE_SCALE, x=FAN))
        for lane in box.lanes[:MAX_LANES]
        if lane
    ]
    heights = [max(s.size.height + s.size.depth for s in lane) + LANE_GAP for lane in drawn]
    y = sum(heights) / 2
    for lane, height in zip(drawn, heights, strict=True):
        yield tuple(dataclasses.replace(solid, y=y - height / 2) for solid in lane)
        y -= height


def _lines(stage: Stage) -> Iterator[str]:
    yield as_text(stage.shape)
    alone = len(stage.boxes) == 1
    lines = [line for group in stage.groups for line in _lines_of(group, with_rest=alone)]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield "…"
    if stage.parameters:
        yield f"{short(stage.parameters)} parameters"


def _lines_of(group: Group, *, with_rest: bool) -> Iterator[str]:
    box = group.boxes[-1]
    texts = [(box.text if with_rest else short_label([box]), len(group.boxes))]
    if box.lanes:
        texts = [(text, len([*same])) for text, same in groupby(map(short_label, box.lanes))]
    for text, times in texts:
        inside = f"({text})" if "," in text and times > 1 else text
        yield from _wrapped(f"{times} × {inside}" if times > 1 else inside)
    if box.lanes:
        yield box.join
    if with_rest and box.then:
        yield from _wrapped("+ " + ", ".join(box.then))


def _wrapped(text: str) -> list[str]:
    """Break text into lines after commas only."""
    tied = text.replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ")
    return textwrap.wrap(tied, MAX_LETTERS, break_long_words=False, break_on_hyphens=False)


def as_text(shape: Shape) -> str:
    """Write a shape with multiplication signs.

    Example:
        >>> as_text((28, 28, 6)), as_text((10,))
        ('28×28×6', '10')
    """
    return "×".join(map(str, shape))
