"""A network layer by layer, in lines."""

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp

from jaxcnn.architecture import Container, walk
from jaxcnn.training._names import named_leaves
from jaxcnn.training._network import Network

Shape = tuple[int, ...]


class LayerLine(NamedTuple):
    """One layer.

    Attributes:
        name: as in the names of its weights, such as ``layers.0``.
        kind: the class of an architecture's layer; empty for the parts of a module.
        output_shape: what it makes of one image; None where that is not known.
        parameters: number of its trained numbers.
        gradient_norm: of a step's gradient; None where nothing is trained.
    """

    name: str
    kind: str
    output_shape: Shape | None
    parameters: int
    gradient_norm: float | None


def layer_lines(network: Network, gradient_norms: Mapping[str, float]) -> tuple[LayerLine, ...]:
    """The layers of an architecture, or of a module those that have parameters.

    Args:
        network: the network.
        gradient_norms: by the layers' names, as from `norms`.
    """
    if network.architecture is None:
        shapes: list[tuple[str, str, Shape | None]] = [(name, "", None) for name in gradient_norms]
    else:
        shapes = [
            (visit.path, type(visit.layer).__name__, visit.output_shape)
            for visit in walk(network.architecture, network.input_shape)
            if not isinstance(visit.layer, Container)
        ]
    sizes = {name: leaf.size for name, leaf in named_leaves(network.variables.params)}
    return tuple(
        LayerLine(
            name,
            kind,
            shape,
            sum(size for leaf, size in sizes.items() if _within(leaf, name)),
            _together([norm for layer, norm in gradient_norms.items() if _within(layer, name)]),
        )
        for name, kind, shape in shapes
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


def _within(leaf: str, layer: str) -> bool:
    return not layer or leaf == layer or leaf.startswith(f"{layer}.")


def _together(norms: list[float]) -> float | None:
    return float(jnp.linalg.norm(jnp.array(norms))) if norms else None
