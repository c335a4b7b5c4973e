"""A network's arrays as a safetensors file: names, shapes and numbers, nothing that can run."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.safetensors import read_tensors, write_tensors
from jaxcnn.inference import Variables


def save_weights(variables: Variables, path: Path) -> None:
    """Write all arrays under names like ``params.layers.0.kernel``."""
    write_tensors({name: np.asarray(leaf) for name, leaf in _named(variables)[0].items()}, path)


def load_weights(like: Variables, path: Path) -> Variables:
    """Read arrays that `save_weights` wrote.

    Args:
        like: arrays with the names, shapes and dtypes that the file must have.
        path: the file.

    Raises:
        ValueError: if the file is damaged, or holds another network's arrays.
    """
    stored = read_tensors(path)
    expected, treedef = _named(like)
    _check(stored, expected, path)
    leaves = [
        # Random streams are not stored: a loaded network does not go on with anyone's dropout.
        jnp.asarray(stored[name]) if name in stored else leaf
        for name, leaf in named_leaves(like)
    ]
    return jax.tree.unflatten(treedef, leaves)


def _named(variables: Variables):
    """The arrays by name, random keys left out, and the structure of the whole."""
    named = {
        name: leaf
        for name, leaf in named_leaves(variables)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    }
    return named, jax.tree.structure(variables)


def _check(stored: dict[str, np.ndarray], expected: dict[str, Array], path: Path) -> None:
    for kind, names in (
        ("lacks", expected.keys() - stored.keys()),
        ("has the unknown", stored.keys() - expected.keys()),
    ):
        if names:
            some = ", ".join(sorted(names)[:3])
            raise ValueError(f"{path}: {kind} {len(names)} arrays of the network: {some}")
    for name, leaf in expected.items():
        found = stored[name]
        if (found.shape, found.dtype) != (leaf.shape, leaf.dtype):
            raise ValueError(
                f"{path}: {name}: expected {leaf.dtype} of shape {leaf.shape}, "
                f"got {found.dtype} of shape {found.shape}"
            )
