"""The names of a network's arrays: those of the weights file, such as `layers.0.kernel`."""

from typing import Any

import jax


def named_leaves(tree: Any) -> list[tuple[str, Any]]:
    """The leaves of a pytree, each with its name.

    Example:
        >>> named_leaves({"layers": [{"kernel": 1.0, "bias": 0.0}]})
        [('layers.0.bias', 0.0), ('layers.0.kernel', 1.0)]
    """
    return [(leaf_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]


def leaf_name(path: tuple[Any, ...]) -> str:
    """The name of the leaf at a path of JAX's."""
    # The last step of a path goes from a Flax Variable to its array, and says nothing.
    return jax.tree_util.keystr(path, simple=True, separator=".").removesuffix(".value")
