"""Names of classes: converted to text when they enter, and compared where two lists meet."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import Enum
from numbers import Real
from typing import Any

MAX_LISTED = 10
"""Names that an error lists at most."""


def as_names(argument: str, values: Any) -> tuple[str, ...]:
    """Return distinct names as a tuple of text; numbers become text, too.

    Text is brought to Unicode's composed form (NFC), because file systems write the same name in
    several forms.

    Args:
        argument: The argument's name in error messages.
        values: The names in a fixed order: a list, a range, an array, a column of a table.

    Raises:
        TypeError: If the names have no order, or one is neither text nor a number.
        ValueError: If there are none, or two are equal.

    Example:
        >>> as_names("class_names", range(2)), as_names("class_names", ["cat", "dog"])
        (('0', '1'), ('cat', 'dog'))
    """
    if isinstance(values, Set | Mapping):
        hint = "sorted(names, key=names.get)" if isinstance(values, Mapping) else "sorted(names)"
        raise TypeError(
            f"{argument}: expected names in a fixed order, such as a list, got a "
            f"{type(values).__name__} ({hint} makes a list)"
        )
    names = tuple(_as_text(argument, value) for value in values)
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise ValueError(f"{argument}: expected distinct names, got {twice!r} twice")
    return names


def _as_text(argument: str, value: Any) -> str:
    is_text = isinstance(value, str) or (isinstance(value, Real) and value == value)
    if is_text and not isinstance(value, Enum):
        return composed(str(value))
    hint = " (pass member.name)" if isinstance(value, Enum) else ""
    hint = " (decode bytes: name.decode())" if isinstance(value, bytes) else hint
    raise TypeError(f"{argument}: expected text, got {value!r:.80}{hint}")


def difference(expected: Sequence[str], found: Sequence[str]) -> tuple[str, str] | None:
    """Return two lists of names as an error shows them; None if they are equal.

    Of long lists, the part around the first difference is shown.

    Example:
        >>> difference(("cat", "dog"), ("dog", "cat"))
        ("('cat', 'dog')", "('dog', 'cat')")
    """
    wanted, given = ([*map(composed, names)] for names in (expected, found))
    if wanted == given:
        return None
    pairs = enumerate(zip(wanted, given, strict=False))
    shorter, longer = sorted((len(wanted), len(given)))
    first = next((k for k, pair in pairs if pair[0] != pair[1]), shorter)
    start = max(0, first - 2) if longer > MAX_LISTED else 0
    return _listed(wanted, start), _listed(given, start)


def composed(name: str) -> str:
    """Return a name in Unicode's composed form, NFC."""
    return unicodedata.normalize("NFC", name)


def _listed(names: Sequence[str], start: int) -> str:
    shown = [repr(name) for name in names[start : start + MAX_LISTED]]
    before = ["..."] * (start > 0)
    after = ["..."] * (len(names) > start + MAX_LISTED)
    comma = "," * (len(names) == 1)
    return f"({', '.join([*before, *shown, *after])}{comma})"


def places(names: Iterable[str], among: Sequence[str]) -> list[int]:
    """Return the place of each name among others; -1 for a name that is not there.

    Example:
        >>> places(("dog", "cow"), among=("cat", "dog"))
        [1, -1]
    """
    numbers = {name: number for number, name in enumerate(among)}
    return [numbers.get(name, -1) for name in names]
