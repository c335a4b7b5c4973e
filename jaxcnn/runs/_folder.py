"""A run's folder: the names of its files, and how its network and weights are written and read."""

import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from jaxcnn._support.files import write_whole
from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.safetensors import read_tensors, write_tensors
from jaxcnn.architecture import build, from_json, to_json
from jaxcnn.inference import Network, Variables, functionalize
from jaxcnn.layers import LAYERS, Layer
from jaxcnn.runs._lock import LOCK, make_folder, not_writable
from jaxcnn.runs._network_file import NetworkInterface, write_interface

NETWORK = "network.json"
"""The file of a network's inputs, classes and normalization."""
ARCHITECTURE = "architecture.json"
"""The file of a network's layers; missing for a custom module."""
WEIGHTS = "weights.safetensors"
CONFIG, RESULT, TEST = "config.json", "result.json", "test.safetensors"
CONVOLUTION_METHODS = "methods.json"
"""The file that says how convolutions were computed, if a run was asked for it."""


def claim(folder: str | os.PathLike[str]) -> Path:
    """Create the folder of a run, before anything that takes long.

    Args:
        folder: A new folder, or an empty one; that it is locked by `lock_folder` does not matter.

    Raises:
        FileExistsError: If it contains files, so that no other run is overwritten.
        NotADirectoryError: If it is a file.
        OSError: If it cannot be created or written to.
    """
    path = make_folder(Path(folder).expanduser())
    try:
        check_free(path)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except PermissionError as error:
        raise not_writable(path, error) from None
    return path


def check_free(path: Path) -> None:
    """Raise FileExistsError if there is anything in a folder besides its lock."""
    if any(item.name != LOCK for item in path.iterdir()):
        raise FileExistsError(
            f"{path}: expected a new folder or an empty one, got another run or other files"
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
        ValueError: If `read_network` could not read them back; then nothing is written.
    """
    text = None
    if network.architecture is not None:
        text = to_json(network.architecture)
        if from_json(text, _custom_layers(network.architecture)) != network.architecture:
            raise ValueError(
                f"{folder / ARCHITECTURE}: expected an architecture that reads back the same, got "
                "one that would be read as another"
            )
    write_interface(NetworkInterface.of(network), folder / NETWORK)
    if text is not None:
        write_whole(folder / ARCHITECTURE, text.encode())
    save_weights(network.variables, folder / WEIGHTS)


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
    architecture = None
    if model is None:
        architecture = _read_architecture(folder, layers)
        # Only shapes, so that no memory is allocated before the weights are read.
        shape = interface.input_shape
        model = nnx.eval_shape(lambda: build(architecture, shape, rngs=nnx.Rngs(0)))
    apply, expected = functionalize(model)
    variables = load_weights(expected, folder / WEIGHTS)
    network = Network(
        apply=apply,
        variables=variables,
        normalization=interface.normalization,
        input_shape=interface.input_shape,
        class_names=interface.class_names,
        architecture=architecture,
        task=interface.task,
        kind=interface.kind,
    )
    outputs, names = network.output_shape, len(network.class_names)
    if outputs != (names,):
        raise ValueError(
            f"{folder / NETWORK}: expected class names for outputs of shape {outputs}, got {names}"
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


def _read_architecture(path: Path, layers: tuple[type[Layer], ...]) -> Layer:
    file = path / ARCHITECTURE
    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: expected a file, got none (read a network that was trained from a custom "
            "module by load(folder, model=...))"
        )
    try:
        return from_json(file.read_text(encoding="utf-8"), layers)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def save_weights(variables: Variables, path: Path) -> None:
    """Write all arrays under names such as ``params.layers.0.kernel``."""
    write_tensors(
        {name: np.asarray(leaf) for name, leaf in _arrays_by_name(variables)[0].items()}, path
    )


def load_weights(like: Variables, path: Path) -> Variables:
    """Read arrays that `save_weights` wrote.

    Args:
        like: Arrays with the names, shapes and dtypes that the file must have.
        path: The file.

    Raises:
        ValueError: If the file is damaged, or contains another network's arrays.
    """
    stored = read_tensors(path)
    expected, treedef = _arrays_by_name(like)
    _check_arrays(stored, expected, path)
    leaves = [
        # Random streams are not stored, because a loaded network does not continue the training.
        jnp.asarray(stored[name]) if name in stored else leaf
        for name, leaf in named_leaves(like)
    ]
    return jax.tree.unflatten(treedef, leaves)


def _arrays_by_name(variables: Variables):
    """Return the arrays by name, without random keys, and the structure of the pytree."""
    named = {
        name: leaf
        for name, leaf in named_leaves(variables)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    }
    return named, jax.tree.structure(variables)


def _check_arrays(stored: dict[str, np.ndarray], expected: dict[str, Array], path: Path) -> None:
    for kind, names in (
        ("expected all arrays of the network, got none for", expected.keys() - stored.keys()),
        ("expected only arrays of the network, got", stored.keys() - expected.keys()),
    ):
        if names:
            some = ", ".join(sorted(names)[:3])
            raise ValueError(f"{path}: {kind} {len(names)}: {some}")
    for name, leaf in expected.items():
        found = stored[name]
        if (found.shape, found.dtype) != (leaf.shape, leaf.dtype):
            raise ValueError(
                f"{path}: {name}: expected {leaf.dtype} of shape {leaf.shape}, "
                f"got {found.dtype} of shape {found.shape}"
            )
