"""A summary: its rows, their totals, and both as text."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table, grouped
from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.layers import Shape

FLOPS_A_MAC = 2
"""Floating-point operations in one multiply-accumulate: a multiplication and an addition."""


@dataclasses.dataclass(frozen=True)
class SummaryRow(Result):
    """A layer, the sum or concatenation at the end of a container, or a call of a module.

    Costs are those of the whole batch. What is None cannot be known of a module's call.

    Attributes:
        name: where it stands, such as ``layer1.0.conv1``.
        path: where its module lies in the network's, such as ``layers.layer1.layers.0``.
        layer: what it is, in a few words.
        output_shape: of one example; None of a module that is never called.
        parameters: trained numbers.
        weight_bytes: memory of the weights, frozen ones and running statistics included.
        macs: multiply-accumulates; multiplications with padding count too.
        share: its part of the network's multiply-accumulates, 0 to 1.
        bytes_moved: bytes of its inputs, its output and its weights, each counted once.
        inference_bytes: memory of the activations held while it runs: inputs, output, and what
            later layers still need.
        training_bytes: memory of its output, which training keeps for the backward pass.
        receptive_field: side of the box of the network's input that each output sees, for each
            spatial axis.
        stride: how far apart the boxes of neighboring outputs are; 0 where all see the same.
        padding: how far before the input's start the first box begins.
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
        """Floating-point operations: 2 a multiply-accumulate."""
        return None if self.macs is None else FLOPS_A_MAC * self.macs

    @property
    def intensity(self) -> float | None:
        """Arithmetic intensity: floating-point operations for each byte moved."""
        if self.flops is None or self.bytes_moved is None:
            return None
        return self.flops / self.bytes_moved


HEAD = (
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
WHOLE_HEAD = (
    *HEAD[:6],
    "weights (bytes)",
    "activations in inference (bytes)",
    "activations in training (bytes)",
    "receptive field",
    "stride",
    "padding",
    "FLOPs a byte",
)
LEGEND = (
    "weights: with running statistics; share: of the MACs; FLOP/B: FLOPs for each byte moved",
    "infer: activations held while the layer runs; train: its output, which training keeps",
    "field (what an output sees), stride, pad: of the whole network up to there, in input pixels;",
    "stride 0: all see one box",
)
LEGEND_OF_A_MODULE = ("weights: with running statistics",)

TEXT_COLUMNS = 3
"""The first so many columns are words, and start at the left; the others are numbers."""

WIDEST_LAYER = 24
"""In a terminal, longer descriptions of layers are cut."""


def terminal(rows: Sequence[SummaryRow]) -> Table:
    """The rows below each other, in columns; a container's layers stand under its name.

    Numbers have three digits, and a unit where they are large. Columns without any are left out.
    """
    return Table([HEAD, *grouped((row.name, _cells(row)) for row in rows)], words=TEXT_COLUMNS)


def markdown(rows: Iterable[SummaryRow]) -> str:
    """The rows as a table of Markdown, with whole names and exact integers.

    Columns of numbers that hold none are left out.
    """
    dashes = [*["---"] * TEXT_COLUMNS, *["---:"] * (len(HEAD) - TEXT_COLUMNS)]
    every = zip(WHOLE_HEAD, dashes, *map(_exact_cells, rows), strict=True)
    columns = [cells for i, cells in enumerate(every) if i < TEXT_COLUMNS or any(cells[2:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True))


def _cells(row: SummaryRow) -> Iterator[str]:
    """All but the name."""
    layer = row.layer
    yield layer if len(layer) <= WIDEST_LAYER else f"{layer[: WIDEST_LAYER - 1]}…"
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
    """What a network costs, layer by layer and in all; `print` shows it as a table.

    Everything is for a batch of `batch_size` examples, in plain integers. What cannot be known
    of a Flax module is None.

    Attributes:
        network: the class of the network.
        input_shape: of one example.
        output_shape: of one example; None where a module gives no array.
        batch_size: examples in the batch.
        dtype: name of the dtype of weights and activations.
        rows: one for each layer, in the order in which they run.
        inference_bytes: the most memory that activations take at once in inference: the largest
            of the rows'.
        training_bytes: memory of the activations that training keeps for the backward pass: the
            network's input, and the output of each row.
        receptive_field: side of the box of input pixels that an output of the last layer with
            spatial axes sees, for each axis; the layers behind it see all.
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
        """Trained numbers."""
        return sum(row.parameters for row in self.rows)

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights, frozen ones and running statistics included."""
        return sum(row.weight_bytes for row in self.rows)

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates; multiplications with padding count too."""
        macs = [row.macs for row in self.rows if row.macs is not None]
        return sum(macs) if len(macs) == len(self.rows) else None

    @property
    def flops(self) -> int | None:
        """Floating-point operations: 2 a multiply-accumulate."""
        return None if self.macs is None else FLOPS_A_MAC * self.macs

    def to_markdown(self) -> str:
        """The table for a Markdown page, with exact integers, and the totals below it."""
        totals = [f"- {line}" for line in self._totals()]
        return "\n".join([self._head(), "", markdown(self.rows), "", *totals]) + "\n"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [row.to_dict() for row in self.rows]

    def _blocks(self) -> Iterable[Block]:
        is_module = self.inference_bytes is None
        legend = LEGEND_OF_A_MODULE if is_module else LEGEND
        return [self._head(), terminal(self.rows), "\n".join(legend), "\n".join(self._totals())]

    def _head(self) -> str:
        return (
            f"{self.network}: {self.input_shape} to {self.output_shape}, "
            f"batch of {self.batch_size}, {self.dtype}"
        )

    def _totals(self) -> list[str]:
        """Sentences; those about what is not known are left out."""
        lines = [f"{self.parameters:,} parameters; weights take {bytes_text(self.weight_bytes)}"]
        if self.macs is not None:
            lines.append(f"{short(self.macs)} MACs = {short(FLOPS_A_MAC * self.macs)} FLOPs")
        if self.inference_bytes is not None and self.training_bytes is not None:
            lines.append(
                f"activations take {bytes_text(self.inference_bytes)} at most at once in "
                f"inference, {bytes_text(self.training_bytes)} in training"
            )
        if self.receptive_field:
            lines.append(f"receptive field {short_sides(self.receptive_field)}")
        return lines
