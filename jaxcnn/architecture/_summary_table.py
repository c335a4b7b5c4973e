"""A summary: its rows, their totals, and both as text."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence

from jaxcnn._support.tables import grouped, in_columns
from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.layers import Shape

FLOPS_PER_MAC = 2
"""Floating-point operations in one multiply-accumulate: a multiplication and an addition."""


@dataclasses.dataclass(frozen=True)
class SummaryRow:
    """A layer, the sum or concatenation at the end of a container, or a call of a module.

    Costs are those of the whole batch. What is None cannot be known of a module's call.

    Attributes:
        name: Where it stands, such as ``layer1.0.conv1``.
        path: Where its module lies in the network's, such as ``layers.layer1.layers.0``.
        layer: What it is, in a few words.
        output_shape: Of one example; None of a module that is never called.
        parameters: Trained numbers.
        weight_bytes: Memory of the weights, frozen ones and running statistics included.
        macs: Multiply-accumulates; multiplications with padding count too.
        share: Its part of the network's multiply-accumulates, 0 to 1.
        bytes_moved: Bytes of its inputs, its output and its weights, each counted once.
        inference_bytes: Memory of the activations held while it runs: inputs, output, and what
            later layers still need.
        training_bytes: Memory of its output, which training keeps for the backward pass.
        receptive_field: Side of the box of the network's input that each output sees, for each
            spatial axis.
        stride: How far apart the boxes of neighboring outputs are; 0 where all see the same.
        padding: How far before the input's start the first box begins.
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

    @property
    def flops(self) -> int | None:
        """Floating-point operations: 2 a multiply-accumulate."""
        return None if self.macs is None else FLOPS_PER_MAC * self.macs

    @property
    def intensity(self) -> float | None:
        """Arithmetic intensity: floating-point operations for each byte moved."""
        if self.flops is None or self.bytes_moved is None:
            return None
        return self.flops / self.bytes_moved

    def as_dict(self) -> dict[str, object]:
        """All fields, `flops` and `intensity` by name; what is no integer has 4 digits."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values |= {"flops": self.flops, "intensity": self.intensity}
        return {
            name: float(f"{value:.4g}") if isinstance(value, float) else value
            for name, value in values.items()
        }


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
    "FLOPs a byte",
)
LEGEND = (
    "weights: with running statistics; share: of the MACs; FLOP/B: FLOPs for each byte moved",
    "infer: activations held while the layer runs; train: its output, which training keeps",
    "field (what an output sees), stride, pad: of the whole network up to there, in input pixels; "
    "stride 0: all see one box",
)
MODULE_LEGEND = ("weights: with running statistics",)

TEXT_COLUMNS = 3
"""The first so many columns are words, and start at the left; the others are numbers."""

MAX_LAYER_WIDTH = 24
"""In a terminal, longer descriptions of layers are cut."""


def terminal(rows: Sequence[SummaryRow]) -> str:
    """The rows below each other, in columns; a container's layers stand under its name.

    Numbers have three digits, and a unit where they are large. Columns without any are left out.
    """
    return in_columns(
        [HEADER, *grouped((row.name, _cells(row)) for row in rows)], words=TEXT_COLUMNS
    )


def markdown(rows: Iterable[SummaryRow]) -> str:
    """The rows as a table of Markdown, with whole names and exact integers.

    Columns of numbers that hold none are left out.
    """
    dashes = [*["---"] * TEXT_COLUMNS, *["---:"] * (len(HEADER) - TEXT_COLUMNS)]
    every = zip(FULL_HEADER, dashes, *map(_exact_cells, rows), strict=True)
    columns = [cells for i, cells in enumerate(every) if i < TEXT_COLUMNS or any(cells[2:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True))


def _cells(row: SummaryRow) -> Iterator[str]:
    """All but the name."""
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
class Summary:
    """What a network costs, layer by layer and in all; `print` shows it as a table.

    Everything is for a batch of `batch_size` examples, in plain integers. What cannot be known
    of a Flax module is None.

    Attributes:
        network: The class of the network.
        input_shape: Of one example.
        output_shape: Of one example; None where a module gives no array.
        batch_size: Examples in the batch.
        dtype: Name of the dtype of weights and activations.
        rows: One for each layer, in the order in which they run.
        inference_bytes: The most memory that activations take at once in inference: the largest
            of the rows'.
        training_bytes: Memory of the activations that training keeps for the backward pass: the
            network's input, and the output of each row.
        receptive_field: Side of the box of input pixels that an output of the last layer with
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
        return None if self.macs is None else FLOPS_PER_MAC * self.macs

    def __str__(self) -> str:
        is_module = self.inference_bytes is None
        legend = MODULE_LEGEND if is_module else LEGEND
        table = terminal(self.rows)
        return "\n".join([self._header(), "", table, "", *legend, "", *self._totals()])

    def to_markdown(self) -> str:
        """The table for a Markdown page, with exact integers, and the totals below it."""
        totals = [f"- {line}" for line in self._totals()]
        return "\n".join([self._header(), "", markdown(self.rows), "", *totals]) + "\n"

    def to_json(self) -> str:
        """All of it as JSON; what is no integer has 4 digits, and what is not known is null."""
        names = [field.name for field in dataclasses.fields(self) if field.name != "rows"]
        names += ["parameters", "weight_bytes", "macs", "flops"]
        document = {name: getattr(self, name) for name in names}
        document["rows"] = [row.as_dict() for row in self.rows]
        return json.dumps(document, indent=1)

    def _header(self) -> str:
        return (
            f"{self.network}: {self.input_shape} to {self.output_shape}, "
            f"batch of {self.batch_size}, {self.dtype}"
        )

    def _totals(self) -> list[str]:
        """Sentences; those about what is not known are left out."""
        lines = [f"{self.parameters:,} parameters; weights take {bytes_text(self.weight_bytes)}"]
        if self.macs is not None:
            lines.append(f"{short(self.macs)} MACs = {short(FLOPS_PER_MAC * self.macs)} FLOPs")
        if self.inference_bytes is not None and self.training_bytes is not None:
            lines.append(
                f"activations take {bytes_text(self.inference_bytes)} at most at once in "
                f"inference, {bytes_text(self.training_bytes)} in training"
            )
        if self.receptive_field:
            lines.append(f"receptive field {short_sides(self.receptive_field)}")
        return lines
