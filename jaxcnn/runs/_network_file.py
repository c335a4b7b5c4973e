"""``network.json``: what a saved network takes and returns."""

from pathlib import Path
from typing import Any, NamedTuple, get_args

from jaxcnn._support.files import to_json, write_whole
from jaxcnn._support.json_texts import parse_json, read_text
from jaxcnn._support.names import as_names
from jaxcnn._support.results import as_plain
from jaxcnn.data import (
    Kind,
    Multilabel,
    PictureStatistics,
    Preprocessing,
    SingleLabel,
    Task,
    task_by_name,
)
from jaxcnn.inference import Network, Normalization, Origin, as_input_shape, spread_channels

VERSION = 2
"""Version 1, which is also read, has `multilabel` instead of `task` and `kind`."""

WITH_PREPROCESSING = 3
"""The version of networks with a `preprocessing`, so that no older jaxcnn ignores it."""


class NetworkInterface(NamedTuple):
    """The content of ``network.json``, with the fields of `jaxcnn.inference.Network`."""

    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    normalization: Normalization
    task: Task = SingleLabel()
    kind: Kind = "images"
    pictures: PictureStatistics | None = None
    preprocessing: Preprocessing | None = None
    origin: Origin | None = None

    @classmethod
    def of(cls, network: Network) -> "NetworkInterface":
        """Return the interface of a network."""
        return cls(
            network.input_shape,
            network.class_names,
            network.normalization,
            network.task,
            network.kind,
            network.pictures,
            network.preprocessing,
            network.origin,
        )


def write_interface(interface: NetworkInterface, path: Path) -> None:
    """Write ``network.json``.

    Raises:
        ValueError: If `read_interface` would refuse it, or read another interface.
    """
    write_whole(path, (to_json(interface_content(interface, path), indent=1) + "\n").encode())


def interface_content(interface: NetworkInterface, path: Path) -> dict[str, Any]:
    """Return the content of ``network.json`` as plain data, which `parse_interface` reads back.

    Args:
        interface: The inputs and outputs of a network.
        path: The file that is written, which errors name.

    Raises:
        ValueError: If `parse_interface` would refuse it, or read another interface.
    """
    normalization = interface.normalization
    content = {
        "version": VERSION,
        "input_shape": interface.input_shape,
        "class_names": interface.class_names,
        "normalization": {"mean": normalization.mean, "std": normalization.std},
        "task": interface.task.name,
        "kind": interface.kind,
    }
    if interface.pictures is not None:
        content["pictures"] = interface.pictures.to_dict()
    if interface.preprocessing is not None:
        content["version"] = WITH_PREPROCESSING
        content["preprocessing"] = interface.preprocessing.to_dict()
    if interface.origin is not None:
        content["origin"] = interface.origin.to_dict()
    plain = as_plain(content)
    if parse_interface(parse_json(to_json(plain)), path) != interface:
        raise ValueError(f"{path}: expected an interface that reads back the same, got {interface}")
    return plain


def read_interface(path: Path) -> NetworkInterface:
    """Read ``network.json``.

    Raises:
        ValueError: If the file is damaged; the message names it and the fault.
    """
    text = read_text(path)
    try:
        content = parse_json(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error!s:.400}") from None
    return parse_interface(content, path)


def parse_interface(content: Any, path: Path) -> NetworkInterface:
    """Read the content of ``network.json``.

    Args:
        content: The parsed JSON, which may come from anyone.
        path: The file that it comes from, which errors name.

    Raises:
        ValueError: If it is not what `interface_content` returns; the message names the fault.
    """
    try:
        if not isinstance(content, dict):
            raise ValueError(f"expected a JSON object, got {type(content).__name__}")
        version = content["version"]
        known = 1, VERSION, WITH_PREPROCESSING
        if version not in known or isinstance(version, bool | float):
            raise ValueError(f"version: expected 1 to {WITH_PREPROCESSING}, got {version!r}")
        task, kind = _old_task(content) if version == 1 else _task(content)
        shape = as_input_shape(_list("input_shape", content["input_shape"]), kind)
        names = as_names("class_names", _strings(content["class_names"]))
        moments = content["normalization"]
        normalization = Normalization(_list("mean", moments["mean"]), _list("std", moments["std"]))
        found = content.get("pictures")  # which older runs, and inputs of other kinds, lack
        pictures = None if found is None else PictureStatistics.from_dict(found)
        preprocessing = _preprocessing(content, version)
        origin = content.get("origin")  # which networks trained from scratch lack
        origin = None if origin is None else Origin.from_dict(origin)
        if spread_channels(normalization, kind, shape) != normalization:
            raise ValueError(f"normalization: expected {shape[-1]} numbers each, one per channel")
    except KeyError as error:
        raise ValueError(f"{path}: expected an entry {error}, got none") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error!s:.400}") from None
    return NetworkInterface(
        shape, names, normalization, task, kind, pictures, preprocessing, origin
    )


def _old_task(content: dict[str, Any]) -> tuple[Task, Kind]:
    multilabel = content.get("multilabel", False)  # the oldest runs lack it
    if not isinstance(multilabel, bool):
        raise ValueError(f"multilabel: expected true or false, got {multilabel!r}")
    return Multilabel() if multilabel else SingleLabel(), "images"


def _task(content: dict[str, Any]) -> tuple[Task, Kind]:
    kind = content["kind"]
    if kind not in get_args(Kind):
        raise ValueError(f"kind: expected one of {get_args(Kind)}, got {kind!r}")
    return task_by_name(content["task"]), kind


def _preprocessing(content: dict[str, Any], version: int) -> Preprocessing | None:
    if version == WITH_PREPROCESSING:
        return Preprocessing.from_dict(content["preprocessing"])
    if "preprocessing" in content:
        raise ValueError(f"preprocessing: expected none in version {version}, got one")
    return None


def _strings(values: Any) -> list[str]:
    for value in _list("class_names", values):
        if not isinstance(value, str):
            raise ValueError(f"class_names: expected strings, got {value!r}")
    return values


def _list(name: str, values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise ValueError(f"{name}: expected a list, got {values!r:.80}")
    return values
