"""The leaves of pytrees: their names, such as `layers.0.kernel`, and whether they are keys."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

import jax
import jax.numpy as jnp

from jaxcnn._support.arguments import did_you_mean

MAX_LISTED = 10
"""Names that an error lists at most."""


def named_leaves(tree: Any) -> list[tuple[str, Any]]:
    """Return the leaves of a pytree, each with its name.

    Example:
        >>> named_leaves({"layers": [{"kernel": 1.0, "bias": 0.0}]})
        [('layers.0.bias', 0.0), ('layers.0.kernel', 1.0)]
    """
    return [(leaf_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]


def is_key(leaf: Any) -> bool:
    """Return whether an array is a random key."""
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def leaf_name(path: tuple[Any, ...]) -> str:
    """Return the name of the leaf at a path of `jax.tree_util`."""
    # The last part of a path is the array of a Flax Variable, which needs no name.
    return jax.tree_util.keystr(path, simple=True, separator=".").removesuffix(".value")


def map_named(function: Callable[[str, Any], Any], tree: Any) -> Any:
    """Return a pytree of ``function(name, leaf)`` for each leaf."""
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: function(leaf_name(path), leaf), tree
    )


def matches(name: str, patterns: Iterable[str]) -> list[str]:
    """Return those of the glob patterns that match a name, in order; ``*`` matches dots, too."""
    return [pattern for pattern in patterns if fnmatchcase(name, pattern)]


def check_patterns(argument: str, patterns: Iterable[str], tree: Any) -> None:
    """Raise ValueError unless each glob pattern matches the name of a leaf."""
    names = [name for name, _ in named_leaves(tree)]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            shown = ", ".join(names[:MAX_LISTED]) + (", ..." if len(names) > MAX_LISTED else "")
            raise ValueError(
                f"{argument}: expected patterns of parameters such as {shown}, got {pattern!r}, "
                f"which matches none{did_you_mean(pattern, names)}"
            )
