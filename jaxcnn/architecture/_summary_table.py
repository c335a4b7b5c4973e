"""All lines of a summary, and their totals."""

import dataclasses
import json

from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.architecture._summary_row import FLOPS_A_MAC, SummaryRow
from jaxcnn.architecture._summary_text import (
    LEGEND,
    LEGEND_OF_A_MODULE,
    markdown,
    terminal,
)
from jaxcnn.layers import Shape


@dataclasses.dataclass(frozen=True)
class Summary:
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

    def __str__(self) -> str:
        is_module = self.inference_bytes is None
        legend = LEGEND_OF_A_MODULE if is_module else LEGEND
        table = terminal(self.rows)
        return "\n".join([self._head(), "", table, "", *legend, "", *self._totals()])

    def to_markdown(self) -> str:
        """The table for a Markdown page, with exact integers, and the totals below it."""
        totals = [f"- {line}" for line in self._totals()]
        return "\n".join([self._head(), "", markdown(self.rows), "", *totals]) + "\n"

    def to_json(self) -> str:
        """All of it as JSON; what is no integer has 4 digits, and what is not known is null."""
        names = [field.name for field in dataclasses.fields(self) if field.name != "rows"]
        names += ["parameters", "weight_bytes", "macs", "flops"]
        document = {name: getattr(self, name) for name in names}
        document["rows"] = [row.as_dict() for row in self.rows]
        return json.dumps(document, indent=1)

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
