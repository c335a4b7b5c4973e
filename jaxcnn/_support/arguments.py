"""Checks of arguments, which raise before anything is computed.

All errors have one grammar: ``argument: expected ..., got ... (hint)``. A value of the wrong type
is a TypeError, any other wrong value a ValueError. Numbers may be Python's or NumPy's; True and
False are not numbers.
"""

import dataclasses
import functools
import inspect
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def as_plain(value: Any) -> Any:
    """Return `value` as plain data: lists and arrays as tuples, numbers as Python numbers.

    Example:
        >>> import numpy as np
        >>> as_plain([np.int64(2), np.float32(0.5)]), as_plain(np.array([1, 2])), as_plain("x")
        ((2, 0.5), (1, 2), 'x')
    """
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(map(as_plain, value))
    if isinstance(value, Real) and type(value) not in (bool, int, float):
        return int(value) if isinstance(value, Integral) else float(value)
    return value


def make_plain(settings: Any, *names: str) -> None:
    """Turn fields of a frozen dataclass, by default all, into plain data by `as_plain`.

    Call it first in `__post_init__`: settings then compare and hash equal, and JSON can hold them.
    """
    for name in names or [field.name for field in dataclasses.fields(settings)]:
        # A frozen dataclass can only be set through `object`.
        object.__setattr__(settings, name, as_plain(getattr(settings, name)))


def is_int(value: Any) -> bool:
    """Return whether `value` is an integer, Python's or NumPy's, but not a bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Return whether `value` is a real number, Python's or NumPy's, but not a bool."""
    return isinstance(value, Real) and not isinstance(value, bool)


def type_in_words(value: Any) -> str:
    """Return what a value is, for errors: the name of its type, or which class it is.

    Example:
        >>> type_in_words(3), type_in_words(int)
        ('int', 'the class int')
    """
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def check_int(name: str, value: Any, *, minimum: int | None = 1) -> None:
    """Raise unless `value` is an integer of at least `minimum`; None means any integer.

    Example:
        >>> check_int("epochs", 0)
        Traceback (most recent call last):
        ValueError: epochs: expected at least 1, got 0
    """
    if not is_int(value):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    if minimum is not None and value < minimum:
        raise ValueError(f"{name}: expected at least {minimum}, got {value}")


MAX_SEED = 2**32 - 1
"""JAX makes keys from 32 bits, so a larger seed would give the same key as a smaller one."""


def check_seed(name: str, seed: Any) -> None:
    """Raise unless `seed` is an integer from 0 to 2**32 - 1.

    Example:
        >>> check_seed("seed", -1)
        Traceback (most recent call last):
        ValueError: seed: expected at least 0, got -1
    """
    check_int(name, seed, minimum=0)
    if seed > MAX_SEED:
        raise ValueError(f"{name}: expected at most {MAX_SEED}, got {seed}")


def check_ints(name: str, value: Any, *, minimum: int = 1) -> None:
    """Raise unless `value` is an integer, or a tuple of them, each of at least `minimum`."""
    entries = value if isinstance(value, tuple) else (value,)
    if not entries:
        raise ValueError(f"{name}: expected at least one entry, got ()")
    if not all(map(is_int, entries)):
        raise TypeError(f"{name}: expected an integer or a tuple of integers, got {value!r}")
    if min(entries) < minimum:
        raise ValueError(f"{name}: expected at least {minimum}, got {value!r}")


def check_tuple_of_ints(name: str, value: Any, *, minimum: int = 1) -> None:
    """Raise unless `value` is a tuple of one or more integers, each of at least `minimum`."""
    if not isinstance(value, tuple) or not all(map(is_int, value)):
        raise TypeError(f"{name}: expected a tuple of integers, got {value!r}")
    check_ints(name, value, minimum=minimum)


def per_axis(name: str, value: Any, rank: int, *, minimum: int = 1) -> tuple[int, ...]:
    """Return one integer per axis: `value` itself, or a single integer for all `rank` axes.

    Example:
        >>> per_axis("strides", 2, 3), per_axis("strides", (1, 2), 2)
        ((2, 2, 2), (1, 2))
    """
    expected = f"{name}: expected an integer, or one per axis ({rank}), got {value!r}"
    values = tuple(value) if isinstance(value, Iterable) else (value,) * rank
    try:
        sizes = tuple(map(operator.index, values))
    except TypeError:
        raise TypeError(expected) from None
    if any(isinstance(entry, bool) for entry in values):
        raise TypeError(expected)
    if len(sizes) != rank:
        raise ValueError(expected)
    if sizes and min(sizes) < minimum:
        raise ValueError(f"{name}: expected at least {minimum}, got {value!r}")
    return sizes


