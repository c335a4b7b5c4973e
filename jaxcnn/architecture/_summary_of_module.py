"""The summary of a Flax module, from a trace of its call."""

import functools
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import nnx

from jaxcnn.architecture._summary_row import SummaryRow
from jaxcnn.architecture._summary_table import Summary
from jaxcnn.architecture._walk import spoken
from jaxcnn.layers import Shape, call, kind_of

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
            rows.append(SummaryRow(spoken(written), written, kinds[path], shape, *own))
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
