"""Pictures of any size, resized and cropped inside an ONNX graph as a network expects them."""

import dataclasses
from typing import Any

from jaxcnn.data import Preprocessing
from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.inference import Network

MODES: dict[str, dict[str, Any]] = {
    "bilinear": {"mode": "linear", "antialias": 1},
    "bicubic": {"mode": "cubic", "antialias": 1, "cubic_coeff_a": -0.5},
}
"""Pillow's filters that ONNX has, as attributes of its `Resize`."""

CROPS = ("center", "squash")
"""The crop modes that a graph computes."""


def check_resize(network: Network) -> None:
    """Raise ValueError unless a graph can resize pictures as a network expects them."""
    how = network.preprocessing or Preprocessing()
    if network.kind != "images":
        raise ValueError(f"resize: expected False for a network of {network.kind}, got True")
    for found, known in ((how.interpolation, MODES), (how.crop_mode, CROPS)):
        if found not in known:
            raise ValueError(
                f"resize: expected False for a preprocessing with {found!r}, got True (ONNX has "
                f"{', '.join(known)}; resize pictures before, as the written predictor does)"
            )


def resized(network: Network, value: Value, scope: Scope) -> Value:
    """Resize and crop pictures to the input of a network.

    Without a `preprocessing`, they are cropped to the proportions of the input first and then
    resized. As many whole pixels are cut off at one end as at the other. Pillow cuts off parts of
    pixels, too, so that its pictures differ at the edges by up to half a pixel of the original.

    Args:
        network: The network.
        value: The pictures, uint8 with the channels first, of any height and width.
        scope: The place of the nodes.
    """
    how, target = network.preprocessing, network.input_shape[:2]
    wanted, size = scope.integers("target", *target), scope.node("Shape", value.name, start=2)
    if how is None:
        name = _of_proportions(value.name, size, target, scope)
        name = _resize(name, wanted, Preprocessing(), scope)
    else:
        larger = _resized_size(size, target, how, scope)
        name = _cropped(_resize(value.name, larger, how, scope), larger, wanted, scope)
    return Value(name, network.input_shape, channels_last=False)


# Sizes are int64 arrays of a height and a width in the graph.


def _resize(name: str, size: str, how: Preprocessing, scope: Scope) -> str:
    # Not with the attribute `axes`, which ONNX Runtime forgets where it moves the transposition.
    sizes = scope.node("Concat", scope.node("Shape", name, end=2), size, axis=0)
    return scope.node("Resize", name, "", "", sizes, **MODES[how.interpolation])


def _cropped(name: str, size: str, target: str, scope: Scope) -> str:
    """Cut the middle out of pictures; halves are rounded to even, as in Python."""
    free = scope.node("Sub", size, target)
    start = _quotient(free, scope.integers("two", 2), scope)
    end = scope.node("Add", start, target)
    return scope.node("Slice", name, start, end, scope.integers("axes", 2, 3))


def _of_proportions(name: str, size: str, target: tuple[int, ...], scope: Scope) -> str:
    """Cut both ends off the longer side of pictures, so that they get the target's proportions."""
    own, others = scope.integers("target", *target), scope.integers("swapped", *target[::-1])
    other = scope.node("Gather", size, scope.integers("swap", 1, 0))
    products = scope.node("Mul", size, others), scope.node("Mul", other, own)
    two, one = scope.integers("two", 2), scope.integers("one", 1)
    margin = _quotient(scope.node("Sub", *products), scope.node("Mul", others, two), scope)
    margin = scope.node("Max", margin, scope.integers("zero", 0))
    largest = scope.node("Div", scope.node("Sub", size, one), two)  # which leaves a pixel
    margin = scope.node("Min", margin, largest)
    end = scope.node("Sub", size, margin)
    return scope.node("Slice", name, margin, end, scope.integers("axes", 2, 3))


def _resized_size(size: str, target: tuple[int, ...], how: Preprocessing, scope: Scope) -> str:
    """Return `Preprocessing.resized_size` of pictures."""
    squashed = dataclasses.replace(how, crop_mode="squash").resized_size((1, 1), target)
    scaled = scope.integers("scaled", *squashed)
    if how.crop_mode == "squash":
        return scaled
    if squashed[0] == squashed[1]:  # integers are divided without their fractions
        shorter = scope.node("ReduceMin", size, keepdims=1)
        return scope.node("Div", scope.node("Mul", size, scaled), shorter)
    double = scope.graph.onnx.TensorProto.DOUBLE
    sides = scope.node("Cast", size, to=double)
    ratios = scope.node("Div", sides, scope.node("Cast", scaled, to=double))
    larger = _rounded(scope.node("Div", sides, scope.node("ReduceMin", ratios, keepdims=1)), scope)
    return scope.node("Max", larger, scope.integers("one", 1))


def _quotient(numerator: str, divisor: str, scope: Scope) -> str:
    """Divide integers, and round the result."""
    double = scope.graph.onnx.TensorProto.DOUBLE
    parts = [scope.node("Cast", part, to=double) for part in (numerator, divisor)]
    return _rounded(scope.node("Div", *parts), scope)


def _rounded(number: str, scope: Scope) -> str:
    """Round float64 to int64; halves to even, as Python does."""
    return scope.node("Cast", scope.node("Round", number), to=scope.graph.onnx.TensorProto.INT64)
