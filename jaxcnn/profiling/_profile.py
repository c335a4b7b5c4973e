"""Time each layer of a network beside what the machine can do."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_bool, check_int
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table, grouped
from jaxcnn._support.units import short
from jaxcnn.architecture import Summary, SummaryRow, summary, walk
from jaxcnn.layers import Layer, check_layer
from jaxcnn.profiling._layer_programs import LayerPrograms
from jaxcnn.profiling._limits import Limits, copy_probe, medians, product_probe, seconds_of

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
class LayerTime(Result):
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

    _derived = ("flops_a_second", "bytes_a_second")

    @property
    def flops_a_second(self) -> float:
        """Floating-point operations a second, as the summary counts them."""
        return self.passes * (self.row.flops or 0) / self.seconds

    @property
    def bytes_a_second(self) -> float:
        """Bytes of inputs, outputs and weights a second, each counted once."""
        return self.passes * (self.row.bytes_moved or 0) / self.seconds


@dataclasses.dataclass(frozen=True)
class Profile(TableResult):
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

    _derived = ("layer_seconds",)

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

    def _content(self) -> Mapping[str, Any]:
        """The fields, where the rows of the summary have their times."""
        content = {name: value for name, value in super()._content().items() if name != "layers"}
        return content | {"summary": {**self.summary.to_dict(), "rows": [*self._rows()]}}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for layer in self.layers:
            yield {
                **layer.row.to_dict(),
                "seconds": layer.seconds,
                "flops_a_second": layer.flops_a_second,
                "bytes_a_second": layer.bytes_a_second,
                "of_roof": self.of_roof(layer),
            }

    def _blocks(self) -> Iterable[Block]:
        table = self.summary
        rows = [(layer.row.name, self._cells(layer)) for layer in self.layers]
        head = (
            f"{table.network}: {table.input_shape} to {table.output_shape}, batch of "
            f"{table.batch_size}, {table.dtype}, {'training' if self.train else 'inference'}"
        )
        return [head, Table([HEAD, *grouped(rows)], words=3), "\n".join(self._totals())]

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
            f"limits of {self.device}, measured in the same {self.rounds} passes:\n"
            f"  {self.limits.flops_a_second / 1e9:.3g} GFLOP/s (product of large matrices), "
            f"{self.limits.bytes_a_second / 1e9:.3g} GB/s (sum of large arrays); an empty program "
            f"takes {1e3 * self.call_seconds:.2g} ms"
        )


def profile(
    architecture: Layer,
    input_shape: tuple[int, ...],
    *,
    batch_size: int = 1,
    dtype: DTypeLike = jnp.float32,
    train: bool = False,
    rounds: int = 7,
) -> Profile:
    """Time each layer of a network by itself, on the default device.

    Each layer is compiled as a program of its own and run with random weights and an input of its
    own; equal layers are compiled once, but each is timed. The network as one program, a product
    of large matrices and a sum of large arrays are timed in the same passes. A layer's time is the
    median of the passes, the machine's limits are the best of them. Inside the whole network the
    compiler fuses layers, so that it takes less time than the layers one by one; on a machine that
    does other work meanwhile it can take more, as that holds up long programs most.

    With `train`, a layer's program runs in train mode and computes its gradients by weights and
    input, too, which are counted as twice the operations and bytes of the forward pass (once for
    the first layer, by whose input no gradient is needed).

    Args:
        architecture: the network.
        input_shape: of one example, with no batch axis: ``(H, W, C)``.
        batch_size: examples in a batch.
        dtype: of weights and activations.
        train: time a training step's forward and backward pass, in place of inference.
        rounds: passes over all programs.

    Returns:
        The times: `print` them, or give them to `jaxcnn.explain.plot_roofline`.

    Raises:
        TypeError: if `architecture` is no layer, or another argument of the wrong type.
        ValueError: if the shape is none, a layer does not fit where it stands, or the dtype is one
            that JAX does not compute in as it is set up.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> times = profile(net, (8, 8, 1), rounds=1)
        >>> [time.row.layer for time in times.layers]
        ['Flatten', 'Dense']
    """
    check_layer(architecture)
    check_bool("train", train)
    check_int("rounds", rounds)
    table = summary(architecture, input_shape, batch_size=batch_size, dtype=dtype)
    if not jnp.issubdtype(jnp.dtype(dtype), jnp.floating):
        raise TypeError(f"dtype must be a floating-point dtype, got {table.dtype}")
    if jax.dtypes.canonicalize_dtype(table.dtype) != table.dtype:
        raise ValueError(f"dtype: {table.dtype} needs jax.config.update('jax_enable_x64', True)")
    programs = LayerPrograms(table.batch_size, table.dtype, train=train)
    visits = [*walk(architecture, table.input_shape)]
    whole = programs.of_layer(architecture, table.input_shape, True)
    layers = [programs.of_visit(visit, first=index == 0) for index, visit in enumerate(visits)]
    product, copy = product_probe(table.dtype), copy_probe(table.dtype)
    zero = jnp.zeros(())
    empty = partial(jax.jit(jnp.negative).lower(zero).compile(), zero)
    # The empty program stands among the layers: behind the probes, which fill all caches, it
    # would take several times as long.
    timed = [copy.run, product.run, whole.run, *(one.run for one in layers), empty]
    seconds = seconds_of(timed, rounds=rounds)
    limits = Limits(product.work / min(seconds[1]), copy.work / min(seconds[0]))
    whole_seconds, *each, call_seconds = medians(seconds[2:])
    rows = [
        LayerTime(row, type(visit.layer).__name__, time, _passes(train, first=index == 0))
        for index, (row, visit, time) in enumerate(zip(table.rows, visits, each, strict=True))
    ]
    return Profile(
        table,
        tuple(rows),
        limits,
        device=jax.devices()[0].device_kind,
        train=train,
        rounds=rounds,
        seconds=whole_seconds,
        call_seconds=call_seconds,
        compile_seconds=whole.compile_seconds,
    )


def _passes(train: bool, *, first: bool) -> int:
    """Forward, and backward by the weights and by the input, which cost as much each."""
    return 1 if not train else 2 if first else 3
