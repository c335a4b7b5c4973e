"""Architectures to JSON and back: data in, data out, no code is ever run."""

import json
import math
from collections.abc import Sequence
from dataclasses import MISSING
from typing import Any, NamedTuple

from jaxcnn.architecture._adaptive_pool import AdaptiveAvgPool
from jaxcnn.architecture._channels import ChannelShuffle, ChannelSplit, LayerScale
from jaxcnn.architecture._checks import check_layer, did_you_mean
from jaxcnn.architecture._containers import Container, Parallel, Repeat, Residual, Sequential
from jaxcnn.architecture._conv_transpose import ConvTranspose
from jaxcnn.architecture._convolution import Conv, WhiteningConv
from jaxcnn.architecture._dense import Dense, Flatten
from jaxcnn.architecture._depthwise import DepthwiseConv, SeparableConv
from jaxcnn.architecture._elementwise import Activation, Dropout, DropPath, Rescale
from jaxcnn.architecture._embedding import Embedding
from jaxcnn.architecture._layer import Layer, fields
from jaxcnn.architecture._normalization import BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm
from jaxcnn.architecture._pooling import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.architecture._squeeze_excite import SqueezeExcite

VERSION = 1
MAX_DEPTH = 32
MAX_LAYERS = 10_000
MAX_DIGITS = 18
_TOO_DEEP = f"the architecture is nested deeper than {MAX_DEPTH} containers"

LAYERS: tuple[type[Layer], ...] = (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropPath,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    SeparableConv,
    Sequential,
    SqueezeExcite,
    WhiteningConv,
)


def to_json(architecture: Layer) -> str:
    """Write an architecture as JSON text that `from_json` reads back to an equal one.

    Every argument is written, defaults too, so that a default that changes in a later version
    changes no saved network.

    Args:
        architecture: the network as data.

    Raises:
        TypeError: if `architecture` is no layer, or an argument of one is neither None, a number,
            a string, a layer nor a tuple of such; the message names its place.
        ValueError: if `from_json` would refuse the text: too many layers, or nested too deeply,
            a number that is not finite, or a class that it would not take in its `layers`.

    Example:
        >>> from_json(to_json(Conv(8, 3))) == Conv(8, 3)
        True
    """
    check_layer(architecture)
    classes: set[type[Layer]] = set()
    try:
        encoded = _encode(architecture, "architecture", classes)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    text = json.dumps({"version": VERSION, "architecture": encoded}, indent=1, allow_nan=False)
    from_json(text, tuple(classes))  # what could not be read is not written
    return text


