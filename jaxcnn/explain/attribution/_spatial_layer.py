"""The layer whose maps a class activation map is made of."""

import math

import jax
from jax import Array

from jaxcnn.architecture._walk import spoken
from jaxcnn.explain._calls import Call, calls_of
from jaxcnn.explain._layers import modules_within, path_of
from jaxcnn.explain._score import Target, Unit
from jaxcnn.explain._subject import Subject


def spatial_layer(subject: Subject, inputs: Array, target: Target, layer: str | None) -> str:
    """The path of `layer`, or of the last one before the target whose output has spatial axes.

    A map of one place, as from a pool over the whole picture, does not count as spatial.

    Raises:
        TypeError: if `layer` is no text.
        ValueError: if there is no such layer, it does not come before the target, or its output
            has no spatial axes.
    """
    end = path_of(subject.module, target.layer) if isinstance(target, Unit) else None
    shapes = _output_shapes(subject, inputs, end)
    spatial = [
        path
        for path, shape in shapes.items()
        if len(shape) == inputs.ndim and math.prod(shape[1:-1]) > 1
    ]
    if layer is None and not spatial:
        raise ValueError("the network must have a layer whose output has spatial axes, got none")
    path = spatial[-1] if layer is None else path_of(subject.module, layer)
    if path not in shapes:
        raise ValueError(f"layer must come before what is explained, got {layer!r}")
    if path not in spatial:
        raise ValueError(
            f"layer must be one whose output has spatial axes, such as {spoken(spatial[-1])!r}, "
            f"got {layer!r} with {shapes[path][1:]}"
            if spatial
            else f"the output of layer {layer!r} has no spatial axes: {shapes[path][1:]}"
        )
    return path


def _output_shapes(subject: Subject, inputs: Array, end: str | None) -> dict[str, tuple[int, ...]]:
    """The shape of each layer's output, in the order of computing, up to before `end`."""
    paths = [path for path, found in modules_within(subject.module).items() if callable(found)]
    calls: dict[str, Call] = {}
    jax.eval_shape(lambda inputs: calls.update(calls_of(subject, inputs, paths)[1]), inputs)
    shapes = {path: call.outputs.shape for path, call in calls.items()}
    before = [*shapes].index(end) if end in shapes else None
    return dict([*shapes.items()][:before])
