"""Checks of the numbers and names in a layer: plain errors when it is written, not when it runs."""

import math
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np


def is_int(value: Any) -> bool:
    """Whether `value` is an integer, NumPy's included; True and False count as none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def check_int(name: str, value: Any, *, minimum: int = 1) -> None:
    """Raise unless `value` is an integer of at least `minimum`."""
    if not is_int(value):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")


def check_ints(name: str, value: Any, *, minimum: int = 1) -> None:
    """Raise unless `value` is an integer, or a tuple of them, of at least `minimum`."""
    entries = value if isinstance(value, tuple) else (value,)
    if not entries:
        raise ValueError(f"{name} must name at least one axis, got ()")
    if not all(map(is_int, entries)):
        raise TypeError(f"{name} must be an integer or a tuple of integers, got {value!r}")
    if min(entries) < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value!r}")


def check_tuple_of_ints(name: str, value: Any) -> None:
    """Raise unless `value` is a tuple of at least one integer, each of at least 1."""
    if not isinstance(value, tuple):
        raise TypeError(f"{name} must be a tuple of integers, got {value!r}")
    if not value:
        raise ValueError(f"{name} must have at least one entry, got ()")
    for entry in value:
        check_int(f"each of {name}", entry)


def check_bool(name: str, value: Any) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_number(name: str, value: Any, *, low: float = -math.inf, high: float = math.inf) -> None:
    """Raise unless `value` is a finite number with ``low <= value < high``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, got {value!r}")
    # Not `math.isfinite`, which overflows on an integer that is larger than any float.
    if not abs(value) <= sys.float_info.max or not low <= value < high:
        raise ValueError(f"{name} must be finite and in [{low}, {high}), got {value}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise unless `value` is one of `choices`; the error suggests the nearest."""
    if value in choices:
        return
    hint = did_you_mean(value, choices)
    raise ValueError(f"{name} must be one of {', '.join(choices)}; got {value!r}{hint}")


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """The end of an error about a wrong name: the nearest of `names`, or nothing if none is near.

    Example:
        >>> did_you_mean("rellu", ["relu", "tanh"]), did_you_mean("x", ["relu", "tanh"])
        ('; did you mean relu?', '')
    """
    by_lower_case = {known.lower(): known for known in names}
    near = get_close_matches(str(name).lower(), by_lower_case, n=3)
    near = [by_lower_case[known] for known in near]
    return f"; did you mean {' or '.join(near)}?" if near else ""


def per_axis(name: str, value: int | tuple[int, ...], spatial_rank: int) -> tuple[int, ...]:
    """`value` for each of `spatial_rank` axes: a single integer holds for all of them."""
    sizes = (value,) * spatial_rank if isinstance(value, int) else value
    if len(sizes) != spatial_rank:
        raise ValueError(
            f"{name} {value} names {len(sizes)} spatial axes, but the input has {spatial_rank}"
        )
    return sizes
