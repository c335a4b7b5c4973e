"""``config.json`` of timm's repositories: which network the weights are for, and what it takes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from jaxcnn._support.arguments import is_int, is_number
from jaxcnn._support.json_texts import parse_json, read_text
from jaxcnn._support.names import as_names
from jaxcnn.data import CropMode, Interpolation, Preprocessing, imagenet_classes
from jaxcnn.hub._repository import MAX_CONFIG_BYTES
from jaxcnn.inference import Normalization

_MAX_SIDE = 4096
_IMAGENET_TAG = re.compile(r"(.*_)?in1k(_\d+)?")
"""Tags of weights for ImageNet's 1,000 classes, perhaps with an image size at the end."""

_MISSING = object()


class Config(NamedTuple):
    """The content of ``config.json``.

    Attributes:
        architecture: Name of timm's architecture, such as ``"resnet50"``.
        input_shape: Shape of one image, ``(H, W, C)``.
        class_names: One name per class.
        normalization: The normalization that the weights were trained with.
        preprocessing: How a picture becomes an image of `input_shape`.
    """

    architecture: str
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    normalization: Normalization
    preprocessing: Preprocessing


def read_config(path: Path) -> Config:
    """Read ``config.json``, as timm writes it.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not such a file, or it describes what jaxcnn does not compute; the
            message names the file and the entry.
    """
    text = read_text(path, MAX_CONFIG_BYTES)
    try:
        content = parse_json(text)
        if not isinstance(content, dict):
            raise ValueError(f"expected a JSON object, got {content!r:.80}")
        return _config(content)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {error!s:.400}") from None


def _config(content: Mapping[str, Any]) -> Config:
    # Older files have the entries of `pretrained_cfg` at the top.
    inner = content.get("pretrained_cfg", content)
    if not isinstance(inner, dict):
        raise ValueError(f"pretrained_cfg: expected a JSON object, got {inner!r:.80}")
    if content.get("global_pool", "avg") != "avg":
        raise ValueError(f"global_pool: expected 'avg', got {content['global_pool']!r:.80}")
    classes = _classes(content.get("num_classes", inner.get("num_classes")))
    shape = _input_shape(inner.get("input_size"))
    _check_model_args(content.get("model_args"), classes, shape)
    normalization = Normalization(
        _numbers("mean", inner.get("mean")), _numbers("std", inner.get("std"))
    )
    return Config(
        _string("architecture", content.get("architecture", inner.get("architecture"))),
        shape,
        _class_names(content, inner, classes),
        normalization,
        _preprocessing(inner, normalization),
    )


def _check_model_args(value: Any, classes: int, shape: tuple[int, int, int]) -> None:
    """Raise unless the options of timm's network are those that it has without options."""
    usual = {"num_classes": classes, "in_chans": shape[2], "global_pool": "avg"}
    others = value
    if isinstance(value, dict):
        others = {key: each for key, each in value.items() if usual.get(key, _MISSING) != each}
    if others:
        raise ValueError(
            f"model_args: expected none but {usual}, got {others!r:.120} (timm's networks are "
            "computed with their default options only)"
        )


def _preprocessing(inner: Mapping[str, Any], normalization: Normalization) -> Preprocessing:
    red, green, blue = (round(255 * mean) for mean in (*normalization.mean, 0, 0)[:3])
    crop_mode = inner.get("crop_mode") or "center"
    return Preprocessing(
        interpolation=_choice("interpolation", inner.get("interpolation"), Interpolation),
        crop_pct=_number("crop_pct", inner.get("crop_pct")),
        crop_mode=_choice("crop_mode", crop_mode, CropMode),
        fill=(red, green, blue),
    )


def _classes(value: Any) -> int:
    if not is_int(value) or not 1 <= value <= 1_000_000:
        hint = " (these weights have no classifier)" if value == 0 else ""
        raise ValueError(f"num_classes: expected a number of classes, got {value!r:.80}{hint}")
    return value


def _input_shape(value: Any) -> tuple[int, int, int]:
    """Return ``(H, W, C)`` from timm's ``[C, H, W]``."""
    if not isinstance(value, list) or len(value) != 3 or not all(is_int(side) for side in value):
        raise ValueError(f"input_size: expected [C, H, W], got {value!r:.80}")
    channels, height, width = value
    if channels not in (1, 3) or not all(1 <= side <= _MAX_SIDE for side in (height, width)):
        raise ValueError(
            f"input_size: expected 1 or 3 channels and sides of 1 to {_MAX_SIDE}, got {value}"
        )
    return height, width, channels


def _class_names(
    content: Mapping[str, Any], inner: Mapping[str, Any], classes: int
) -> tuple[str, ...]:
    """Return the names in the file, or ImageNet's, or numbers."""
    names = content.get("label_names", inner.get("label_names", content.get("labels")))
    if isinstance(names, dict) and [*names] == [str(number) for number in range(len(names))]:
        names = [*names.values()]
    if names is not None:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"label_names: expected a list of strings, got {names!r:.80}")
        found = as_names("label_names", _described(content, inner, names))
        if len(found) != classes:
            raise ValueError(f"label_names: expected {classes} names, got {len(found)}")
        return found
    tag = str(inner.get("tag") or "")
    if classes == len(imagenet_classes()) and (not tag or _IMAGENET_TAG.fullmatch(tag)):
        return imagenet_classes()
    return tuple(f"class {number}" for number in range(classes))


def _described(
    content: Mapping[str, Any], inner: Mapping[str, Any], names: Sequence[str]
) -> Sequence[str]:
    """Return descriptions in place of names such as ``n01440764``, if all have distinct ones."""
    texts = content.get("label_descriptions", inner.get("label_descriptions"))
    if not isinstance(texts, dict):
        return names
    described = {text for name in names if isinstance(text := texts.get(name), str) and text}
    return [texts[name] for name in names] if len(described) == len(names) else names


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name}: expected a string, got {value!r:.80}")
    return value


def _choice(name: str, value: Any, choices: Any) -> Any:
    if value not in get_args(choices):
        raise ValueError(f"{name}: expected one of {get_args(choices)}, got {value!r:.80}")
    return value


def _number(name: str, value: Any) -> float:
    if not is_number(value):
        raise ValueError(f"{name}: expected a number, got {value!r:.80}")
    return float(value)


def _numbers(name: str, value: Any) -> list[float]:
    if not isinstance(value, list) or not all(is_number(number) for number in value):
        raise ValueError(f"{name}: expected a list of numbers, got {value!r:.80}")
    if name == "mean" and not all(0 <= number <= 1 for number in value):
        raise ValueError(f"{name}: expected numbers in [0, 1], got {value!r:.80}")
    return value
