"""Patterns of the names of a network's arrays."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

import jax

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.leaves import leaf_name, named_leaves

MOST_NAMES = 10
"""As many names are listed in an error."""


def map_named(function: Callable[[str, Any], Any], tree: Any) -> Any:
    """The pytree of ``function(name, leaf)``."""
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: function(leaf_name(path), leaf), tree
    )


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
