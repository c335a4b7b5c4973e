"""A network in one table, before an array exists: of an architecture, or of a Flax module."""

import functools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture._build import check_input_shape, warn_of_axes
from jaxcnn.architecture._summary_table import Summary, SummaryRow
from jaxcnn.architecture._walk import VisitedLayer, held_at_once, short_path, sources_of, walk
from jaxcnn.layers import FLOAT32_BYTES, Container, Costs, Layer, Shape, call, kind_of


def summary(
    network: Layer | nnx.Module,
    input_shape: Shape,
    *,
    batch_size: int = 1,
    dtype: DTypeLike = jnp.float32,
) -> Summary:
    """Everything about a network that can be known before an array exists.

    Of an architecture there is a row for each layer, and for each sum or concatenation: shapes,
    parameters, multiply-accumulates, memory and what it sees of the input, from the data alone.
    Nothing is traced, and no device is used.

    Memory of the activations follows a plain model, in which no layer works in place and none is
    fused with the next. In inference, a tensor lives from the layer that makes it to the last
    one that reads it: the shortcut of a Residual is held while its layers run, and what the
    branches of a Parallel made, until it is joined. Training keeps all of them, the network's
    input included, for the backward pass. A compiler may need less.

    Of a Flax module there is a row for each call of a module that holds weights or contains no
    other modules, found by tracing the network in eval mode without running it: the output's
    shape, and at its first call the parameters and the bytes of its weights. Modules that are
    never called come last.

    Args:
        network: an architecture, or any `nnx.Module` called as ``module(inputs)``.
        input_shape: of one example, with no batch axis: ``(H, W, C)``.
        batch_size: examples that all costs are for.
        dtype: of weights and activations; for a module, of the inputs.

    Returns:
        The table: `print` it, or take its `rows`, its totals, `to_markdown()`, `to_json()` or
            `to_dataframe()`.

    Raises:
        TypeError: if `network` is neither, or `batch_size` no integer, or `dtype` no dtype.
        ValueError: if `input_shape` holds no positive integers, or a layer does not fit where it
            stands; the error names the layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> table = jaxcnn.summary(net, (32, 32, 3))
        >>> table.parameters, table.macs, table.flops
        (82154, 303104, 606208)
        >>> [row.output_shape for row in table.rows]
        [(32, 32, 8), (8192,), (10,)]
    """
    shape = check_input_shape(input_shape)
    warn_of_axes(shape, stacklevel=2)
    check_int("batch_size", batch_size)
    batch_size = int(batch_size)  # NumPy's integers overflow
    kind = _checked(dtype)
    if isinstance(network, Layer):
        return summary_of_layers(network, shape, batch_size, kind.name, kind.itemsize)
    if isinstance(network, nnx.Module) and callable(network):
        return summary_of_module(network, shape, batch_size, kind)
    raise TypeError(
        "network must be a layer such as Sequential, or an nnx.Module that can be called, got "
        f"{type(network).__name__}"
    )


def _checked(dtype: DTypeLike) -> np.dtype:
    try:
        kind = jnp.dtype(dtype)
    except TypeError:
        kind = None
    # NumPy takes None for float64, and has dtypes of texts and objects, too.
    if kind is None or dtype is None or not jnp.issubdtype(kind, jnp.number):
        raise TypeError(f"dtype must be a dtype such as jnp.float32, got {dtype!r}")
    return kind


def summary_of_layers(
    architecture: Layer, input_shape: Shape, batch_size: int, dtype: str, itemsize: int
) -> Summary:
    """A row for each visit of `walk`."""
    visits = [*walk(architecture, input_shape)]
    costs = [costs_of(visit) for visit in visits]
    sources = sources_of(architecture)
    each = batch_size * itemsize
    input_bytes = each * math.prod(input_shape)
    # An index of -1 stands for the network's input, and finds it here at the end.
    made = [*(each * math.prod(visit.output_shape) for visit in visits), input_bytes]
    held = held_at_once(made[:-1], input_bytes, sources)
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
    """What the visit itself costs: nothing where a container only joins what its layers made."""
    if isinstance(visit.layer, Container):
        return Costs()
    return visit.layer.costs(visit.input_shape)


def receptive_field(visits: Sequence[VisitedLayer], input_shape: Shape) -> Shape:
    """What is seen by the last layer whose output has spatial axes.

    The layers behind it have pooled or flattened the whole picture, and so see all of it. Where
    the first layer does so, that is what counts.
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
    """A row for each call of a module that has weights of its own or no modules within."""
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
            # Taken out, so that a second call of the same weights counts none.
            own = parameters.pop(path, 0), weight_bytes.pop(path, 0)
            rows.append(SummaryRow(short_path(written), written, kinds[path], shape, *own))
    kind = kind_of(module)
    return Summary(kind, input_shape, output_shape, batch_size, dtype.name, tuple(rows))


def _trace(module: nnx.Module, inputs: jax.ShapeDtypeStruct) -> tuple[list[_Call], Shape | None]:
    """The calls of all modules within, as they end, and the shape that comes out at last."""
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
    """A subclass that notes the shape of what a call returns."""
    plain_call: Any = cls.__call__

    @functools.wraps(plain_call)
    def record(self: nnx.Module, *args: Any, **kwargs: Any) -> Any:
        outputs = plain_call(self, *args, **kwargs)
        calls.append(_Call(path, _shape_of_one(outputs)))
        return outputs

    return type(cls.__name__, (cls,), {"__call__": record, "__module__": cls.__module__})


def _shape_of_one(outputs: Any) -> Shape | None:
    """Without the batch axis; None of what is no array."""
    shape = getattr(outputs, "shape", None)
    return tuple(shape[1:]) if shape else None


def _weights(module: nnx.Module, kinds: dict[Path, str]) -> tuple[Counter, Counter]:
    """Trained numbers, and bytes of all, of each module that lies in no other one of `kinds`."""
    parameters, weight_bytes = Counter(), Counter()
    for path, variable in _variables(module):
        owner = next(path[:n] for n in range(len(path), -1, -1) if path[:n] in kinds)
        leaves = jax.tree.leaves(variable)
        weight_bytes[owner] += sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)
        if isinstance(variable, nnx.Param):
            parameters[owner] += sum(leaf.size for leaf in leaves)
    return parameters, weight_bytes


def _variables(module: nnx.Module) -> Iterator[tuple[Path, Any]]:
    """All but the state of random streams."""
    for path, variable in nnx.to_flat_state(nnx.state(module)):
        if not isinstance(variable, nnx.RngState):
            yield path, variable


def _has_inner(path: Path, kinds: dict[Path, str]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in kinds)
