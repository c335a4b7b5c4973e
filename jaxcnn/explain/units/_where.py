"""Where a unit stands, and what it sees, in words."""

from collections.abc import Sequence

from jax import Array

from jaxcnn.explain._score import Unit
from jaxcnn.explain.units._box import Box

_AXES = {1: ("place",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def where(unit: Unit, position: Sequence[int | Array], box: Box | None) -> str:
    """Such as ``layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4``.

    Args:
        unit: its layer and channel.
        position: in the layer's outputs.
        box: what it sees of the image; None: that is not known, and not said.
    """
    text = f"layer {unit.layer}, channel {unit.channel}"
    if position:
        pairs = zip(_axes(len(position)), position, strict=True)
        text += " at " + ", ".join(f"{axis} {index}" for axis, index in pairs)
    if box:
        triples = zip(_axes(len(box.start)), *box, strict=True)
        text += "; sees " + ", ".join(f"{axis}s {a} to {b - 1}" for axis, a, b in triples)
    return text


def _axes(count: int) -> tuple[str, ...]:
    return _AXES.get(count, tuple(f"axis {axis} index" for axis in range(count)))
