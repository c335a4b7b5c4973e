"""A run's folder: the names of its files, and how its network is written and read."""

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flax import nnx

from jaxcnn._support.files import LINK_OUT, links_out, local_path, write_whole
from jaxcnn._support.json_texts import read_text
from jaxcnn._support.manifest import MANIFEST
from jaxcnn.architecture import build, from_json, to_json
from jaxcnn.inference import Network, functionalize
from jaxcnn.layers import LAYERS, Layer
from jaxcnn.runs._checkpoint_numbers import CHECKPOINTS, has_checkpoints
from jaxcnn.runs._history_files import CSV, JSONL
from jaxcnn.runs._lock import LOCK, make_folder, not_writable
from jaxcnn.runs._log import LOG
from jaxcnn.runs._network_file import NetworkInterface, write_interface
from jaxcnn.runs._status import STATUS
from jaxcnn.runs._weights import load_weights, save_weights

NETWORK = "network.json"
"""The file of a network's inputs, classes and normalization."""
ARCHITECTURE = "architecture.json"
"""The file of a network's layers; missing for a custom module."""
WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
"""The file of a run's options."""
TEST = "test.safetensors"
RESULT = "result.json"
"""The file of a run's results; missing until it has been evaluated."""
CONVOLUTION_METHODS = "methods.json"
"""The file that says how convolutions were computed, if a run was asked for it."""
RESULT_FILES = (
    *(NETWORK, ARCHITECTURE, WEIGHTS, CONFIG, JSONL, CSV, RESULT, TEST),
    CONVOLUTION_METHODS,
)
"""The files whose checksums are in the manifest, as far as a run has them."""


