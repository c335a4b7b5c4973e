"""Tensors in the bodies of requests and responses: JSON, raw bytes, or both.

Sources: *Open Inference Protocol*, version 2, of KServe; *Binary Tensor Data Extension* of KServe
and Triton.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from jaxcnn._support.arguments import is_int
from jaxcnn._support.json_texts import parse_json
from jaxcnn.data import Kind, check_inputs
from jaxcnn.inference import Network, check_tokens
from jaxcnn.serving._errors import RequestError

HEADER_LENGTH = "inference-header-content-length"
"""The header with the number of bytes of JSON before the raw tensors."""

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
MAX_ID = 1000
"""Characters of a request's id, which the response repeats."""


@dataclasses.dataclass(frozen=True)
class Signature:
    """Names, shapes and datatypes of a network's input and output, as the protocol has them.

    Attributes:
        kind: The kind of the inputs, which is also their name.
        input_shape: The shape of one input.
        output: The name of the output: "probabilities", or "numbers" for a regression.
        outputs: The number of classes or numbers.
        network: The network, whose vocabulary tokens are compared with.
    """

    kind: Kind
    input_shape: tuple[int, ...]
    output: str
    outputs: int
    network: Network

    @classmethod
    def of(cls, network: Network) -> "Signature":
        """Return the signature of a network."""
        output = "probabilities" if network.task.has_classes else "numbers"
        shape = network.input_shape
        return cls(network.kind, shape, output, len(network.class_names), network)

    def metadata(self) -> dict[str, Any]:
        """Return the lists of tensors in the metadata of a model; -1 is any number of examples."""
        datatype = ACCEPTED[self.kind][0]
        given = {"name": self.kind, "datatype": datatype, "shape": [-1, *self.input_shape]}
        found = {"name": self.output, "datatype": "FP32", "shape": [-1, self.outputs]}
        return {"inputs": [given], "outputs": [found]}


@dataclasses.dataclass(frozen=True)
class InferRequest:
    """A checked request.

    Attributes:
        inputs: ``(N, *input_shape)`` as uint8, float32 or int32.
        id: The client's name for the request, if it has one.
        binary: Whether the output is to be sent as raw bytes.
    """

    inputs: np.ndarray
    id: str | None = None
    binary: bool = False


def read_request(
    body: bytes, header_length: str | None, signature: Signature, max_examples: int
) -> InferRequest:
    """Read the body of an inference request.

    Args:
        body: The body.
        header_length: The header Inference-Header-Content-Length; None means that the whole body is
            JSON, and 0 that it is one tensor of the usual datatype without JSON.
        signature: What the network takes.
        max_examples: Most examples.

    Raises:
        RequestError: If the request is malformed or too large.
    """
    try:
        if header_length is None:
            return _with_json(body, memoryview(b""), signature, max_examples)
        length = _header_length(header_length, len(body))
        if length == 0:
            return _raw(body, signature, max_examples)
        return _with_json(body[:length], memoryview(body)[length:], signature, max_examples)
    except (ValueError, TypeError) as error:
        raise RequestError(400, str(error)) from None


def _header_length(text: str, size: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= size):
        raise ValueError(
            f"Inference-Header-Content-Length: expected a number from 0 to {size}, the length of "
            f"the body, got {text!r:.40}"
        )
    return int(text)


