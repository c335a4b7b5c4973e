"""The names of a network's arrays: those of the weights file, such as `layers.0.kernel`."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

import jax

from jaxcnn.architecture._checks import did_you_mean

MOST_NAMES = 10
"""As many names are listed in an error."""


def named_leaves(tree: Any) -> list[tuple[str, Any]]:
    """The leaves of a pytree, each with its name.

    Example:
        >>> named_leaves({"layers": [{"kernel": 1.0, "bias": 0.0}]})
        [('layers.0.bias', 0.0), ('layers.0.kernel', 1.0)]
    """
    return [(_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]


def map_named(function: Callable[[str, Any], Any], tree: Any) -> Any:
    """The pytree of ``function(name, leaf)``."""
    return jax.tree_util.tree_map_with_path(lambda path, leaf: function(_name(path), leaf), tree)


def matches(name: str, patterns: Iterable[str]) -> list[str]:
    """Those of the glob patterns that a name matches, in their order; ``*`` matches dots, too."""
    return [pattern for pattern in patterns if fnmatchcase(name, pattern)]


def check_patterns(argument: str, patterns: Iterable[str], tree: Any) -> None:
    """Raise unless each glob pattern matches the name of a leaf."""
    names = [name for name, _ in named_leaves(tree)]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            shown = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
            near = did_you_mean(pattern, names)
            raise ValueError(
                f"{argument}: {pattern!r} matches no parameter{near}; there are {shown}"
            )


def _name(path: tuple) -> str:
    # The last step of a path goes from a Flax Variable to its array, and says nothing.
    return jax.tree_util.keystr(path, simple=True, separator=".").removesuffix(".value")
