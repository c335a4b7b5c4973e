"""Turn JSON into layers; errors give the place in the text."""

import math
from dataclasses import MISSING
from typing import Any, NamedTuple

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.json_texts import NoJsonError, TooDeepError, parse_json
from jaxcnn.layers import Container, Layer, Repeat, layer_fields

MAX_DEPTH = 32
MAX_LAYERS = 10_000
MAX_DIGITS = 18
TOO_DEEP = f"expected at most {MAX_DEPTH} nested containers, got more"


def parse(text: str) -> Any:
    """Parse JSON text to dictionaries, lists, numbers and strings.

    Values that are not allowed in an architecture are parsed too: `Decoder` refuses them, because
    it knows their place.

    Raises:
        ValueError: If the text is not JSON, or is nested too deeply.
    """
    try:
        return parse_json(
            text,
            parse_constant=_refused_constant,
            parse_float=_float,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except TooDeepError:
        raise ValueError(f"text: {TOO_DEEP}") from None
    except NoJsonError as error:
        raise ValueError(
            f"text: expected JSON text, got {text[:80]!r} ({error.fault}; pass the content of a "
            "file, not its name)"
        ) from None
    except ValueError as error:
        raise ValueError(f"text: {error}") from None


class Decoder:
    """Turns parsed JSON into layers, and counts them against the limit."""

    def __init__(self, classes: dict[str, type[Layer]]) -> None:
        self.classes, self.count = classes, 0

    def decode(self, value: Any, place: str, depth: int) -> Layer:
        raise_refused(value, place)
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
        except (TypeError, ValueError) as error:  # the message begins with the argument's name
            raise ValueError(f"{place}.{error!s:.400}") from None

    def _argument(self, value: Any, place: str, depth: int) -> Any:
        if depth > 2 * MAX_DEPTH:  # a container and its list of layers are two levels
            raise ValueError(f"{place:.80}: {TOO_DEEP}")
        raise_refused(value, place)
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
            raise ValueError(f"{place}: expected at most {MAX_LAYERS} layers, got more")

    def _layer_class(self, name: str, place: str) -> type[Layer]:
        if name in self.classes:
            return self.classes[name]
        hint = did_you_mean(name, self.classes) or " (pass custom classes as layers=(...))"
        raise ValueError(f"{place}: expected the name of a layer, got {name!r:.80}{hint}")


def _check_names(cls: type[Layer], document: dict[str, Any], place: str) -> None:
    known = {field.name: field for field in layer_fields(cls)}
    unknown = sorted(set(document) - {"type", *known})
    if unknown:
        hint = did_you_mean(unknown[0], known) or f" (it has {', '.join(known)})"
        raise ValueError(
            f"{place}: expected arguments of {cls.__name__}, got {unknown[0]!r:.80}{hint}"
        )
    for name, field in known.items():
        is_required = field.default is MISSING and field.default_factory is MISSING
        if is_required and name not in document:
            raise ValueError(f"{place}: expected {name!r} for {cls.__name__}, got no such key")


class _Refused(NamedTuple):
    """A value that is not allowed in an architecture; the decoder's error adds its place."""

    reason: str


def raise_refused(value: Any, place: str) -> None:
    if isinstance(value, _Refused):
        raise ValueError(f"{place}: {value.reason}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        return _Refused(f"expected each key once per object, got {keys!r:.80}")
    return document


def _refused_constant(name: str) -> _Refused:
    return _Refused(f"expected a finite number, got {name}")


def _float(text: str) -> float | _Refused:
    number = float(text)
    return (
        number
        if math.isfinite(number)
        else _Refused(f"expected a number in the range of floats, got {text:.80}")
    )


def _integer(text: str) -> int | _Refused:
    # Python accepts up to 4300 digits, and takes a long time for millions.
    digits = len(text.lstrip("-"))
    if digits > MAX_DIGITS:
        return _Refused(f"expected an integer of at most {MAX_DIGITS} digits, got {digits} digits")
    return int(text)


def count_layers(layer: Layer) -> int:
    """Count all layers with every repetition, containers included."""
    if not isinstance(layer, Container):
        return 1
    if isinstance(layer, Repeat):
        return 1 + layer.times * count_layers(layer.layer)
    return 1 + sum(count_layers(link.layer) for chain in layer.chains() for link in chain)
