"""Time each layer of a network, and compare it with what the machine can do."""

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

HEADER = (
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
    """The measured time of one layer.

    Attributes:
        row: The layer's row in the summary.
        kind: Name of the class of the layer, such as ``"Conv"``.
        seconds: Time for one batch, in a program with this layer alone.
        passes: Factor by which the operations and bytes of `row` are multiplied: 1 in inference, 2
            or 3 in training.
    """

    row: SummaryRow
    kind: str
    seconds: float
    passes: int = 1

    _derived = ("flops_per_second", "bytes_per_second")

    @property
    def flops_per_second(self) -> float:
        """Rate in FLOPs per second, as the summary counts them."""
        return self.passes * (self.row.flops or 0) / self.seconds

    @property
    def bytes_per_second(self) -> float:
        """Rate in bytes per second of inputs, outputs and weights, each counted once."""
        return self.passes * (self.row.bytes_moved or 0) / self.seconds


@dataclasses.dataclass(frozen=True)
class Profile(TableResult):
    """The measured times of a network's layers; ``print`` shows them as a table.

    Attributes:
        summary: The network's summary.
        layers: The time of each row of the summary.
        limits: The machine's limits, measured in the same passes as the layers.
        device: Kind of the device.
        train: Whether gradients were computed too.
        rounds: Number of passes.
        seconds: Time of the network as one program.
        call_seconds: Time of an empty program: the overhead of each call.
        compile_seconds: Time to compile the network as one program.
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
        """Sum of the times of all layers, in seconds."""
        return sum(layer.seconds for layer in self.layers)

    def of_roof(self, layer: LayerTime) -> float | None:
        """Return a layer's rate as a share of the attainable rate at its arithmetic intensity.

        For a layer without multiplications, its bytes per second are compared with the memory
        bandwidth. The share can exceed 1 if data stays in caches, or if a method needs fewer
        operations than are counted.

        Args:
            layer: One of `layers`.

        Returns:
            The share; None if the layer has neither operations nor bytes.
        """
        if layer.row.flops:
            return layer.flops_per_second / self.limits.attainable(layer.row.intensity or 0.0)
        if layer.row.bytes_moved:
            return layer.bytes_per_second / self.limits.bytes_per_second
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
                "flops_per_second": layer.flops_per_second,
                "bytes_per_second": layer.bytes_per_second,
                "of_roof": self.of_roof(layer),
            }

    def _blocks(self) -> Iterable[Block]:
        table = self.summary
        rows = [(layer.row.name, self._cells(layer)) for layer in self.layers]
        head = (
            f"{table.network}: {table.input_shape} to {table.output_shape}, batch of "
            f"{table.batch_size}, {table.dtype}, {'training' if self.train else 'inference'}"
        )
        return [head, Table([HEADER, *grouped(rows)], words=3), "\n".join(self._totals())]

    def _cells(self, layer: LayerTime) -> Iterator[str]:
        row, roof = layer.row, self.of_roof(layer)
        yield row.layer
        yield "×".join(map(str, row.output_shape or ()))
        yield f"{row.parameters:,}" if row.parameters else ""
        yield short(row.macs).replace(" ", "") if row.macs else ""
        yield f"{row.intensity:.3g}" if row.intensity else ""
        yield f"{1e3 * layer.seconds:.3f}"
        yield f"{layer.seconds / self.layer_seconds:.1%}"
        yield f"{layer.flops_per_second / 1e9:.3g}" if row.flops else ""
        yield f"{layer.bytes_per_second / 1e9:.3g}" if row.bytes_moved else ""
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
            f"  {self.limits.flops_per_second / 1e9:.3g} GFLOP/s (product of large matrices), "
            f"{self.limits.bytes_per_second / 1e9:.3g} GB/s (sum of large arrays); an empty "
            f"program takes {1e3 * self.call_seconds:.2g} ms"
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
    """Profile a network: time each layer by itself, on the default device.

    Use it to find the layers that take the most time, and how close each layer is to the limits of
    the machine. Each layer is compiled as a separate program, and run with random weights and
    inputs. Equal layers are compiled once, but each of them is timed. All layers are timed in
    several passes. Each pass also times three other programs: the whole network, a product of large
    matrices, and a sum of large arrays. A layer's time is the median over the passes. The machine's
    limits are the best rates of the product and of the sum in any pass.

    The whole network usually takes less time than the sum of its layers' times, because the
    compiler fuses layers. On a machine that is busy with other work, the whole network can take
    more time, because long programs are delayed most.

    With `train`, each program runs in train mode and also computes the gradients with respect to
    weights and input. The gradients of a layer count as twice the operations and bytes of its
    forward pass. The gradients of the first layer count as the operations and bytes of one forward
    pass, because the network's input needs no gradient.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        batch_size: Number of examples in a batch.
        dtype: Dtype of weights and activations.
        train: Whether to time the forward and backward pass of a training step instead of
            inference.
        rounds: Number of passes over all programs.

    Returns:
        A `Profile` with the times: ``print`` it, or plot it with `jaxcnn.explain.plot_roofline`.

    Raises:
        TypeError: If `architecture` is not a layer, or another argument has the wrong type.
        ValueError: If `input_shape` is not made of positive integers, or a layer does not fit its
            input. Also if JAX is not configured to compute in `dtype`.

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
        raise TypeError(f"dtype: expected a floating-point dtype, got {table.dtype}")
    if jax.dtypes.canonicalize_dtype(table.dtype) != table.dtype:
        raise ValueError(
            f"dtype: expected one that JAX is configured for, got {table.dtype} "
            "(it needs jax.config.update('jax_enable_x64', True))"
        )
    programs = LayerPrograms(table.batch_size, table.dtype, train=train)
    visits = [*walk(architecture, table.input_shape)]
    whole = programs.of_layer(architecture, table.input_shape, True)
    layers = [programs.of_visit(visit, first=index == 0) for index, visit in enumerate(visits)]
    product, copy = product_probe(table.dtype), copy_probe(table.dtype)
    zero = jnp.zeros(())
    empty = partial(jax.jit(jnp.negative).lower(zero).compile(), zero)
    # The empty program runs after the layers: directly after the probes, which fill all caches,
    # it would take several times as long.
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
    """Return 1 in inference; in training add 1 per gradient, by the weights and by the input."""
    return 1 if not train else 2 if first else 3
