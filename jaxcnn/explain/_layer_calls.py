"""Record, or replace, what the layers of a network compute, without changing the network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, NamedTuple

from flax import nnx
from jax import Array

from jaxcnn.explain._inputs import Subject
from jaxcnn.explain._layer_names import path_of

Compute = Callable[[Array], Array]
"""What a layer does to its inputs, its mode and key already given."""

Intercept = Callable[[Compute, Array], Array]
"""Called in a layer's place with what the layer does and the inputs that came; returns what goes
on to the next layer. ``lambda compute, inputs: compute(inputs)`` changes nothing."""


def intercepted(module: nnx.Module, intercepts: Mapping[str, Intercept]) -> nnx.Module:
    """A copy of a module in which some layers are called through a function.

    Args:
        module: It stays as it is; the copy shares its arrays.
        intercepts: For each path, as from `path_of`, the function that is called in its place;
            a layer that was intercepted before is what this one gets to compute.

    Returns:
        The copy, whose calls are pure again if the functions are: traced values that a function
        keeps belong to that call alone.
    """
    module = nnx.merge(*nnx.split(module))
    for path, intercept in intercepts.items():
        *parents, last = path.split(".")
        layer = getattr(_at(module, parents), last)
        if _is_intercepted(type(layer)):
            layer.intercept = _one_after_another(layer.intercept, intercept)
        else:
            layer.__class__ = _through_a_function(type(layer))
            layer.intercept = intercept
    return module


def _at(module: nnx.Module, steps: list[str]) -> Any:
    for step in steps:
        module = getattr(module, step)
    return module


def _one_after_another(inner: Intercept, outer: Intercept) -> Intercept:
    def both(compute: Compute, inputs: Array) -> Array:
        return outer(lambda inputs: inner(compute, inputs), inputs)

    return both


def _is_intercepted(kind: type[nnx.Module]) -> bool:
    return getattr(kind, "goes_through_a_function", False)


@cache
def _through_a_function(kind: type[nnx.Module]) -> type[nnx.Module]:
    """The class of a `kind` whose calls go through its attribute `intercept`.

    It is a subclass with the same signature, because calls depend on both (see `layers.call`).
    """

    @wraps(kind.__call__)
    def call(self: Any, inputs: Array, *args: Any, **kwargs: Any) -> Array:
        def compute(inputs: Array) -> Array:
            return kind.__call__(self, inputs, *args, **kwargs)

        return self.intercept(compute, inputs)

    return type(kind.__name__, (kind,), {"__call__": call, "goes_through_a_function": True})


class Call(NamedTuple):
    """What a layer read and made; of one that is called several times, the last time."""

    inputs: Array
    outputs: Array


def calls_of(
    subject: Subject, inputs: Array, paths: Iterable[str]
) -> tuple[Array, dict[str, Call]]:
    """The network's outputs, and what the layers at these paths read and made.

    Returns:
        The outputs, and the calls in their order; layers that are not called are not among them.
    """
    calls: dict[str, Call] = {}

    def keeping(path: str) -> Intercept:
        def keep(compute: Compute, inputs: Array) -> Array:
            outputs = compute(inputs)
            calls.pop(path, None)  # the order is that of the last calls
            calls[path] = Call(inputs, outputs)
            return outputs

        return keep

    module = intercepted(subject.module, {path: keeping(path) for path in paths})
    return subject._replace(module=module)(inputs), calls


def call_of(subject: Subject, inputs: Array, layer: str) -> Call:
    """What the layer called `layer` reads and makes; the errors are those of `calls_by_name`."""
    return calls_by_name(subject, inputs, [layer])[layer]


def calls_by_name(subject: Subject, inputs: Array, layers: Sequence[str]) -> dict[str, Call]:
    """What the layers of these names read and make.

    Raises:
        TypeError: If a name is no text.
        ValueError: If there is no such layer, or the network does not call it.
    """
    paths = {layer: path_of(subject.module, layer) for layer in layers}
    _, calls = calls_of(subject, inputs, paths.values())
    for layer, path in paths.items():
        if path not in calls:
            raise ValueError(f"layer {layer!r} is not called when the network computes")
    return {layer: calls[path] for layer, path in paths.items()}
