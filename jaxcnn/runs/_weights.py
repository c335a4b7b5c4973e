"""``weights.safetensors``: all arrays of a network, by name."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.safetensors import read_tensors, write_tensors
from jaxcnn.inference import Variables


def save_weights(variables: Variables, path: Path) -> None:
    """Write all arrays under names such as ``params.layers.0.kernel``.

    Raises:
        ValueError: If `load_weights` would refuse them; then nothing is written.
    """
    arrays = _host_arrays(variables)
    check_values(arrays, path)
    write_tensors(arrays, path)


def load_weights(like: Variables, path: Path) -> Variables:
    """Read arrays that `save_weights` wrote.

    Args:
        like: Arrays with the names, shapes and dtypes that the file must have.
        path: The file.

    Raises:
        ValueError: If the file is damaged, contains another network's arrays, or numbers that no
            network has.
    """
    stored = read_tensors(path)
    expected = _arrays_by_name(like)
    _check_arrays(stored, expected, path)
    check_values(stored, path)
    leaves = [
        # Random streams are not stored, because a loaded network does not continue the training.
        jnp.asarray(stored[name]) if name in stored else leaf
        for name, leaf in named_leaves(like)
    ]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def weights_digest(variables: Variables) -> str:
    """Return a checksum of all arrays with their names."""
    return digest_of(_host_arrays(variables))


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the checksum of arrays by name, such as `read_tensors` reads them."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype} {array.shape};".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def check_values(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Raise ValueError, naming file and array, if there are numbers that no network has.

    Parameters, means and variances are finite, and variances are not negative. Other arrays that
    are not trained, such as a mask, may be infinite.
    """
    for name, array in arrays.items():
        if not jnp.issubdtype(array.dtype, jnp.inexact):
            continue
        is_statistic = name.endswith((".mean", ".var"))
        if np.isnan(array).any():
            raise ValueError(f"{path}: {name}: expected numbers, got NaN")
        if (is_statistic or name.startswith("params.")) and np.isinf(array).any():
            raise ValueError(f"{path}: {name}: expected finite numbers, got infinity")
        if name.startswith("batch_stats.") and name.endswith(".var") and (array < 0).any():
            raise ValueError(f"{path}: {name}: expected variances, got {array.min():.3g}")


def _host_arrays(variables: Variables) -> dict[str, np.ndarray]:
    return {name: np.asarray(leaf) for name, leaf in _arrays_by_name(variables).items()}


def _arrays_by_name(variables: Variables) -> dict[str, Array]:
    """Return the arrays by name, without random keys."""
    return {
        name: leaf
        for name, leaf in named_leaves(variables)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    }


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