def as_folder(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a run's folder; raise TypeError for what is no path, such as a run."""
    if not isinstance(folder, str | os.PathLike):
        is_trained = isinstance(folder, Network) or hasattr(folder, "save")
        hint = " (run.save(folder) writes it)" if is_trained else ""
        raise TypeError(
            f"folder: expected the folder of a saved run, got {type(folder).__name__}{hint}"
        )
    return local_path("folder", folder)


def folder_to_read(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a run's folder, before anything in it is read.

    Raises:
        TypeError: If `folder` is not a path.
        ValueError: If the folder has a link that leads out of it, or is an address.
    """
    path = as_folder(folder)
    for link in run_links_out(path):
        raise ValueError(f"{link}: {LINK_OUT}")
    return path


def run_links_out(path: Path) -> Iterator[Path]:
    """Yield the links that lead out of the folder of a run, or of checkpoints.

    In other folders none are looked for: they may be large, such as a home folder, and no file in
    them is read.
    """
    names = (*RESULT_FILES, MANIFEST, STATUS, CHECKPOINTS)
    if any(os.path.lexists(path / name) for name in names) or has_checkpoints(path):
        yield from links_out(path)


def claim(folder: str | os.PathLike[str]) -> Path:
    """Create a folder for a run or for pictures, before a long computation.

    Args:
        folder: A new or an empty folder. The lock file of `lock_folder` is ignored. A status file
            and a log are also ignored if there are no other files.

    Raises:
        FileExistsError: If the folder contains files, so that no other run is overwritten.
        NotADirectoryError: If the path is a file.
        OSError: If the folder cannot be created or written to.
        ValueError: If the folder is an address such as ``gs://bucket``.
    """
    path = make_folder(local_path("folder", folder))
    try:
        check_free(path, ignored=(LOCK, STATUS, LOG))
        with tempfile.TemporaryFile(dir=path):  # which leaves nothing, even if we are killed here
            pass
    except PermissionError as error:
        raise not_writable(path, error) from None
    return path


def check_free(path: Path, *, ignored: Collection[str] = (LOCK,)) -> None:
    """Raise FileExistsError if there is anything in a folder besides what is ignored."""
    found = sorted(item.name for item in path.iterdir() if item.name not in ignored)
    if found:
        raise FileExistsError(
            f"{path}: expected a new folder or an empty one, got one that contains {found[0]}"
        )


def clear(path: Path) -> None:
    """Remove all files from a folder that `claim` returned."""
    for item in path.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()


def write_network(network: Network, folder: Path) -> None:
    """Write a network's architecture, its weights, and its interface.

    Raises:
        ValueError: If `read_network` could not read them back.
    """
    text = None
    if network.architecture is not None:
        text = architecture_text(network.architecture, folder / ARCHITECTURE)
    save_weights(network.variables, folder / WEIGHTS)
    if text is not None:
        write_whole(folder / ARCHITECTURE, text.encode())
    write_interface(NetworkInterface.of(network), folder / NETWORK)


def architecture_text(architecture: Layer, path: Path) -> str:
    """Return the JSON text of an architecture.

    Args:
        architecture: The layers.
        path: The file that is written, which errors name.

    Raises:
        ValueError: If it could not be read back.
    """
    text = to_json(architecture)
    if from_json(text, _custom_layers(architecture)) != architecture:
        raise ValueError(
            f"{path}: expected an architecture that reads back the same, got one that would be "
            "read as another"
        )
    return text


def read_network(
    folder: Path,
    interface: NetworkInterface,
    model: nnx.Module | None,
    layers: tuple[type[Layer], ...],
) -> Network:
    """Read a network that `write_network` wrote.

    Args:
        folder: The run's folder.
        interface: The content of its ``network.json``.
        model: A module of the same structure, for a network trained from a custom module.
        layers: Custom layer classes that the architecture uses.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, or belongs to another network.
    """
    found = read_architecture(folder, layers) if model is None else model
    files = NetworkFiles(folder / ARCHITECTURE, folder / NETWORK, folder / WEIGHTS)
    return assemble_network(interface, found, files)


class NetworkFiles(NamedTuple):
    """The files of a network: its layers, its interface and its weights."""

    architecture: Path
    interface: Path
    weights: Path


def assemble_network(
    interface: NetworkInterface, layers: Layer | nnx.Module, files: NetworkFiles
) -> Network:
    """Make a network of its interface, its layers and a file of weights.

    Args:
        interface: What the network takes and returns.
        layers: The layers, or for a network trained from a custom module, a module of the same
            structure.
        files: The file of weights, and the files that errors about the rest name.

    Raises:
        FileNotFoundError: If there is no file of weights.
        ValueError: If the weights are damaged, or belong to another network.
    """
    architecture = layers if isinstance(layers, Layer) else None
    module: Any = layers
    if architecture is not None:
        # Only shapes, so that no memory is allocated before the weights are read.
        shape = interface.input_shape
        try:
            module = nnx.eval_shape(lambda: build(architecture, shape, rngs=nnx.Rngs(0)))
        except ValueError as error:
            raise ValueError(f"{files.architecture}: {error!s:.400}") from None
    apply, expected = functionalize(module)
    variables = load_weights(expected, files.weights)
    network = Network(
        apply=apply,
        variables=variables,
        normalization=interface.normalization,
        input_shape=interface.input_shape,
        class_names=interface.class_names,
        architecture=architecture,
        task=interface.task,
        kind=interface.kind,
        pictures=interface.pictures,
        preprocessing=interface.preprocessing,
        origin=interface.origin,
    )
    outputs, names = network.output_shape, len(network.class_names)
    if outputs != (names,):
        raise ValueError(
            f"{files.interface}: expected class names for outputs of shape {outputs}, got {names}"
        )
    return network


def _custom_layers(architecture: Layer) -> tuple[type[Layer], ...]:
    """Return the layer classes of an architecture that are not the library's."""
    return tuple(_layer_types(architecture) - set(LAYERS))


def _layer_types(value: Any) -> set[type[Layer]]:
    """Return the classes of all layers in an architecture, including custom containers."""
    if isinstance(value, list | tuple):
        return set().union(*map(_layer_types, value))
    if not isinstance(value, Layer):
        return set()
    inside = (getattr(value, field.name) for field in dataclasses.fields(value))
    return {type(value)}.union(*map(_layer_types, inside))


def read_architecture(path: str | os.PathLike[str], layers: tuple[type[Layer], ...] = ()) -> Layer:
    """Read an architecture from the folder of a run, without its weights, or from a JSON file.

    Args:
        path: The folder of a run, or a file that contains the text of `jaxcnn.to_json`.
        layers: Custom layer classes that the architecture uses.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If the file cannot be read.
        ValueError: If the file is damaged. The message names it. Also if the folder has a link that
            leads out of it.

    Example::

        print(jaxcnn.summary(jaxcnn.runs.read_architecture("runs/mine"), (32, 32, 3)))
    """
    file = Path(path).expanduser()
    if file.is_dir():
        file = folder_to_read(file) / ARCHITECTURE
        if not file.is_file():
            raise FileNotFoundError(
                f"{file}: expected a file, got none (the layers of a custom module are not saved; "
                "load(folder, model=...) reads its weights)"
            )
    text = read_text(file)
    try:
        return from_json(text, layers)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
