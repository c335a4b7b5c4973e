"""Tensors of the Open Inference Protocol: datatypes, shapes and values, checked."""

import dataclasses
import math
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from jaxcnn.data import Kind, check_inputs
from jaxcnn.inference import Network, check_vocabulary, vocabulary_size
from jaxcnn.serving._errors import RequestError

DATATYPES = {
    "UINT8": "u1",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP32": "<f4",
    "FP64": "<f8",
}
"""The protocol's names of datatypes that a network can take, with NumPy's."""

ACCEPTED = {
    "images": ("UINT8", "FP32", "FP64"),
    "signals": ("FP32", "FP64", "UINT8"),
    "volumes": ("FP32", "FP64", "UINT8"),
    "tokens": ("INT32", "INT64"),
}
"""The datatypes of each kind of input; metadata name the first."""

MAX_AXES = 16


@dataclasses.dataclass(frozen=True)
class Signature:
    """Names, shapes and datatypes of a network's input and output, as the protocol has them.

    Attributes:
        kind: The kind of the inputs, which is also their name.
        input_shape: The shape of one input.
        output: The name of the output: "probabilities", or "numbers" for a regression.
        outputs: The number of classes or numbers.
        vocabulary: The number of tokens that the network knows; None for other kinds, and if it is
            not known.
    """

    kind: Kind
    input_shape: tuple[int, ...]
    output: str
    outputs: int
    vocabulary: int | None

    @classmethod
    def of(cls, network: Network) -> "Signature":
        """Return the signature of a network."""
        output = "probabilities" if network.task.has_classes else "numbers"
        shape, architecture, vocabulary = network.input_shape, network.architecture, None
        if network.kind == "tokens" and architecture is not None:
            vocabulary = vocabulary_size(architecture, shape)
        return cls(network.kind, shape, output, len(network.class_names), vocabulary)

    def metadata(self) -> dict[str, Any]:
        """Return the lists of tensors in the metadata of a model; -1 is any number of examples."""
        datatype = ACCEPTED[self.kind][0]
        given = {"name": self.kind, "datatype": datatype, "shape": [-1, *self.input_shape]}
        found = {"name": self.output, "datatype": "FP32", "shape": [-1, self.outputs]}
        return {"inputs": [given], "outputs": [found]}


class TensorHead(NamedTuple):
    """The description of a tensor in a request, without its values.

    Attributes:
        shape: The shape.
        datatype: The datatype, one of those that the network takes.
        size: The number of bytes that follow the JSON; None if the values are in the JSON.
        has_data: Whether the JSON has values.
    """

    shape: tuple[int, ...]
    datatype: str
    size: int | None
    has_data: bool


def read_head(given: Mapping[str, Any], signature: Signature, max_examples: int) -> TensorHead:
    """Read the description of the input of a request.

    Args:
        given: The input as JSON.
        signature: What the network takes.
        max_examples: Most examples.

    Raises:
        ValueError: If it does not fit the network.
        RequestError: If there are too many examples.
    """
    shape = _read_shape(given)
    check_shape(shape, signature, max_examples)
    datatype, accepted = given.get("datatype"), ACCEPTED[signature.kind]
    if not isinstance(datatype, str) or datatype not in accepted:
        raise ValueError(f"datatype: expected {' or '.join(accepted)}, got {datatype!r:.40}")
    size = parameters_of(given).get("binary_data_size")
    expected = math.prod(shape) * np.dtype(DATATYPES[datatype]).itemsize
    if size is not None and (type(size) is not int or size != expected):
        raise ValueError(
            f"binary_data_size: expected {expected} bytes for {datatype} of shape {[*shape]}, got "
            f"{size!r:.40}"
        )
    return TensorHead(shape, datatype, size, "data" in given)


