"""Numbers as people write them."""

from collections.abc import Sequence


def sides(sizes: int | Sequence[int]) -> str:
    """Sizes as one says them: ``3×5``."""
    return str(sizes) if isinstance(sizes, int) else "×".join(map(str, sizes))
