"""The table of a summary: its rows, their totals, and both as text."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table, grouped
from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.layers import Shape

FLOPS_PER_MAC = 2
"""Floating-point operations in one multiply-accumulate: a multiplication and an addition."""


@dataclasses.dataclass(frozen=True)
class SummaryRow(Result):
    """One row: a layer, the sum or concatenation that ends a container, or a call of a module.

    Costs are for the whole batch. For a call of a module, fields that are unknown are None.

    Attributes:
        name: Name of the layer in the network, such as ``layer1.0.conv1``.
        path: Path of the layer's module in the network's module, such as
            ``layers.layer1.layers.0``.
        layer: A short description of the layer.
        output_shape: Shape of the output for one example; None if a module is never called.
        parameters: Number of trained parameters.
        weight_bytes: Memory of the weights in bytes, including frozen weights and running
            statistics.
        macs: Multiply-accumulates; multiplications with padding count too.
        share: Share of the network's multiply-accumulates, 0 to 1.
        bytes_moved: Bytes of the layer's inputs, output and weights, each counted once.
        inference_bytes: Memory in bytes of the activations that are kept while the layer runs: its
            inputs, its output, and outputs that later layers still read.
        training_bytes: Memory in bytes of the layer's output, which training keeps for the backward
            pass.
        receptive_field: Size of the receptive field along each spatial axis, in input pixels.
        stride: Distance between the receptive fields of neighboring outputs, in input pixels; 0
            where all outputs have the same receptive field.
        padding: Number of pixels by which the first receptive field extends beyond the start of
            the input.
    """

    name: str
    path: str
    layer: str
    output_shape: Shape | None
    parameters: int
    weight_bytes: int
    macs: int | None = None
    share: float | None = None
    bytes_moved: int | None = None
    inference_bytes: int | None = None
    training_bytes: int | None = None
    receptive_field: Shape | None = None
    stride: Shape | None = None
    padding: Shape | None = None

    _derived = ("flops", "intensity")

    @property
    def flops(self) -> int | None:
        """Floating-point operations: 2 per multiply-accumulate."""
        return None if self.macs is None else FLOPS_PER_MAC * self.macs

    @property
    def intensity(self) -> float | None:
        """Arithmetic intensity: floating-point operations per byte moved."""
        if self.flops is None or self.bytes_moved is None:
            return None
        return self.flops / self.bytes_moved


HEADER = (
    "name",
    "layer",
    "output",
    "params",
    "MACs",
    "share",
    "weights",
    "infer",
    "train",
    "field",
    "stride",
    "pad",
    "FLOP/B",
)
FULL_HEADER = (
    *HEADER[:6],
    "weights (bytes)",
    "activations in inference (bytes)",
    "activations in training (bytes)",
    "receptive field",
    "stride",
    "padding",
    "FLOPs per byte",
)
LEGEND = (
    "weights: with running statistics; share: of all MACs; FLOP/B: FLOPs per byte moved",
    "infer: activations in memory while the layer runs; train: its output, kept for training",
    "field (receptive field), stride, pad: of the network up to the layer, in pixels;",
    "stride 0: all units of the layer see the same field",
)
MODULE_LEGEND = ("weights: with running statistics",)

TEXT_COLUMNS = 3
"""This many columns at the left are words, aligned left; the others are numbers."""

MAX_LAYER_WIDTH = 24
"""Longer descriptions of layers are cut in a terminal."""


def terminal(rows: Sequence[SummaryRow]) -> Table:
    """Format the rows in columns for a terminal, with a container's layers below its name.

    Numbers have three digits, and a unit where they are large. Empty columns are left out.
    """
    return Table([HEADER, *grouped((row.name, _cells(row)) for row in rows)], words=TEXT_COLUMNS)


def markdown(rows: Iterable[SummaryRow]) -> str:
    """Format the rows as a Markdown table, with full names and exact integers.

    Empty columns of numbers are left out.
    """
    dashes = [*["---"] * TEXT_COLUMNS, *["---:"] * (len(HEADER) - TEXT_COLUMNS)]
    every = zip(FULL_HEADER, dashes, *map(_exact_cells, rows), strict=True)
    columns = [cells for i, cells in enumerate(every) if i < TEXT_COLUMNS or any(cells[2:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True))


def _cells(row: SummaryRow) -> Iterator[str]:
    """Yield the cells of a row, except the name."""
    layer = row.layer
    yield layer if len(layer) <= MAX_LAYER_WIDTH else f"{layer[: MAX_LAYER_WIDTH - 1]}…"
    yield "×".join(map(str, row.output_shape or ()))
    yield f"{row.parameters:,}" if row.parameters else ""
    yield short(row.macs).replace(" ", "") if row.macs else ""
    yield f"{row.share:.1%}" if row.macs and row.share is not None else ""
    for size in (row.weight_bytes or None, *_activations(row)):
        yield "" if size is None else bytes_text(size).replace(" ", "")
    yield from map(short_sides, _window(row))
    yield f"{row.intensity:.3g}" if row.intensity else ""


def _exact_cells(row: SummaryRow) -> tuple[str, ...]:
    numbers = (row.parameters, row.macs, row.share, row.weight_bytes, *_activations(row))
    texts = (
        row.name,
        row.layer,
        "×".join(map(str, row.output_shape or ())),
        *("" if n is None else f"{n:.4f}" if isinstance(n, float) else f"{n:,}" for n in numbers),
        *map(short_sides, _window(row)),
        "" if row.intensity is None else f"{row.intensity:.4g}",
    )
    return tuple(text.replace("|", "\\|") for text in texts)


def _activations(row: SummaryRow) -> tuple[int | None, int | None]:
    return row.inference_bytes, row.training_bytes


def _window(row: SummaryRow) -> tuple[Shape | None, Shape | None, Shape | None]:
    return row.receptive_field, row.stride, row.padding


@dataclasses.dataclass(frozen=True)
class Summary(TableResult):
    """The costs of a network by layer and in total; ``print`` shows them as a table.

    Costs are exact integers, for a batch of `batch_size` examples. For a Flax module, fields that
    are unknown are None.

    Attributes:
        network: Name of the network's class.
        input_shape: Shape of one input example.
        output_shape: Shape of the output for one example; None if a module returns no array.
        batch_size: Number of examples in the batch.
        dtype: Name of the dtype of weights and activations.
        rows: One row per layer, in order of execution.
        inference_bytes: Peak memory of the activations in inference, in bytes: the largest value of
            any row.
        training_bytes: Memory in bytes of the activations that training keeps for the backward
            pass: the network's input, and the output of each row.
        receptive_field: Size of the receptive field of the last layer with spatial axes, along each
            axis in input pixels. The receptive field of the layers after this layer is the whole
            input.
    """

    network: str
    input_shape: Shape
    output_shape: Shape | None
    batch_size: int
    dtype: str
    rows: tuple[SummaryRow, ...]
    inference_bytes: int | None = None
    training_bytes: int | None = None
    receptive_field: Shape | None = None

    _derived = ("parameters", "weight_bytes", "macs", "flops")

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(row.parameters for row in self.rows)

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights in bytes, including frozen weights and running statistics."""
        return sum(row.weight_bytes for row in self.rows)

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates; multiplications with padding count too."""
        macs = [row.macs for row in self.rows if row.macs is not None]
        return sum(macs) if len(macs) == len(self.rows) else None

    @property
    def flops(self) -> int | None:
        """Floating-point operations: 2 per multiply-accumulate."""
        return None if self.macs is None else FLOPS_PER_MAC * self.macs

    def to_markdown(self) -> str:
        """Format the table as Markdown, with exact integers and the totals below."""
        totals = [f"- {line}" for line in self._totals()]
        return "\n".join([self._header(), "", markdown(self.rows), "", *totals]) + "\n"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [row.to_dict() for row in self.rows]

    def _blocks(self) -> Iterable[Block]:
        is_module = self.inference_bytes is None
        legend = MODULE_LEGEND if is_module else LEGEND
        return [self._header(), terminal(self.rows), "\n".join(legend), "\n".join(self._totals())]

    def _header(self) -> str:
        return (
            f"{self.network}: {self.input_shape} to {self.output_shape}, "
            f"batch of {self.batch_size}, {self.dtype}"
        )

    def _totals(self) -> list[str]:
        """Return the totals as sentences; unknown ones are left out."""
        lines = [f"{self.parameters:,} parameters; weights take {bytes_text(self.weight_bytes)}"]
        if self.macs is not None:
            lines.append(f"{short(self.macs)} MACs = {short(FLOPS_PER_MAC * self.macs)} FLOPs")
        if self.inference_bytes is not None and self.training_bytes is not None:
            lines.append(
                f"activations take at most {bytes_text(self.inference_bytes)} in inference, "
                f"{bytes_text(self.training_bytes)} in training"
            )
        if self.receptive_field:
            field = short_sides(self.receptive_field)
            is_spatial = any(len(row.output_shape or ()) > 1 for row in self.rows)
            layer = ", of the last layer with spatial axes" if is_spatial else ""
            sides = zip(self.receptive_field, self.input_shape, strict=False)
            beyond = "; what is larger than the input is padding" * any(a > b for a, b in sides)
            lines.append(f"receptive field {field}{layer}{beyond}")
        return lines