def read_values(head: TensorHead, data: Any, raw: memoryview) -> np.ndarray:
    """Return the values of an input, which are in the JSON or follow it as bytes.

    Args:
        head: The description of the input.
        data: The values in the JSON, if there are any.
        raw: The bytes after the JSON.

    Raises:
        ValueError: If the values do not fit the description.
    """
    dtype = np.dtype(DATATYPES[head.datatype])
    if head.size is None:
        if len(raw):
            raise ValueError(
                f"binary_data_size: expected it among the parameters of the input, because "
                f"{len(raw)} bytes follow the JSON, got none"
            )
        return _from_list(data, head.shape, dtype)
    if head.has_data:
        raise ValueError("inputs: expected either data or binary_data_size, got both")
    if len(raw) != head.size:
        raise ValueError(
            f"binary_data_size: expected as many bytes after the JSON, {head.size}, got {len(raw)}"
        )
    return np.frombuffer(raw, dtype).reshape(head.shape)


def _from_list(data: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return the numbers of a flat or nested list, in row-major order."""
    if not isinstance(data, list):
        raise ValueError(f"data: expected a list of numbers, got {data!r:.40}")
    flat = data
    for _ in range(MAX_AXES):
        if not (flat and isinstance(flat[0], list)):
            break
        if {*map(type, flat)} != {list}:
            raise ValueError("data: expected lists of one depth, got several")
        flat = [*chain.from_iterable(flat)]
    kinds = {int} if dtype.kind in "ui" else {int, float}
    if others := {*map(type, flat)} - kinds:
        expected = "integers" if dtype.kind in "ui" else "numbers"
        got = ", ".join(sorted(each.__name__ for each in others))
        raise ValueError(f"data: expected {expected}, got values of type {got}")
    if len(flat) != math.prod(shape):
        expected = math.prod(shape)
        raise ValueError(f"data: expected {expected} numbers for {list(shape)}, got {len(flat)}")
    try:
        with np.errstate(over="ignore"):  # infinite values are refused later
            array = np.frombuffer(bytes(flat), "u1") if dtype == np.uint8 else np.array(flat, dtype)
    except (OverflowError, ValueError):
        raise ValueError(f"data: expected numbers in the range of {dtype}, got others") from None
    return array.reshape(shape)


def checked(array: np.ndarray, signature: Signature) -> np.ndarray:
    """Return inputs as the network stores them.

    Raises:
        ValueError: If the network does not take a value.
    """
    if signature.kind == "images" and array.dtype == np.uint8:
        return array  # all values are pixels
    array = check_inputs(array.astype(array.dtype.newbyteorder("="), copy=False), signature.kind)
    if signature.vocabulary is not None:
        check_vocabulary(signature.kind, array, signature.vocabulary)
    return array


def check_shape(shape: tuple[int, ...], signature: Signature, max_examples: int) -> None:
    """Raise unless this is the shape of at least one and not too many inputs.

    Raises:
        ValueError: If it is the shape of something else.
        RequestError: If there are too many.
    """
    if shape[1:] != signature.input_shape or not shape[0]:
        expected = ", ".join(["N", *map(str, signature.input_shape)])
        raise ValueError(f"shape: expected [{expected}] with N from 1, got {list(shape)!s:.80}")
    if shape[0] > max_examples:
        raise RequestError(
            413, f"shape: expected at most {max_examples} examples, got {shape[0]:,}"
        )


def _read_shape(given: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the shape of a tensor of a request, or raise ValueError if it has none."""
    shape = given.get("shape")
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= MAX_AXES
        or not all(type(size) is int and 0 <= size < 2**63 for size in shape)
    ):
        raise ValueError(f"shape: expected a list of integers from 0, got {shape!r:.80}")
    return tuple(shape)


def as_object(name: str, value: Any) -> dict[str, Any]:
    """Return a JSON object, or raise ValueError if it is another value."""
    if not isinstance(value, dict):
        raise ValueError(f"{name}: expected a JSON object, got {value!r:.40}")
    return value


def parameters_of(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request or a tensor, which are optional."""
    return as_object("parameters", holder.get("parameters", {}))
