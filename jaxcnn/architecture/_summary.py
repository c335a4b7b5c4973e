"""Summarize an architecture or a Flax module in a table, before any array exists."""

import functools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int, type_in_words
from jaxcnn.architecture._input_shape import check_input_shape, warn_of_axes
from jaxcnn.architecture._summary_table import Summary, SummaryRow
from jaxcnn.architecture._walk import VisitedLayer, live_sizes, short_path, sources_of, walk
from jaxcnn.layers import FLOAT32_BYTES, Container, Costs, Layer, Shape, call, kind_of, layer_hint


class Trained(Protocol):
    """A trained network, as far as its summary needs it."""

    @property
    def architecture(self) -> Layer | None:
        """The layers; None for a custom module."""
        ...

    @property
    def input_shape(self) -> Shape:
        """Shape of one example."""
        ...

    @property
    def module(self) -> nnx.Module:
        """The network as a module."""
        ...


class TrainedRun(Protocol):
    """A run with its trained network."""

    @property
    def network(self) -> Trained:
        """The trained network."""
        ...


def summary(
    network: Layer | nnx.Module | Trained | TrainedRun,
    input_shape: Shape | None = None,
    *,
    batch_size: int = 1,
    dtype: DTypeLike = jnp.float32,
) -> Summary:
    """Summarize a network layer by layer: shapes, parameters, FLOPs, memory, receptive fields.

    For an architecture, the table has one row per layer, and one per sum or concatenation. A row
    has the output shape, parameters, multiply-accumulates (MACs), memory and receptive field. All
    values are computed from the architecture alone: nothing is traced, and no device is used.

    The memory of the activations is computed with a simple model: no layer works in place, and no
    layer is fused with the next layer. In inference, a tensor is kept from the layer that makes it
    to the last layer that reads it. So the shortcut of a Residual is kept while its layers run, and
    the outputs of the branches of a Parallel are kept until they are joined. Training keeps all
    tensors, including the network's input, for the backward pass. A compiler may need less.

    For a Flax module, the table has one row per call of a module that has weights or contains no
    other modules. These calls are found by tracing the network in eval mode, without running it. A
    row has the output's shape and, at the module's first call, its parameters and the bytes of its
    weights. Modules that are never called come last.

    Args:
        network: An architecture, or any `nnx.Module` called as ``module(inputs)``. Also a trained
            `Network` or its `Run`, which know their input shape.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``. None means that
            of a trained network.
        batch_size: Number of examples for which costs are given.
        dtype: Dtype of weights and activations. For a module, it is the dtype of the inputs.

    Returns:
        A `Summary`: ``print`` shows the table. `rows` has its rows, and other attributes have the
        totals. `to_markdown()`, `to_json()` and `to_dataframe()` export the table.

    Raises:
        TypeError: If `network` is neither an architecture nor a callable module. Also if
            `batch_size` is not an integer, or `dtype` is not a dtype.
        ValueError: If `input_shape` is not made of positive integers, or a layer does not fit its
            input. The error names the layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> table = jaxcnn.summary(net, (32, 32, 3))
        >>> table.parameters, table.macs, table.flops
        (82154, 303104, 606208)
        >>> [row.output_shape for row in table.rows]
        [(32, 32, 8), (8192,), (10,)]
    """
    network, known_shape = _untrained(network, input_shape)
    shape = check_input_shape(known_shape)
    warn_of_axes(shape)
    check_int("batch_size", batch_size)
    batch_size = int(batch_size)  # NumPy's integers overflow
    kind = _checked_dtype(dtype)
    if isinstance(network, Layer):
        return summary_of_layers(network, shape, batch_size, kind.name, kind.itemsize)
    if isinstance(network, nnx.Module) and callable(network):
        return summary_of_module(network, shape, batch_size, kind)
    raise TypeError(
        "network: expected a layer such as Sequential, or an nnx.Module that can be called, got "
        f"{type_in_words(network)}{layer_hint(network)}"
    )


def _untrained(network: Any, input_shape: Shape | None) -> tuple[Any, Any]:
    """Return the layers or the module of a trained network, with its input shape."""
    if isinstance(network, Layer | nnx.Module | type):
        return network, input_shape
    trained = getattr(network, "network", network)  # of a run
    if not (hasattr(trained, "architecture") and hasattr(trained, "input_shape")):
        return network, input_shape
    shape = trained.input_shape if input_shape is None else input_shape
    made_of = trained.module if trained.architecture is None else trained.architecture
    return made_of, shape


def _checked_dtype(dtype: DTypeLike) -> np.dtype:
    try:
        kind = jnp.dtype(dtype)
    except TypeError:
        kind = None
    # NumPy reads None as float64, and also has dtypes of strings and objects.
    if kind is None or dtype is None or not jnp.issubdtype(kind, jnp.number):
        raise TypeError(f"dtype: expected a dtype such as jnp.float32, got {dtype!r}")
    return kind