def check_bool(name: str, value: Any) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")


def check_number(
    name: str,
    value: Any,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> None:
    """Raise unless `value` is a finite number within the given bounds.

    Args:
        name: The argument's name.
        value: Its value.
        minimum: The smallest allowed number.
        maximum: The largest allowed number.
        above: A number that must be exceeded.
        below: A number that must not be reached.

    Example:
        >>> check_number("momentum", 1.0, minimum=0, below=1)
        Traceback (most recent call last):
        ValueError: momentum: expected a finite number of at least 0 and below 1, got 1.0
    """
    if not is_number(value):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer that is larger than any float
        number = math.inf
    is_good = math.isfinite(number)
    bounds: list[str] = []
    for text, bound, holds in (
        ("of at least", minimum, operator.ge),
        ("above", above, operator.gt),
        ("of at most", maximum, operator.le),
        ("below", below, operator.lt),
    ):
        if bound is not None:
            bounds.append(f"{text} {bound}")
            is_good = is_good and holds(number, bound)
    if not is_good:
        within = f" {' and '.join(bounds)}" if bounds else ""
        raise ValueError(f"{name}: expected a finite number{within}, got {value}")


def check_function(name: str, value: Any, *arguments: str, example: str = "") -> None:
    """Raise TypeError unless `value` is a function that can be called with these arguments.

    Args:
        name: The name of the function as an argument.
        value: The function. Functions that do not tell their arguments, such as some of C, pass.
        arguments: Its positional arguments, as an error calls them.
        example: An example for the error, such as ``"loss=optax.l2_loss"``.

    Example:
        >>> check_function("loss", lambda outputs: 0, "outputs", "labels")
        Traceback (most recent call last):
        TypeError: loss: expected a function loss(outputs, labels), got <lambda>(outputs)
    """
    expected = f"{name}: expected a function {name}({', '.join(arguments)})"
    expected += f" such as {example}" if example else ""
    if not callable(value):
        raise TypeError(f"{expected}, got {value!r:.80}")
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        called = getattr(value, "__name__", type(value).__name__)
        raise TypeError(f"{expected}, got {called}{signature}"[:300]) from None


def check_choice(
    name: str, value: Any, choices: Sequence[str], *, also: Mapping[str, str] | None = None
) -> None:
    """Raise ValueError unless `value` is one of `choices`; the error suggests the nearest.

    Args:
        name: The argument's name.
        value: Its value.
        choices: The values that it may have.
        also: What other libraries call some of the choices, and these choices.

    Example:
        >>> check_choice("padding", "VALD", ("SAME", "VALID"))
        Traceback (most recent call last):
        ValueError: padding: expected one of SAME, VALID, got 'VALD' (did you mean VALID?)
    """
    if value not in choices:
        same = (also or {}).get(str(value).lower())
        hint = f" (did you mean {same}?)" if same in choices else did_you_mean(value, choices)
        raise ValueError(f"{name}: expected one of {', '.join(choices)}, got {value!r}{hint}")


def did_you_mean(name: Any, names: Iterable[str], *, prefix: str = "") -> str:
    """Return a hint for an error about an unknown name: the nearest of `names`, or nothing.

    Names are compared without `prefix`, which would make all of them look alike.

    Example:
        >>> did_you_mean("rellu", ["relu", "tanh"]), did_you_mean("x", ["relu", "tanh"])
        (' (did you mean relu?)', '')
    """
    by_lower_case = {known.lower().removeprefix(prefix): known for known in names}
    near = get_close_matches(str(name).lower().removeprefix(prefix), by_lower_case, n=3)
    near = [by_lower_case[known] for known in near]
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def hint_at(
    other_names: Mapping[str, str],
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Give a function an error with a hint for an argument that another interface calls otherwise.

    Args:
        other_names: The names that a caller may try, and the function's own names.

    Example:
        >>> @hint_at({"count": "pictures"})
        ... def show(*, pictures):
        ...     return pictures
        >>> show(count=3)
        Traceback (most recent call last):
        TypeError: count: expected an argument of show, got count=3 (did you mean pictures=3?)
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(function)
        def checked(*values: Arguments.args, **options: Arguments.kwargs) -> Result:
            for name, own in other_names.items():
                if name in options:
                    got = f"{options[name]!r:.40}"
                    raise TypeError(
                        f"{name}: expected an argument of {function.__name__}, got {name}={got} "
                        f"(did you mean {own}={got}?)"
                    )
            return function(*values, **options)

        return checked

    return decorate
