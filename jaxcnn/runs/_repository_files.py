"""A run in the two files that a hub's repository has: ``config.json`` and ``model.safetensors``.

They have the network and its results, and nothing of the machine that it was trained on: no paths
of files, no processor, no times, no examples. What is not listed here is left out.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flax import nnx

from jaxcnn._support.files import write_json
from jaxcnn._support.json_texts import parse_json, read_text
from jaxcnn._support.results import as_plain
from jaxcnn._version import __version__
from jaxcnn.architecture import from_json
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.runs._folder import NETWORK, NetworkFiles, architecture_text, assemble_network
from jaxcnn.runs._network_file import NetworkInterface, interface_content, parse_interface
from jaxcnn.runs._result_file import WEIGHTS_DIGEST, Beside, check_result
from jaxcnn.runs._run import RESULT_FIELDS, Run
from jaxcnn.runs._weights import save_weights, weights_digest

REPOSITORY_CONFIG = "config.json"
"""The file of a hub's repository with the network as data, and its results."""

REPOSITORY_WEIGHTS = "model.safetensors"
"""The file of a hub's repository with the weights."""

LIBRARY = "jaxcnn"
"""The entry ``library_name`` of ``config.json``, which says who can read it."""

VERSION = 1
"""The version of the format of ``config.json``."""

SETTINGS = (
    *("training_set", "training_images", "model", "preset", "widths", "optimizer", "tx"),
    *("learning_rate", "schedule", "momentum", "nesterov", "weight_decay", "clip_norm"),
    *("max_norm", "epochs", "head_epochs", "first_rate", "max_steps", "max_seconds", "batch_size"),
    *("accumulate_steps", "loss", "label_smoothing", "class_weights", "sampler", "augmentation"),
    *("ema_decay", "swa_start", "early_stopping", "validation_fraction", "tta", "freeze"),
    *("dtype", "x64", "seed", "devices", "shard", "processes"),
)
"""The settings of a run that are published."""

RESULTS = (
    *("dataset", "model", "preset", "seed", "epochs", "steps", "images_seen", "interrupted"),
    *("restored_epoch", "stopped", "n_test", "tta", "versions", "devices"),
)
"""The results that are published, besides those whose names begin with ``test_`` or ``tta_``."""

MAX_INPUT = 2**28
"""Numbers in one input: a gibibyte as float32."""


def write_repository_files(run: Run, folder: Path) -> None:
    """Write the two files of a run for a hub.

    Args:
        run: The run.
        folder: An existing folder.

    Raises:
        ValueError: If `read_repository_files` could not read them back.
    """
    network, path = run.network, folder / REPOSITORY_CONFIG
    layers = network.architecture
    result = {name: value for name, value in run.result.items() if _is_published(name)}
    digest = weights_digest(network.variables)
    interface = NetworkInterface.of(network)
    check_result(run.result, Beside(interface, digest=digest), path)
    content = {
        "library_name": LIBRARY,
        "format_version": VERSION,
        "jaxcnn_version": __version__,
        "architecture": None if layers is None else parse_json(architecture_text(layers, path)),
        "network": interface_content(interface, path),
        "settings": {name: run.settings[name] for name in SETTINGS if name in run.settings},
        "result": {**result, WEIGHTS_DIGEST: digest},
    }
    save_weights(network.variables, folder / REPOSITORY_WEIGHTS)
    write_json(path, as_plain(content))


def _is_published(name: str) -> bool:
    return name in RESULTS or name.startswith(("test_", "tta_"))


def has_repository_files(folder: Path) -> bool:
    """Return whether a folder has the two files of a repository, and is not that of a run."""
    names = (REPOSITORY_CONFIG, REPOSITORY_WEIGHTS)
    return not (folder / NETWORK).is_file() and all((folder / name).is_file() for name in names)


def read_repository_files(
    folder: Path,
    *,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    image_size: tuple[int, ...] | None = None,
) -> Run:
    """Read the two files that `write_repository_files` wrote; they may come from anyone.

    Args:
        folder: The folder of both files.
        model: A module of the same structure, for a network trained from a custom module.
        layers: Custom layer classes that the architecture uses.
        image_size: Height and width of the images to take; None means those of the training.

    Returns:
        The run, without a history.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, or belongs to another network. The message names the file.
    """
    path = folder / REPOSITORY_CONFIG
    content = _parsed(path)
    interface = parse_interface(_object(content, "network", path), path)
    if image_size is not None:
        channels = interface.input_shape[-1]
        interface = interface._replace(input_shape=(*image_size, channels))
    _check_input(interface, path)
    found = model if model is not None else _architecture(content, layers, path)
    files = NetworkFiles(path, path, folder / REPOSITORY_WEIGHTS)
    network = assemble_network(interface, found, files)
    result = _checked_result(content, network, path)
    settings = _object(content, "settings", path)
    numbers = {name: result[name] for name in RESULT_FIELDS if name in result}
    return Run(network=network, settings=settings, result=result, **numbers)


def _parsed(path: Path) -> dict[str, Any]:
    text = read_text(path)
    try:
        content = parse_json(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error!s:.400}") from None
    if not isinstance(content, dict) or content.get("library_name") != LIBRARY:
        raise ValueError(f"{path}: expected a network of {LIBRARY}, got {content!r:.80}")
    version = content.get("format_version")
    if type(version) is not int or version != VERSION:
        raise ValueError(
            f"{path}: format_version: expected {VERSION}, got {version!r:.60} (a newer jaxcnn may "
            "have written it)"
        )
    return content


def _check_input(interface: NetworkInterface, path: Path) -> None:
    """Raise unless an input fits into memory; Python computes with sizes of any length."""
    count = 1
    for size in interface.input_shape:
        count *= size
    if count > MAX_INPUT:
        raise ValueError(
            f"{path}: input_shape: expected at most {MAX_INPUT:,} numbers, got "
            f"{interface.input_shape!r:.80}"
        )


def _architecture(content: Mapping[str, Any], layers: tuple[type[Layer], ...], path: Path) -> Layer:
    described = content.get("architecture")
    if described is None:
        raise ValueError(
            f"{path}: architecture: expected layers, got none (the layers of a custom module are "
            "not saved; load(address, model=...) reads its weights)"
        )
    try:
        return from_json(json.dumps(described), layers)
    except ValueError as error:
        raise ValueError(f"{path}: {error!s:.400}") from None


def _checked_result(content: Mapping[str, Any], network: Network, path: Path) -> dict[str, Any]:
    result = _object(content, "result", path)
    interface, digest = NetworkInterface.of(network), weights_digest(network.variables)
    check_result(result, Beside(interface, digest=digest), path)
    return result


def _object(content: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f"{path}: {name}: expected a JSON object, got {found!r:.80}")
    return found
