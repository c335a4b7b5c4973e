"""Record or replace the computations of a network's layers, without changing the network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, NamedTuple

from flax import nnx
from jax import Array

from jaxcnn.explain._inputs import Subject
from jaxcnn.explain._layer_names import path_of

Compute = Callable[[Array], Array]
"""A layer's own computation, from inputs to outputs; its mode and key are already bound."""

Intercept = Callable[[Compute, Array], Array]
"""A function that is called in place of a layer, with the layer's own computation and its inputs.
It returns the inputs of the next layer: ``lambda compute, inputs: compute(inputs)`` changes
nothing."""


def intercept_layers(module: nnx.Module, intercepts: Mapping[str, Intercept]) -> nnx.Module:
    """Copy a module so that some of its layers are called through a function.

    Args:
        module: Not changed; the copy shares its arrays.
        intercepts: For each path, as from `path_of`, the function to call in place of the layer. In
            a layer that was intercepted before, it wraps the earlier function.

    Returns:
        The copy. Its calls are pure if the functions are pure: traced values that a function stores
        belong to one call alone.
    """
    module = nnx.merge(*nnx.split(module))
    for path, intercept in intercepts.items():
        *parents, last = path.split(".")
        layer = getattr(_submodule(module, parents), last)
        if _is_intercepted(type(layer)):
            layer.intercept = _compose(layer.intercept, intercept)
        else:
            layer.__class__ = _intercepting_subclass(type(layer))
            layer.intercept = intercept
    return module


def _submodule(module: nnx.Module, steps: list[str]) -> Any:
    for step in steps:
        module = getattr(module, step)
    return module


def _compose(inner: Intercept, outer: Intercept) -> Intercept:
    def both(compute: Compute, inputs: Array) -> Array:
        return outer(lambda inputs: inner(compute, inputs), inputs)

    return both


def _is_intercepted(kind: type[nnx.Module]) -> bool:
    return getattr(kind, "is_intercepting", False)


@cache
def _intercepting_subclass(kind: type[nnx.Module]) -> type[nnx.Module]:
    """Return a subclass of `kind` whose calls go through its attribute `intercept`.

    The subclass keeps the name and the signature, because calls depend on both (see `layers.call`).
    """

    @wraps(kind.__call__)
    def call(self: Any, inputs: Array, *args: Any, **kwargs: Any) -> Array:
        def compute(inputs: Array) -> Array:
            return kind.__call__(self, inputs, *args, **kwargs)

        return self.intercept(compute, inputs)

    return type(kind.__name__, (kind,), {"__call__": call, "is_intercepting": True})


class Call(NamedTuple):
    """The inputs and outputs of a layer; of its last call, if there are several."""

    inputs: Array
    outputs: Array


def record_calls(
    subject: Subject, inputs: Array, paths: Iterable[str]
) -> tuple[Array, dict[str, Call]]:
    """Compute the network's outputs, and the inputs and outputs of the layers at these paths.

    Returns:
        The outputs, and the calls in their order. Layers that are not called are left out.
    """
    calls: dict[str, Call] = {}

    def recording(path: str) -> Intercept:
        def record(compute: Compute, inputs: Array) -> Array:
            outputs = compute(inputs)
            calls.pop(path, None)  # the order is that of the last calls
            calls[path] = Call(inputs, outputs)
            return outputs

        return record

    module = intercept_layers(subject.module, {path: recording(path) for path in paths})
    return subject._replace(module=module)(inputs), calls


def record_call(subject: Subject, inputs: Array, layer: str) -> Call:
    """Return the inputs and outputs of one layer, given its name.

    Raises:
        TypeError: If the name is not a string.
        ValueError: If there is no such layer, or the network does not call it.
    """
    return record_calls_by_name(subject, inputs, [layer])[layer]


def record_calls_by_name(subject: Subject, inputs: Array, layers: Sequence[str]) -> dict[str, Call]:
    """Return the inputs and outputs of layers, given their names.

    Raises:
        TypeError: If a name is not a string.
        ValueError: If there is no such layer, or the network does not call it.
    """
    paths = {layer: path_of(subject.module, layer) for layer in layers}
    _, calls = record_calls(subject, inputs, paths.values())
    for layer, path in paths.items():
        if path not in calls:
            raise ValueError(
                f"layer: expected one that the network calls, got {layer!r}, which it does not call"
            )
    return {layer: calls[path] for layer, path in paths.items()}
