"""``network.json``: what goes into a saved network and what comes out of it."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn.inference import Network, Normalization
from jaxcnn.runs._files import to_json, write_whole

VERSION = 1


class NetworkInterface(NamedTuple):
    """The content of ``network.json``; its entries are those of `jaxcnn.inference.Network`."""

    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    normalization: Normalization
    multilabel: bool = False

    @classmethod
    def of(cls, network: Network) -> "NetworkInterface":
        """The interface of a network."""
        return cls(
            network.input_shape, network.class_names, network.normalization, network.multilabel
        )


def write_interface(interface: NetworkInterface, path: Path) -> None:
    """Write ``network.json``.

    Raises:
        ValueError: If `read_interface` would refuse it, or read something else.
    """
    normalization = interface.normalization
    content = {
        "version": VERSION,
        "input_shape": interface.input_shape,
        "class_names": interface.class_names,
        "normalization": {"mean": normalization.mean, "std": normalization.std},
        "multilabel": interface.multilabel,
    }
    text = to_json(content, indent=1) + "\n"
    if _parse(text, path) != interface:
        raise ValueError(f"{path}: the network's {interface} would be read as another")
    write_whole(path, text.encode())


def read_interface(path: Path) -> NetworkInterface:
    """Read ``network.json``.

    Raises:
        ValueError: If the file is damaged; the message names it and what is wrong.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"), path)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: {error}") from None


def _parse(text: str, path: Path) -> NetworkInterface:
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            raise ValueError(f"version: expected {VERSION}, got {content['version']!r}")
        height, width, channels = (_size(size) for size in content["input_shape"])
        names = tuple(_name(name) for name in content["class_names"])
        moments = content["normalization"]
        mean = tuple(_number(value, low=-math.inf) for value in moments["mean"])
        std = tuple(_number(value, low=0.0) for value in moments["std"])
        if not len(mean) == len(std) == channels:
            raise ValueError(f"normalization: expected {channels} numbers each, one per channel")
        multilabel = content.get("multilabel", False)  # older runs lack it
        if not isinstance(multilabel, bool):
            raise ValueError(f"multilabel: expected true or false, got {multilabel!r}")
    except KeyError as error:
        raise ValueError(f"{path}: lacks the entry {error}") from None
    except (RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    return NetworkInterface((height, width, channels), names, Normalization(mean, std), multilabel)


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
