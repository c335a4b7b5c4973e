"""The order in which layers stand, where a pytree has sorted them as text."""

import re
from collections.abc import Iterable, Sequence


def in_order(names: Iterable[str], layers: Sequence[str] = ()) -> list[str]:
    """Sort the names of layers, or of their arrays.

    Args:
        names: such as ``stem`` or ``stem.kernel``.
        layers: the layers' names in their order; what belongs to none of them comes last, words
            by the alphabet and numbers by size.

    Example:
        >>> in_order(["10", "2", "head", "stem"], ["stem", "1"])
        ['stem', 'head', '2', '10']
    """
    return sorted(names, key=lambda name: (_place(name, layers), _natural(name)))


def _place(name: str, layers: Sequence[str]) -> int:
    holders = [place for place, layer in enumerate(layers) if f"{name}.".startswith(f"{layer}.")]
    return max(holders, default=len(layers))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