def summary_of_layers(
    architecture: Layer, input_shape: Shape, batch_size: int, dtype: str, itemsize: int
) -> Summary:
    """Summarize an architecture, with one row per layer that `walk` visits."""
    visits = [*walk(architecture, input_shape)]
    costs = [costs_of(visit) for visit in visits]
    sources = sources_of(architecture)
    each = batch_size * itemsize
    input_bytes = each * math.prod(input_shape)
    # The network's input has index -1 (`INPUT`), so it is the last entry.
    made = [*(each * math.prod(visit.output_shape) for visit in visits), input_bytes]
    held = live_sizes(made[:-1], input_bytes, sources)
    all_macs = sum(cost.macs for cost in costs)
    rows = []
    for visit, cost, reads, output_bytes, held_bytes in zip(
        visits, costs, sources, made[:-1], held, strict=True
    ):
        weight_bytes = cost.bytes // FLOAT32_BYTES * itemsize
        rows.append(
            SummaryRow(
                name=visit.name,
                path=visit.path,
                layer=visit.layer.label(visit.input_shape),
                output_shape=visit.output_shape,
                parameters=cost.parameters,
                weight_bytes=weight_bytes,
                macs=batch_size * cost.macs,
                share=cost.macs / all_macs if all_macs else 0.0,
                bytes_moved=sum(made[read] for read in reads) + output_bytes + weight_bytes,
                inference_bytes=held_bytes,
                training_bytes=output_bytes,
                receptive_field=visit.receptive_field.size,
                stride=visit.receptive_field.stride,
                padding=visit.receptive_field.padding,
            )
        )
    return Summary(
        network=type(architecture).__name__,
        input_shape=input_shape,
        output_shape=visits[-1].output_shape if visits else input_shape,
        batch_size=batch_size,
        dtype=dtype,
        rows=tuple(rows),
        inference_bytes=max(held, default=input_bytes),
        training_bytes=sum(made),
        receptive_field=receptive_field(visits, input_shape),
    )


def costs_of(visit: VisitedLayer) -> Costs:
    """Return the costs of one visited layer; joining the chains of a container costs nothing."""
    if isinstance(visit.layer, Container):
        return Costs()
    return visit.layer.costs(visit.input_shape)


def receptive_field(visits: Sequence[VisitedLayer], input_shape: Shape) -> Shape:
    """Return the receptive field of the last layer whose output has spatial axes.

    The layers after it pool or flatten the whole image, so their receptive field is the whole
    image. If even the first layer does so, its receptive field is returned.
    """
    spatial = [visit for visit in visits if len(visit.output_shape) > 1]
    if spatial:
        return spatial[-1].receptive_field.size
    return visits[0].receptive_field.size if visits else (1,) * (len(input_shape) - 1)


Path = tuple[Any, ...]


class _Call(NamedTuple):
    path: Path
    output_shape: Shape | None


def summary_of_module(
    module: nnx.Module, input_shape: Shape, batch_size: int, dtype: np.dtype
) -> Summary:
    """Summarize a module, with one row per call of a module with weights or no children."""
    kinds = {path: kind_of(inner) for path, inner in nnx.iter_modules(module) if callable(inner)}
    parameters, weight_bytes = _weights(module, kinds)
    inputs = jax.ShapeDtypeStruct((batch_size, *input_shape), dtype)
    calls, output_shape = _trace(module, inputs)
    called = {call.path for call in calls}
    calls += [_Call(path, None) for path in kinds if path not in called]
    is_shown = {path for path in kinds if weight_bytes[path] or not _has_inner(path, kinds)}
    rows = []
    for path, shape in calls:
        if path in is_shown:
            written = ".".join(map(str, path))
            # Removed from the counts, so that a second call of the same module shows none.
            own = parameters.pop(path, 0), weight_bytes.pop(path, 0)
            rows.append(SummaryRow(short_path(written), written, kinds[path], shape, *own))
    kind = kind_of(module)
    return Summary(kind, input_shape, output_shape, batch_size, dtype.name, tuple(rows))


def _trace(module: nnx.Module, inputs: jax.ShapeDtypeStruct) -> tuple[list[_Call], Shape | None]:
    """Return the calls of all inner modules, ordered by their ends, and the output shape."""
    graph, state = nnx.split(module)
    calls: list[_Call] = []

    def run(state: nnx.State, inputs: jax.Array) -> Any:
        copy = nnx.merge(graph, state)
        copy.eval()
        for path, inner in list(nnx.iter_modules(copy)):
            if callable(inner):
                inner.__class__ = _recording(type(inner), path, calls)
        return call(copy, inputs, train=False, key=None)

    outputs = jax.eval_shape(run, state, inputs)
    return calls, _shape_of_one(outputs)


def _recording(cls: type[nnx.Module], path: Path, calls: list[_Call]) -> type[nnx.Module]:
    """Return a subclass that records the output shape of each call."""
    plain_call: Any = cls.__call__

    @functools.wraps(plain_call)
    def record(self: nnx.Module, *args: Any, **kwargs: Any) -> Any:
        outputs = plain_call(self, *args, **kwargs)
        calls.append(_Call(path, _shape_of_one(outputs)))
        return outputs

    return type(cls.__name__, (cls,), {"__call__": record, "__module__": cls.__module__})


def _shape_of_one(outputs: Any) -> Shape | None:
    """Return the shape without the batch axis; None if the output is not an array."""
    shape = getattr(outputs, "shape", None)
    return tuple(shape[1:]) if shape else None


def _weights(module: nnx.Module, kinds: dict[Path, str]) -> tuple[Counter, Counter]:
    """Count parameters and bytes of weights by the innermost module of `kinds` around each."""
    parameters, weight_bytes = Counter(), Counter()
    for path, variable in _variables(module):
        owner = next(path[:n] for n in range(len(path), -1, -1) if path[:n] in kinds)
        leaves = jax.tree.leaves(variable)
        weight_bytes[owner] += sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)
        if isinstance(variable, nnx.Param):
            parameters[owner] += sum(leaf.size for leaf in leaves)
    return parameters, weight_bytes


def _variables(module: nnx.Module) -> Iterator[tuple[Path, Any]]:
    """Yield all variables except the state of random streams."""
    for path, variable in nnx.to_flat_state(nnx.state(module)):
        if not isinstance(variable, nnx.RngState):
            yield path, variable


def _has_inner(path: Path, kinds: dict[Path, str]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in kinds)
