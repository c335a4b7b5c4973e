"""Write architectures as JSON and read them back, without running any code from the text."""

import json
import math
from collections.abc import Sequence
from typing import Any

from jaxcnn.architecture._decoder import (
    MAX_LAYERS,
    TOO_DEEP,
    Decoder,
    count_layers,
    parse,
    raise_refused,
)
from jaxcnn.layers import LAYERS, Layer, check_layer, layer_fields

VERSION = 1


def to_json(architecture: Layer) -> str:
    """Write an architecture as JSON text; `from_json` reads an equal architecture back.

    All arguments are written, including arguments that equal their defaults, so that saved networks
    stay the same when a later version changes a default.

    Args:
        architecture: The network as data.

    Returns:
        The JSON text.

    Raises:
        TypeError: If `architecture` is not a layer. Also if an argument of a layer is anything but
            None, a number, a string, a layer or a tuple of these. The message gives the path of the
            argument, such as ``architecture.layers[3].strides``.
        ValueError: If `from_json` would refuse the text. The reasons are too many layers, layers
            nested too deeply, a number that is not finite, or a custom layer class that `from_json`
            does not accept as one of its `layers`.

    Example:
        >>> from jaxcnn import Conv
        >>> from_json(to_json(Conv(8, 3))) == Conv(8, 3)
        True
    """
    check_layer(architecture)
    classes: set[type[Layer]] = set()
    try:
        encoded = _encode(architecture, "architecture", classes)
    except RecursionError:
        raise ValueError(f"architecture: {TOO_DEEP}") from None
    text = json.dumps({"version": VERSION, "architecture": encoded}, indent=1, allow_nan=False)
    from_json(text, tuple(classes))  # raises if the text could not be read back
    return text


def from_json(text: str, layers: Sequence[type[Layer]] = ()) -> Layer:
    """Read an architecture from JSON text that `to_json` wrote.

    The text may come from an untrusted source: no code in it is run, and the number of layers and
    the depth of their nesting are limited.

    Args:
        text: The JSON text.
        layers: Custom layer classes that the text may use in addition to the layers of jaxcnn.

    Returns:
        The architecture, equal to the one that was written.

    Raises:
        ValueError: If the text does not describe an architecture. The message gives the place of
            the fault, as in ``architecture.layers[3].strides: expected at least 1, got 0``. Also if
            a class in `layers` has the name of another layer, or an argument called ``type``.
        TypeError: If `text` is not a string, or `layers` is not a list of layer classes.

    Example:
        >>> from_json('{"version": 1, "architecture": {"type": "Flaten"}}')
        Traceback (most recent call last):
            ...
        ValueError: architecture: expected the name of a layer, got 'Flaten' (did you mean Flatten?)
    """
    if not isinstance(text, str):
        raise TypeError(f"text: expected JSON text, as from to_json, got {type(text).__name__}")
    document = parse(text)
    raise_refused(document, "text")
    if not isinstance(document, dict) or set(document) != {"version", "architecture"}:
        raise ValueError(
            f"text: expected a JSON object with 'version' and 'architecture', got {document!r:.80}"
        )
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise ValueError(
            f"version: expected {VERSION}, got {document['version']!r:.80} "
            "(a newer jaxcnn may have written it)"
        )
    decoder = Decoder(_classes_by_name(layers))
    architecture = decoder.decode(document["architecture"], "architecture", depth=0)
    if (count := count_layers(architecture)) > MAX_LAYERS:
        raise ValueError(
            f"architecture: expected at most {MAX_LAYERS} layers, got {count} "
            "(repetitions included)"
        )
    return architecture


def _encode(value: Any, place: str, classes: set[type[Layer]]) -> Any:
    """Return `value` in the types of JSON, and add the classes of its layers to `classes`."""
    if isinstance(value, Layer):
        classes.add(type(value))
        names = [f.name for f in layer_fields(type(value)) if f.name != "name" or value.name]
        arguments = {n: _encode(getattr(value, n), f"{place}.{n}", classes) for n in names}
        return {"type": type(value).__name__, **arguments}
    if isinstance(value, tuple):
        return [_encode(entry, f"{place}[{i}]", classes) for i, entry in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place}: expected a finite number, got {value}")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{place}: expected None, a number, a string, a layer or a tuple of these, got "
        f"{value!r:.80} (no other values can be written as JSON)"
    )


def _classes_by_name(layers: Sequence[type[Layer]]) -> dict[str, type[Layer]]:
    """Return the layer classes that a text may use, by name."""
    if not isinstance(layers, Sequence):
        raise TypeError(f"layers: expected a list of layer classes, got {layers!r}")
    classes = {cls.__name__: cls for cls in LAYERS}
    for cls in layers:
        if not (isinstance(cls, type) and issubclass(cls, Layer)):
            raise TypeError(f"layers: expected subclasses of Layer, got {cls!r}")
        if classes.setdefault(cls.__name__, cls) is not cls:
            raise ValueError(
                f"layers: expected distinct names, got {cls} (there is a layer {cls.__name__} "
                "already)"
            )
        if "type" in {field.name for field in layer_fields(cls)}:
            raise ValueError(
                f"layers: expected classes without an argument 'type', got {cls} (in JSON, 'type' "
                "is the class)"
            )
    return classes
