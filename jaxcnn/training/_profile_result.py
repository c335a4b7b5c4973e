"""What a profile has measured."""

import dataclasses
import json
from collections.abc import Iterator

from jaxcnn._support.tables import grouped, in_columns
from jaxcnn._support.units import short
from jaxcnn.architecture import Summary, SummaryRow
from jaxcnn.training._limits import Limits

HEAD = (
    "name",
    "layer",
    "output",
    "params",
    "MACs",
    "FLOP/B",
    "ms",
    "time",
    "GFLOP/s",
    "GB/s",
    "of roof",
)


@dataclasses.dataclass(frozen=True)
class LayerTime:
    """A layer and its time.

    Attributes:
        row: the layer's line in the summary.
        kind: its class, such as ``"Conv"``.
        seconds: of a batch, in a program of its own.
        passes: how often the operations and bytes of `row` count: once in inference.
    """

    row: SummaryRow
    kind: str
    seconds: float
    passes: int = 1

    @property
    def flops_a_second(self) -> float:
        """Floating-point operations a second, as the summary counts them."""
        return self.passes * (self.row.flops or 0) / self.seconds

    @property
    def bytes_a_second(self) -> float:
        """Bytes of inputs, outputs and weights a second, each counted once."""
        return self.passes * (self.row.bytes_moved or 0) / self.seconds


@dataclasses.dataclass(frozen=True)
class Profile:
    """The times of a network's layers; `print` shows them as a table.

    Attributes:
        summary: what is known without running it.
        layers: the time of each row of the summary.
        limits: the machine's, measured in the same passes.
        device: the device's kind.
        train: whether gradients were computed, too.
        rounds: number of passes.
        seconds: of the network as one program.
        call_seconds: of a program that does nothing: what every other one takes at least.
        compile_seconds: of the network as one program.
    """

    summary: Summary
    layers: tuple[LayerTime, ...]
    limits: Limits
    device: str
    train: bool
    rounds: int
    seconds: float
    call_seconds: float
    compile_seconds: float

    @property
    def layer_seconds(self) -> float:
        """Of all layers one by one."""
        return sum(layer.seconds for layer in self.layers)

    def of_roof(self, layer: LayerTime) -> float | None:
        """A layer's rate as a share of what its arithmetic intensity allows.

        Of a layer without multiplications it is the bytes a second that are compared. More than 1
        is possible: where data stays in caches, or a method needs fewer operations than counted.
        """
        if layer.row.flops:
            return layer.flops_a_second / self.limits.attainable(layer.row.intensity or 0.0)
        if layer.row.bytes_moved:
            return layer.bytes_a_second / self.limits.bytes_a_second
        return None

    def __str__(self) -> str:
        table = self.summary
        rows = [(layer.row.name, self._cells(layer)) for layer in self.layers]
        head = (
            f"{table.network}: {table.input_shape} to {table.output_shape}, batch of "
            f"{table.batch_size}, {table.dtype}, {'training' if self.train else 'inference'}"
        )
        return "\n".join([head, "", in_columns([HEAD, *grouped(rows)]), "", *self._totals()])

    def to_json(self) -> str:
        """All of it as JSON, the summary's fields for each layer included."""
        document = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("summary", "layers", "limits")
        }
        document["layer_seconds"] = self.layer_seconds
        document["limits"] = dataclasses.asdict(self.limits)
        document["summary"] = json.loads(self.summary.to_json())
        for entry, layer in zip(document["summary"]["rows"], self.layers, strict=True):
            entry |= {
                "seconds": layer.seconds,
                "flops_a_second": layer.flops_a_second,
                "bytes_a_second": layer.bytes_a_second,
                "of_roof": self.of_roof(layer),
            }
        return json.dumps(document, indent=1)

    def _cells(self, layer: LayerTime) -> Iterator[str]:
        row, roof = layer.row, self.of_roof(layer)
        yield row.layer
        yield "×".join(map(str, row.output_shape or ()))
        yield f"{row.parameters:,}" if row.parameters else ""
        yield short(row.macs).replace(" ", "") if row.macs else ""
        yield f"{row.intensity:.3g}" if row.intensity else ""
        yield f"{1e3 * layer.seconds:.3f}"
        yield f"{layer.seconds / self.layer_seconds:.1%}"
        yield f"{layer.flops_a_second / 1e9:.3g}" if row.flops else ""
        yield f"{layer.bytes_a_second / 1e9:.3g}" if row.bytes_moved else ""
        yield "" if roof is None else f"{roof:.0%}"

    def _totals(self) -> Iterator[str]:
        flops = sum(layer.passes * (layer.row.flops or 0) for layer in self.layers)
        rate = flops / self.seconds
        yield (
            f"layers one by one {1e3 * self.layer_seconds:.3g} ms; the network as one program "
            f"{1e3 * self.seconds:.3g} ms, {rate / 1e9:.3g} GFLOP/s, compiled in "
            f"{self.compile_seconds:.2g} s"
        )
        yield (
            f"limits of {self.device}, measured in the same {self.rounds} passes: "
            f"{self.limits.flops_a_second / 1e9:.3g} GFLOP/s (product of large matrices), "
            f"{self.limits.bytes_a_second / 1e9:.3g} GB/s (sum of large arrays); an empty program "
            f"takes {1e3 * self.call_seconds:.2g} ms"
        )