def _raw(body: bytes, signature: Signature, max_examples: int) -> InferRequest:
    """Read a body that is one tensor: the number of examples follows from its length."""
    dtype = np.dtype(DATATYPES[ACCEPTED[signature.kind][0]])
    size = math.prod(signature.input_shape) * dtype.itemsize
    if not body or len(body) % size:
        raise ValueError(
            f"{signature.kind}: expected a multiple of {size} bytes, which one input has, got "
            f"{len(body)}"
        )
    shape = (len(body) // size, *signature.input_shape)
    _check_shape(shape, signature, max_examples)
    return InferRequest(_checked(np.frombuffer(body, dtype).reshape(shape), signature))


def _with_json(
    text: bytes, raw: memoryview, signature: Signature, max_examples: int
) -> InferRequest:
    content = _object("body", _parsed(text))
    given = _only("inputs", content, signature.kind)
    shape = _shape(given)
    _check_shape(shape, signature, max_examples)
    array = _tensor(given, shape, raw, signature.kind)
    id_ = content.get("id")
    if id_ is not None and not (isinstance(id_, str) and len(id_) <= MAX_ID):
        raise ValueError(f"id: expected a text of at most {MAX_ID} characters, got {id_!r:.80}")
    return InferRequest(_checked(array, signature), id_, _wants_bytes(content, signature.output))


def _parsed(text: bytes) -> Any:
    # With Python's own functions for numbers, the parser runs in C. Infinite floats are found later.
    try:
        return parse_json(text, parse_int=int, parse_float=float)
    except ValueError as error:
        raise ValueError(f"body: {error}") from None


def _tensor(
    given: Mapping[str, Any], shape: tuple[int, ...], raw: memoryview, kind: Kind
) -> np.ndarray:
    """Return the values of an input, which are in the JSON or follow it as bytes."""
    datatype = given.get("datatype")
    if datatype not in ACCEPTED[kind]:
        expected = " or ".join(ACCEPTED[kind])
        raise ValueError(f"datatype: expected {expected}, got {datatype!r:.40}")
    dtype = np.dtype(DATATYPES[datatype])
    size = _parameters(given).get("binary_data_size")
    if size is None:
        if len(raw):
            raise ValueError(
                f"binary_data_size: expected it among the parameters of {kind}, because "
                f"{len(raw)} bytes follow the JSON, got none"
            )
        return _from_list(given.get("data"), shape, dtype)
    if "data" in given:
        raise ValueError(f"{kind}: expected either data or binary_data_size, got both")
    expected = math.prod(shape) * dtype.itemsize
    if not is_int(size) or size != expected or len(raw) != expected:
        raise ValueError(
            f"binary_data_size: expected {expected} bytes for {datatype} of shape {list(shape)}, "
            f"got {size!r:.40}, and {len(raw)} bytes after the JSON"
        )
    return np.frombuffer(raw, dtype).reshape(shape)


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


def _checked(array: np.ndarray, signature: Signature) -> np.ndarray:
    """Return inputs as the network stores them, or raise for values that it does not take."""
    array = check_inputs(array.astype(array.dtype.newbyteorder("="), copy=False), signature.kind)
    check_tokens(signature.kind, array, signature.network.architecture)
    return array


def _check_shape(shape: tuple[int, ...], signature: Signature, max_examples: int) -> None:
    if shape[1:] != signature.input_shape or not shape[0]:
        expected = ", ".join(["N", *map(str, signature.input_shape)])
        raise ValueError(f"shape: expected [{expected}] with N from 1, got {str(list(shape)):.80}")
    if shape[0] > max_examples:
        raise RequestError(
            413, f"shape: expected at most {max_examples} examples, got {shape[0]:,}"
        )


def _shape(given: Mapping[str, Any]) -> tuple[int, ...]:
    shape = given.get("shape")
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= MAX_AXES
        or not all(is_int(size) and 0 <= size < 2**63 for size in shape)
    ):
        raise ValueError(f"shape: expected a list of integers from 0, got {shape!r:.80}")
    return tuple(shape)


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: expected a JSON object, got {value!r:.40}")
    return value


def _parameters(holder: Mapping[str, Any]) -> dict[str, Any]:
    return _object("parameters", holder.get("parameters", {}))


def _only(field: str, content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the only tensor of a list, which must have a name."""
    tensors = content.get(field)
    if not isinstance(tensors, list) or len(tensors) != 1:
        got = f"{len(tensors)}" if isinstance(tensors, list) else f"{tensors!r:.40}"
        raise ValueError(f"{field}: expected a list of one tensor, {name!r}, got {got}")
    tensor = _object(field, tensors[0])
    if tensor.get("name") != name:
        raise ValueError(f"{field}: expected the name {name!r}, got {tensor.get('name')!r:.80}")
    return tensor


def _wants_bytes(content: Mapping[str, Any], output: str) -> bool:
    """Return whether the output is wanted as raw bytes."""
    wanted = _parameters(content).get("binary_data_output", False)
    if content.get("outputs"):  # an empty list asks for all outputs, too
        own = _parameters(_only("outputs", content, output))
        wanted = own.get("binary_data", wanted)
    if not isinstance(wanted, bool):
        raise ValueError(f"binary_data: expected true or false, got {wanted!r:.40}")
    return wanted


def write_response(
    outputs: np.ndarray, request: InferRequest, *, model: str, version: str, name: str
) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of the response to an inference request.

    Raises:
        RequestError: If the outputs are not finite, so that JSON cannot hold them.
    """
    if not request.binary and not np.isfinite(outputs).all():
        raise RequestError(422, f"{name}: expected finite values for these inputs, got others")
    tensor: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": [*outputs.shape]}
    content: dict[str, Any] = {"model_name": model, "model_version": version}
    if request.id is not None:
        content["id"] = request.id
    raw = b""
    if request.binary:
        raw = outputs.astype("<f4", copy=False).tobytes()
        tensor["parameters"] = {"binary_data_size": len(raw)}
    else:
        tensor["data"] = outputs.ravel().tolist()
    text = json.dumps(content | {"outputs": [tensor]}, separators=(",", ":")).encode()
    if not request.binary:
        return text, {"Content-Type": "application/json"}
    headers = {"Content-Type": "application/octet-stream", HEADER_LENGTH: str(len(text))}
    return text + raw, headers
