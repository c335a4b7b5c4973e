"""The fields of an augmentation: their checks, and their conversion to and from JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from jaxcnn._support.arguments import check_bool, did_you_mean, is_int
from jaxcnn._support.json_texts import NoJsonError, TooDeepError, parse_json
from jaxcnn.data.augmentation._crop import check_range
from jaxcnn.data.augmentation._geometric import check_affine
from jaxcnn.data.augmentation._mixing import MAX_ALPHA
from jaxcnn.data.augmentation._photometric import MAX_SIGMA
from jaxcnn.data.augmentation._pixels import check_amount
from jaxcnn.data.augmentation._rand_augment import check_rand_augment

Flip = Literal["none", "random", "alternating"]
"""How images are flipped: never, at random, or in every second epoch."""
MAX_AMOUNTS = {
    "brightness": 1,
    "contrast": 1,
    "saturation": 1,
    "hue": 0.5,
    "grayscale": 1,
    "erase": 1,
    "blur": MAX_SIGMA,
    "mixup": MAX_ALPHA,
    "cutmix": MAX_ALPHA,
}


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise TypeError or ValueError, naming the field, unless all fields make an augmentation."""
    if fields["flip"] not in get_args(Flip):
        raise ValueError(f"flip: expected one of {get_args(Flip)}, got {fields['flip']!r}")
    for name in ("shift", "cutout"):
        value = fields[name]
        if not is_int(value) or value < 0:
            raise ValueError(f"{name}: expected a whole number of pixels, got {value!r}")
    check_affine(fields["rotate"], fields["scale"], fields["shear"])
    for name, most in MAX_AMOUNTS.items():
        check_amount(name, fields[name], most)
    for name in ("vertical_flip", "quarter_turns"):
        check_bool(name, fields[name])
    if fields["resized_crop"] is not None:
        check_range("resized_crop", fields["resized_crop"], 1)
    pair = fields["rand_augment"]
    if pair is not None:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"rand_augment: expected (count, magnitude) or None, got {pair!r}")
        check_rand_augment(*pair)


def fields_to_json(fields: Mapping[str, Any], indent: int | None) -> str:
    """Write the fields of an augmentation as JSON text."""
    return json.dumps(fields, indent=indent, allow_nan=False)


def fields_from_json(text: str, names: Sequence[str]) -> dict[str, Any]:
    """Read the fields from a JSON object, or raise ValueError; the values are not checked yet."""
    try:
        fields = parse_json(text, parse_float=float, object_pairs_hook=_refuse_duplicates)
    except NoJsonError as error:
        path = text.endswith(".json")
        hint = f"; if it is a file, pass its text: Path({text!r:.80}).read_text()" * path
        raise ValueError(
            f"text: expected the JSON of an augmentation, got {text!r:.80} ({error.fault}{hint})"
        ) from None
    except TooDeepError:
        raise ValueError("text: expected one flat JSON object, got a deeply nested one") from None
    except ValueError as error:
        raise ValueError(f"text: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError(f"text: expected a JSON object, got {fields!r:.80}")
    for name in fields:
        if name not in names:
            hint = did_you_mean(name, names)
            raise ValueError(f"text: expected fields of Augmentation, got {name!r:.80}{hint}")
    if fields.get("before"):
        raise ValueError(
            f"text: expected no functions, got before={fields['before']!r:.80} (a text only names "
            "them: make the Augmentation in Python)"
        )
    for name in ("rand_augment", "resized_crop"):
        if isinstance(fields.get(name), list):
            fields[name] = tuple(fields[name])
    return fields


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError(f"expected each field once, got {[name for name, _ in pairs]!r:.80}")
    return fields
