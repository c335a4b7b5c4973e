"""A network layer by layer, in lines."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from jaxcnn.architecture import summary
from jaxcnn.inference import Network

Shape = tuple[int, ...]


class LayerLine(NamedTuple):
    """One layer.

    Attributes:
        name: as in the names of its weights, such as ``layers.0``.
        kind: what it is, in a few words.
        output_shape: what it makes of one image; None of a module that is not called.
        parameters: number of its trained numbers.
        gradient_norm: of a step's gradient; None where nothing is trained.
    """

    name: str
    kind: str
    output_shape: Shape | None
    parameters: int
    gradient_norm: float | None


def layer_lines(network: Network, gradient_norms: Mapping[str, float]) -> tuple[LayerLine, ...]:
    """The lines of the network's `summary`, with the gradients.

    Args:
        network: the network.
        gradient_norms: by the layers' names, as from `norms`.
    """
    described = network.module if network.architecture is None else network.architecture
    rows = summary(described, network.input_shape).rows
    norms = _by_owner([row.path for row in rows], gradient_norms)
    return tuple(
        LayerLine(
            row.path,
            row.layer,
            row.output_shape,
            row.parameters,
            math.hypot(*norms[row.path]) if row.parameters else None,
        )
        for row in rows
    )


def table(lines: tuple[LayerLine, ...]) -> str:
    """The lines below each other, in columns."""
    head = ("layer", "kind", "output", "parameters", "gradient norm")
    rows = [head, *map(_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    shown = (
        (*map(str.ljust, row[:3], widths[:3]), *map(str.rjust, row[3:], widths[3:])) for row in rows
    )
    return "\n".join("  ".join(row).rstrip() for row in shown)


def _cells(line: LayerLine) -> tuple[str, ...]:
    norm = "" if line.gradient_norm is None else f"{line.gradient_norm:.3g}"
    parameters = f"{line.parameters:,}" if line.parameters else ""
    shape = "" if line.output_shape is None else str(line.output_shape)
    return line.name, line.kind, shape, parameters, norm


def _by_owner(paths: list[str], gradient_norms: Mapping[str, float]) -> dict[str, list[float]]:
    """The norms by the longest of `paths` that each layer's name lies in."""
    found: dict[str, list[float]] = {path: [] for path in paths}
    for name, norm in gradient_norms.items():
        owners = [path for path in paths if not path or f"{name}.".startswith(f"{path}.")]
        found[max(owners, key=len)].append(norm)
    return found
