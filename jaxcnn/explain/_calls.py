"""What the layers of a network read and make while it computes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jax import Array

from jaxcnn.explain._intercept import Compute, Intercept, intercepted
from jaxcnn.explain._layers import path_of
from jaxcnn.explain._subject import Subject


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
        TypeError: if a name is no text.
        ValueError: if there is no such layer, or the network does not call it.
    """
    paths = {layer: path_of(subject.module, layer) for layer in layers}
    _, calls = calls_of(subject, inputs, paths.values())
    for layer, path in paths.items():
        if path not in calls:
            raise ValueError(f"layer {layer!r} is not called when the network computes")
    return {layer: calls[path] for layer, path in paths.items()}
