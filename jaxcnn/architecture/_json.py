"""Architectures to JSON and back: data in, data out, no code is ever run."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import MISSING
from difflib import get_close_matches
from typing import Any

from jaxcnn.architecture._containers import Residual, Sequential
from jaxcnn.architecture._convolution import Conv, WhiteningConv
from jaxcnn.architecture._dense import Dense, Flatten
from jaxcnn.architecture._elementwise import Activation, BatchNorm, Dropout, Rescale
from jaxcnn.architecture._layer import Layer
from jaxcnn.architecture._pooling import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool

VERSION = 1
MAX_DEPTH = 32
MAX_LAYERS = 10_000

LAYERS: tuple[type[Layer], ...] = (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Rescale,
    Residual,
    Sequential,
    WhiteningConv,
)


def to_json(architecture: Layer) -> str:
    """Write an architecture as JSON text that `from_json` reads back to an equal one.

    Every argument is written, defaults too, so that a default that changes in a later version
    changes no saved network.

    Args:
        architecture: the network as data.

    Example:
        >>> from_json(to_json(Conv(8, 3))) == Conv(8, 3)
        True
    """
    document = {"version": VERSION, "architecture": _encode(architecture)}
    return json.dumps(document, indent=1, allow_nan=False)


def from_json(text: str, layers: Sequence[type[Layer]] = ()) -> Layer:
    """Read an architecture that `to_json` wrote.

    Args:
        text: the JSON text.
        layers: layer classes of the caller's own that the text may use besides jaxcnn's.

    Returns:
        The architecture, equal to the one that was written.

    Raises:
        ValueError: if the text is not such JSON; the message gives the place, as in
            ``architecture.layers[3].strides must be at least 1, got 0``.

    Example:
        >>> from_json('{"version": 1, "architecture": {"type": "Flaten"}}')
        Traceback (most recent call last):
            ...
        ValueError: architecture: no layer is called 'Flaten'; did you mean Flatten?
    """
    try:
        document = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates
        )
    except RecursionError:
        raise ValueError(f"the JSON is nested deeper than {MAX_DEPTH} containers") from None
    if not isinstance(document, dict) or set(document) != {"version", "architecture"}:
        raise ValueError("an architecture is a JSON object with 'version' and 'architecture'")
    if document["version"] != VERSION:
        raise ValueError(
            f"version must be {VERSION}, got {document['version']!r:.80}; "
            "a newer jaxcnn may have written it"
        )
    classes = {cls.__name__: cls for cls in (*LAYERS, *layers)}
    return _Decoder(classes).decode(document["architecture"], "architecture", depth=0)


def _encode(value: Any) -> Any:
    if isinstance(value, Layer):
        fields = {f.name: _encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_encode(entry) for entry in value]
    return value


class _Decoder:
    """Turns parsed JSON into layers, counting them as it goes."""

    def __init__(self, classes: dict[str, type[Layer]]) -> None:
        self.classes, self.count = classes, 0

    def decode(self, value: Any, place: str, depth: int) -> Layer:
        if not isinstance(value, dict) or not isinstance(value.get("type"), str):
            raise ValueError(f"{place}: expected an object with a 'type', got {value!r:.80}")
        self._count(place)
        cls = self._layer_class(value["type"], place)
        _check_names(cls, value, place)
        arguments = {
            name: self._argument(argument, f"{place}.{name}", depth)
            for name, argument in value.items()
            if name != "type"
        }
        try:
            return cls(**arguments)
        except (TypeError, ValueError) as error:  # they begin with the argument's name
            raise ValueError(f"{place}.{error}") from None

    def _argument(self, value: Any, place: str, depth: int) -> Any:
        if depth > 2 * MAX_DEPTH:  # a container and its list of layers are two steps down
            raise ValueError(f"{place:.80}: nested deeper than {MAX_DEPTH} containers")
        if isinstance(value, dict):
            return self.decode(value, place, depth + 1)
        if isinstance(value, list):
            return tuple(
                self._argument(entry, f"{place}[{index}]", depth + 1)
                for index, entry in enumerate(value)
            )
        return value

    def _count(self, place: str) -> None:
        self.count += 1
        if self.count > MAX_LAYERS:
            raise ValueError(f"{place}: more than {MAX_LAYERS} layers")

    def _layer_class(self, name: str, place: str) -> type[Layer]:
        if name in self.classes:
            return self.classes[name]
        near = get_close_matches(name, self.classes, n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"{place}: no layer is called {name!r:.80}{hint}")


def _check_names(cls: type[Layer], document: dict[str, Any], place: str) -> None:
    fields = {f.name: f for f in dataclasses.fields(cls)}
    unknown = sorted(set(document) - {"type", *fields})
    if unknown:
        raise ValueError(f"{place}: {cls.__name__} has no {unknown[0]!r:.80}; it has {[*fields]}")
    for name, field in fields.items():
        is_required = field.default is MISSING and field.default_factory is MISSING
        if is_required and name not in document:
            raise ValueError(f"{place}: {cls.__name__} needs {name!r}")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError(f"a key is written twice in one object: {[key for key, _ in pairs]!r:.80}")
    return document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that an architecture may hold")
