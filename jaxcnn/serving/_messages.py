"""Requests for inference and their responses: JSON, raw bytes, or JSON with raw bytes after it.

Sources: *Open Inference Protocol*, version 2, of KServe; *Binary Tensor Data Extension* of KServe
and Triton.
"""

import dataclasses
import functools
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from jaxcnn._support.json_texts import parse_json
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._tensors import (
    ACCEPTED,
    DATATYPES,
    Signature,
    TensorHead,
    as_object,
    check_shape,
    checked,
    parameters_of,
    read_head,
    read_values,
)

HEADER_LENGTH = "inference-header-content-length"
"""The header with the number of bytes of JSON before the raw tensors."""

MAX_CACHED = 1000
"""Bytes of JSON, read once for all requests that have the same."""

MAX_ID = 1000
"""Characters of a request's id, which the response repeats."""


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


class RequestReader:
    """A reader of inference requests to one network.

    Args:
        signature: What the network takes.
        max_examples: Most examples of a request.
    """

    def __init__(self, signature: Signature, max_examples: int) -> None:
        self._signature, self._max_examples = signature, max_examples
        # Most clients send the same JSON before their raw bytes again and again.
        self._cached_head = functools.lru_cache(maxsize=256)(self._parsed_head)

    def read(self, body: bytes, header_length: str | None) -> InferRequest:
        """Read the body of a request.

        Args:
            body: The body.
            header_length: The header Inference-Header-Content-Length; None means that the whole
                body is JSON, and 0 that it is one tensor of the usual datatype without JSON.

        Raises:
            RequestError: If the request is malformed or too large.
        """
        try:
            length = json_length(header_length, len(body))
            if header_length is not None and length == 0:
                return self._raw(body)
            return self._with_json(body[:length], memoryview(body)[length:])
        except (ValueError, TypeError) as error:
            raise RequestError(400, str(error)) from None

    def _raw(self, body: bytes) -> InferRequest:
        """Read a body that is one tensor: the number of examples follows from its length."""
        signature = self._signature
        dtype = np.dtype(DATATYPES[ACCEPTED[signature.kind][0]])
        size = math.prod(signature.input_shape) * dtype.itemsize
        if not body or len(body) % size:
            raise ValueError(
                f"{signature.kind}: expected a multiple of {size} bytes, which one input has, got "
                f"{len(body)}"
            )
        shape = (len(body) // size, *signature.input_shape)
        check_shape(shape, signature, self._max_examples)
        return InferRequest(checked(np.frombuffer(body, dtype).reshape(shape), signature))

    def _with_json(self, text: bytes, raw: memoryview) -> InferRequest:
        data = None
        if len(raw) and len(text) <= MAX_CACHED:
            head = self._cached_head(text)
        else:
            content = _parsed(text)
            head = self._head(content)
            data = content["inputs"][0].get("data")
        array = checked(read_values(head.tensor, data, raw), self._signature)
        return InferRequest(array, head.id, head.binary)

    def _parsed_head(self, text: bytes) -> "_Head":
        return self._head(_parsed(text))

    def _head(self, content: Any) -> "_Head":
        given = _only("inputs", as_object("body", content), self._signature.kind)
        tensor = read_head(given, self._signature, self._max_examples)
        id_ = content.get("id")
        if id_ is not None and not (isinstance(id_, str) and len(id_) <= MAX_ID):
            raise ValueError(f"id: expected a text of at most {MAX_ID} characters, got {id_!r:.80}")
        return _Head(tensor, id_, _wants_bytes(content, self._signature.output))


class _Head(NamedTuple):
    """A request without the values of its tensor."""

    tensor: TensorHead
    id: str | None
    binary: bool


def json_length(header_length: str | None, size: int) -> int:
    """Return the number of bytes of JSON in a body, before its raw tensors.

    Args:
        header_length: The header Inference-Header-Content-Length, if there is one.
        size: The length of the body.

    Raises:
        RequestError: If the header is not a number up to the length of the body.
    """
    if header_length is None:
        return size
    is_number = header_length.isascii() and header_length.isdigit() and len(header_length) < 20
    if not is_number or int(header_length) > size:
        raise RequestError(
            400,
            f"Inference-Header-Content-Length: expected a number from 0 to {size}, the length of "
            f"the body, got {header_length!r:.40}",
        )
    return int(header_length)


def _parsed(text: bytes) -> Any:
    # With Python's own functions for numbers, the parser runs in C. Infinite floats are refused
    # when the values are checked.
    try:
        return parse_json(text, parse_int=int, parse_float=float)
    except ValueError as error:
        is_raw = text[:1] not in (b"{", b"[", b" ", b"\n")
        hint = " (for raw bytes send Inference-Header-Content-Length: 0)" if is_raw else ""
        raise ValueError(f"body: {error}{hint}") from None


def _only(field: str, content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the only tensor of a list, which must have a name."""
    tensors = content.get(field)
    if not isinstance(tensors, list) or len(tensors) != 1:
        got = f"{len(tensors)}" if isinstance(tensors, list) else f"{tensors!r:.40}"
        raise ValueError(f"{field}: expected a list of one tensor, {name!r}, got {got}")
    tensor = as_object(field, tensors[0])
    if tensor.get("name") != name:
        raise ValueError(f"{field}: expected the name {name!r}, got {tensor.get('name')!r:.80}")
    return tensor


def _wants_bytes(content: Mapping[str, Any], output: str) -> bool:
    """Return whether the output is wanted as raw bytes."""
    wanted = parameters_of(content).get("binary_data_output", False)
    if content.get("outputs"):  # an empty list asks for all outputs, too
        own = parameters_of(_only("outputs", content, output))
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
    if not request.binary:
        check_finite(outputs, name)
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


def check_finite(outputs: np.ndarray, name: str) -> None:
    """Raise RequestError if JSON cannot hold the outputs, as for inputs that overflow."""
    if not np.isfinite(outputs).all():
        raise RequestError(422, f"{name}: expected finite values for these inputs, got others")