def from_json(text: str, layers: Sequence[type[Layer]] = ()) -> Layer:
    """Read an architecture that `to_json` wrote.

    Args:
        text: the JSON text.
        layers: layer classes of the caller's own that the text may use besides jaxcnn's.

    Returns:
        The architecture, equal to the one that was written.

    Raises:
        ValueError: if the text is not such JSON; the message gives the place, as in
            ``architecture.layers[3].strides must be at least 1, got 0``. Also if one of `layers`
            has the name of another layer, or an argument called ``type``.
        TypeError: if `text` is no string, or `layers` no list of layer classes.

    Example:
        >>> from_json('{"version": 1, "architecture": {"type": "Flaten"}}')
        Traceback (most recent call last):
            ...
        ValueError: architecture: no layer is called 'Flaten'; did you mean Flatten?
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be JSON text, as from to_json, got {type(text).__name__}")
    try:
        document = json.loads(
            text,
            parse_constant=_refused_constant,
            parse_float=_float,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise ValueError(f"text must be JSON text, not a file's name: {error}") from None
    if not isinstance(document, dict) or set(document) != {"version", "architecture"}:
        raise ValueError("an architecture is a JSON object with 'version' and 'architecture'")
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise ValueError(
            f"version must be {VERSION}, got {document['version']!r:.80}; "
            "a newer jaxcnn may have written it"
        )
    decoder = _Decoder(_classes_by_name(layers))
    architecture = decoder.decode(document["architecture"], "architecture", depth=0)
    if (count := _count_layers(architecture)) > MAX_LAYERS:
        raise ValueError(
            f"architecture: more than {MAX_LAYERS} layers: {count}, each repetition counted"
        )
    return architecture


def _encode(value: Any, place: str, classes: set[type[Layer]]) -> Any:
    """`value` as JSON has it; adds the classes of its layers to `classes`."""
    if isinstance(value, Layer):
        classes.add(type(value))
        names = [f.name for f in fields(type(value)) if f.name != "name" or value.name]
        arguments = {n: _encode(getattr(value, n), f"{place}.{n}", classes) for n in names}
        return {"type": type(value).__name__, **arguments}
    if isinstance(value, tuple):
        return [_encode(entry, f"{place}[{i}]", classes) for i, entry in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place}: {value} is not a number that an architecture may hold")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{place} must be None, a number, a string, a layer or a tuple of such to be written as "
        f"JSON, got {value!r:.80}"
    )


def _classes_by_name(layers: Sequence[type[Layer]]) -> dict[str, type[Layer]]:
    """The layer classes that a text may use, each under its name."""
    if not isinstance(layers, Sequence):
        raise TypeError(f"layers must be a list of layer classes, got {layers!r}")
    classes = {cls.__name__: cls for cls in LAYERS}
    for cls in layers:
        if not (isinstance(cls, type) and issubclass(cls, Layer)):
            raise TypeError(f"layers must hold subclasses of Layer, got {cls!r}")
        if classes.setdefault(cls.__name__, cls) is not cls:
            raise ValueError(f"{cls} needs another name: there is a layer {cls.__name__} already")
        if "type" in {field.name for field in fields(cls)}:
            raise ValueError(f"{cls} needs another name for its argument 'type', which JSON takes")
    return classes


class _Decoder:
    """Turns parsed JSON into layers, counting them as it goes."""

    def __init__(self, classes: dict[str, type[Layer]]) -> None:
        self.classes, self.count = classes, 0

    def decode(self, value: Any, place: str, depth: int) -> Layer:
        _raise_refused(value, place)
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
            raise ValueError(f"{place:.80}: {_TOO_DEEP}")
        _raise_refused(value, place)
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
        hint = did_you_mean(name, self.classes) or "; pass classes of your own as layers=(...)"
        raise ValueError(f"{place}: no layer is called {name!r:.80}{hint}")


def _check_names(cls: type[Layer], document: dict[str, Any], place: str) -> None:
    known = {field.name: field for field in fields(cls)}
    unknown = sorted(set(document) - {"type", *known})
    if unknown:
        hint = did_you_mean(unknown[0], known) or f"; it has {[*known]}"
        raise ValueError(f"{place}: {cls.__name__} has no {unknown[0]!r:.80}{hint}")
    for name, field in known.items():
        is_required = field.default is MISSING and field.default_factory is MISSING
        if is_required and name not in document:
            raise ValueError(f"{place}: {cls.__name__} needs {name!r}")


class _Refused(NamedTuple):
    """What stands in the text where nothing of its kind may; the decoder says at what place."""

    reason: str


def _raise_refused(value: Any, place: str) -> None:
    if isinstance(value, _Refused):
        raise ValueError(f"{place}: {value.reason}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        return _Refused(f"a key is written twice in one object: {keys!r:.80}")
    return document


def _refused_constant(name: str) -> _Refused:
    return _Refused(f"{name} is not a number that an architecture may hold")


def _float(text: str) -> float | _Refused:
    number = float(text)
    return number if math.isfinite(number) else _Refused(f"{text:.80} is larger than any float")


def _integer(text: str) -> int | _Refused:
    # Python itself takes up to 4300 digits, and a long time for millions.
    digits = len(text.lstrip("-"))
    if digits > MAX_DIGITS:
        return _Refused(f"an integer of {digits} digits is no size that a network can have")
    return int(text)


def _count_layers(layer: Layer) -> int:
    """The layers that there are when all repetitions are written out, containers included."""
    if not isinstance(layer, Container):
        return 1
    if isinstance(layer, Repeat):
        return 1 + layer.times * _count_layers(layer.layer)
    return 1 + sum(_count_layers(link.layer) for chain in layer.chains() for link in chain)
