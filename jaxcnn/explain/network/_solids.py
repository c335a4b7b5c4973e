"""Draw volumes in oblique projection: as high and deep as the images, as wide as the channels."""

import dataclasses
import math
from typing import TYPE_CHECKING, Literal

from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, PALE_BLUE, PALE_GRAY, PALE_ORANGE
from jaxcnn.layers import Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Lightness and hatching distinguish the kinds in print without color.
STYLES = {
    "input": (PALE_GRAY, "", "input"),
    "convolution": (BLUE, "", "convolution"),
    "block": (PALE_BLUE, "", "block of layers"),
    "pooling": (PALE_ORANGE, "....", "pooling"),
    "dense": (ORANGE, "////", "dense"),
    "embedding": ("#CDE8D5", "----", "embedding"),
    "other": ("white", "xxxx", "other"),
}
"""Color, hatching and label in the legend for each kind of box."""

MAX_HEIGHT, MIN_HEIGHT = 1.7, 0.15
DEPTH = 0.28
"""How far the back of a square image is shifted, as a share of its height."""

BEFORE, AFTER, ABOVE, BEND = 0.03, 0.06, 0.02, 0.9
"""Distances of a skip's line from its block in inches, and the line's curvature."""


@dataclasses.dataclass(frozen=True)
class Size:
    """The size of a drawn volume, in inches.

    Attributes:
        width: The width of the front.
        height: The height of the front.
        depth: How far the back is shifted, to the right and up.
    """

    width: float
    height: float
    depth: float


def size_of(shape: Shape, largest: int, *, scale: float = 1.0) -> Size:
    """Compute how large to draw a volume.

    The height is the square root of its spatial size, so that 7×7 is visible beside 224×224; the
    width grows with the logarithm of its channels, so that 3 are visible beside 2048.

    Args:
        shape: ``(*spatial, C)``.
        largest: The largest spatial size of the network.
        scale: Factor of all sizes.
    """
    *spatial, channels = shape
    height = spatial[-2] if len(spatial) > 1 else spatial[0] if spatial else 1
    deep = len(spatial) > 1
    tall = MAX_HEIGHT * math.sqrt(height / largest)
    back = DEPTH * MAX_HEIGHT * math.sqrt(spatial[-1] / largest) if deep else 0.0
    return Size(
        scale * (0.05 + 0.04 * math.log2(1 + channels)),
        scale * max(tall, MIN_HEIGHT),
        scale * max(back, DEPTH * MIN_HEIGHT) if deep else 0.0,
    )


def draw_solid(axes: "Axes", x: float, y: float, size: Size, kind: str) -> None:
    """Draw a volume.

    Args:
        axes: The axes, in inches.
        x: The left side of the front.
        y: The middle of the front.
        size: Its size.
        kind: One of `STYLES`.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Polygon

    color, hatch, _ = STYLES[kind]
    low, high = y - size.height / 2, y + size.height / 2
    right, back = x + size.width, size.depth
    front = [(x, low), (right, low), (right, high), (x, high)]
    top = [(x, high), (right, high), (right + back, high + back), (x + back, high + back)]
    side = [(right, low), (right + back, low + back), (right + back, high + back), (right, high)]
    red, green, blue = to_rgb(color)
    for corners, light in ((front, 1.0), (top, 1.12), (side, 0.82)):
        shade = tuple(min(1.0, light * part) for part in (red, green, blue))
        axes.add_patch(
            Polygon(
                corners,
                facecolor=shade,
                edgecolor="#333333",
                linewidth=0.6,
                hatch=hatch if corners is front else None,
                joinstyle="round",
            )
        )


def skip_height(size: Size) -> float:
    """Return how far a skip's line rises above its block, in inches."""
    return ABOVE + BEND / 2 * (BEFORE + size.width + AFTER)


def draw_skip(axes: "Axes", x: float, y: float, size: Size, kind: str) -> None:
    """Draw the connection around a block.

    Args:
        axes: The axes, in inches.
        x: The left side of the block's front.
        y: The middle of the block's front.
        size: The block's size.
        kind: One of `SKIPS`.
    """
    from matplotlib.patches import FancyArrowPatch

    top = y + size.height / 2 + size.depth + ABOVE
    axes.add_patch(
        FancyArrowPatch(
            (x + size.depth / 2 - BEFORE, top),
            (x + size.depth / 2 + size.width + AFTER, top),
            connectionstyle=f"arc3,rad={-BEND}",
            arrowstyle="-|>",
            mutation_scale=6,
            linestyle=SKIPS[kind][0],
            linewidth=1.1,
            color=GRAY if kind == "concat" else "black",
            shrinkA=0,
            shrinkB=0,
        )
    )


SKIPS: dict[str, tuple[Literal["-", "--", ":"], str]] = {
    "identity": ("-", "input added"),
    "projection": ("--", "input projected, then added"),
    "concat": (":", "input concatenated"),
}
"""Style and label in the legend for each kind of skip."""
