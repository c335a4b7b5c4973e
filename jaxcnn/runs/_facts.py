"""What a saved network must know besides its layers and weights."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn._support.files import write_json
from jaxcnn.training import Normalization

VERSION = 1


class Facts(NamedTuple):
    """The content of ``network.json``; its entries are those of `jaxcnn.training.Network`."""

    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    normalization: Normalization
    multilabel: bool = False


def write_facts(facts: Facts, path: Path) -> None:
    """Write ``network.json``."""
    shape, names, normalization, multilabel = facts
    content = {"mean": normalization.mean, "std": normalization.std}
    write_json(
        path,
        {
            "version": VERSION,
            "input_shape": shape,
            "class_names": names,
            "normalization": content,
            "multilabel": multilabel,
        },
    )


def read_facts(path: Path) -> Facts:
    """Read ``network.json``.

    Raises:
        ValueError: if the file is damaged; the message names it and what is wrong.
    """
    try:
        content = json.loads(path.read_text())
        if content["version"] != VERSION:
            raise ValueError(f"version: expected {VERSION}, got {content['version']!r}")
        height, width, channels = (_size(size) for size in content["input_shape"])
        names = tuple(_name(name) for name in content["class_names"])
        moments = content["normalization"]
        mean = tuple(_number(value, low=-math.inf) for value in moments["mean"])
        std = tuple(_number(value, low=0.0) for value in moments["std"])
        if not len(mean) == len(std) == channels:
            raise ValueError(f"normalization: expected {channels} numbers each, one a channel")
        multilabel = content.get("multilabel", False)  # runs of before there was it lack it
        if not isinstance(multilabel, bool):
            raise ValueError(f"multilabel: expected true or false, got {multilabel!r}")
    except KeyError as error:
        raise ValueError(f"{path}: lacks the entry {error}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    return Facts((height, width, channels), names, Normalization(mean, std), multilabel)


def _size(value: Any) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"input_shape: expected positive integers, got {value!r}")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"class_names: expected texts, got {value!r}")
    return value


def _number(value: Any, *, low: float) -> float:
    if not isinstance(value, int | float) or not (math.isfinite(value) and value > low):
        raise ValueError(f"normalization: expected finite numbers above {low}, got {value!r}")
    return float(value)
