"""`find_fault`: say in one line what is wrong with the arguments of a command."""

import re
import shlex
import types
from collections import deque
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from jaxcnn._support.arguments import did_you_mean
from jaxcnn.commands._option_names import Command, Option, options_of

_WORDS = {int: "an integer", float: "a number", Path: "a path"}
_PLURALS = {int: "integers", float: "numbers"}

MAX_MEANT = 3
"""Options that an error suggests at most."""


def find_fault(command: Command, arguments: Sequence[str], prog: str) -> str | None:
    """Say what is wrong with the arguments of a command.

    Args:
        command: The function of the command, or the dataclass of its options.
        arguments: The arguments, without the name of the command.
        prog: The name of the command.

    Returns:
        An error such as ``"--epochs: expected an integer, got three"``. None if there is none
        that this function knows.
    """
    options = dict.fromkeys(options_of(command).values())
    positional = [option for option in options if option.is_positional]
    flags = _flags(options)
    missing = {option.typed: option for option in flags.values() if option.is_required}
    waiting = deque(arguments)
    unnamed: list[str] = []
    while waiting:
        token = waiting.popleft()
        if token == "--":  # nothing after it is an option
            unnamed += waiting
            break
        if not _is_flag(token):
            unnamed.append(token)
            continue
        name, equals, value = token.partition("=")
        name = f"--{name[2:].replace('_', '-')}" if name.startswith("--") else name
        if name not in flags:
            return _fault_of_name(name, flags, positional, prog)
        if equals:
            waiting.appendleft(value)
        option = flags[name]
        missing.pop(option.typed, None)
        if _is_switch(option):
            fault = _fault_of_switch(name, option, waiting, has_value=bool(equals))
        else:
            fault = _fault_of_values(option, _take(waiting, option.hint))
        if fault is not None:
            return fault
    if missing:
        return _fault_of_values(next(iter(missing.values())), [])
    return _fault_of_count(unnamed, positional, prog)


def _flags(options: Iterable[Option]) -> dict[str, Option]:
    """Return the options by what is typed for them, such as --json and --no-json."""
    named = [option for option in options if not option.is_positional]
    flags = {name: option for option in named for name in (option.typed, *option.aliases)}
    switches = [option for option in flags.values() if _is_switch(option)]
    return flags | {_negated(option): option for option in switches}


def _is_switch(option: Option) -> bool:
    """Return whether an option takes no value, such as --json."""
    return _plain(option.hint) is bool


def _negated(switch: Option) -> str:
    return switch.typed.replace("--", "--no-")


def _usage(prog: str, positional: Iterable[Option]) -> str:
    return " ".join([prog, *(option.typed for option in positional)])


def _fault_of_name(name: str, flags: Iterable[str], positional: Sequence[Option], prog: str) -> str:
    if name.strip("-").upper() in (option.typed for option in positional):
        return f"{name}: expected {_usage(prog, positional)}, got an option"
    return f"{name}: expected an option of {prog}, got an unknown one{_meant(name, flags)}"


def _is_flag(token: str) -> bool:
    """Return whether a token is the name of an option: - and -1 are values."""
    return re.match(r"--?[A-Za-z]", token) is not None


_OTHER_NAMES = {"weights": "pretrained"}
"""Options of other programs, and what they are called here."""


def _meant(name: str, flags: Iterable[str]) -> str:
    """Return a hint: the options with a word of the name, or its letters, or else the nearest."""
    negates = name.startswith("--no-")
    prefix = "--no-" if negates else "--"
    typed = name.removeprefix(prefix).strip("-")
    long = [flag for flag in flags if flag.startswith("--")]
    names = [flag.removeprefix(prefix) for flag in long if flag.startswith("--no-") is negates]
    words = {*typed.split("-")}
    alike = [
        each
        for each in names
        if words & {*each.split("-")} or typed == "".join(word[0] for word in each.split("-"))
    ]
    near = (
        [_OTHER_NAMES[typed]]
        if _OTHER_NAMES.get(typed) in names
        else alike or get_close_matches(typed, names)
    )
    meant = " or ".join(f"{prefix}{each}" for each in near[:MAX_MEANT])
    return f" (did you mean {meant}?)" if meant else ""


def _plain(hint: Any) -> Any:
    """Return a type without the None that stands for "by default"."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 else str


def _take(waiting: deque[str], hint: Any) -> list[str]:
    """Take the values of an option from the tokens after its name."""
    kind = _plain(hint)
    count: float = 1
    if get_origin(kind) is tuple:
        count = float("inf") if ... in get_args(kind) else len(get_args(kind))
    values: list[str] = []
    while waiting and len(values) < count and waiting[0] != "--" and not _is_flag(waiting[0]):
        values.append(waiting.popleft())
    return values


def _fault_of_switch(
    name: str, switch: Option, waiting: Sequence[str], *, has_value: bool
) -> str | None:
    """Say that a switch takes no value, if what follows it is one."""
    if not has_value and not (waiting and waiting[0] in ("True", "False")):
        return None
    either = f"{switch.typed} or {_negated(switch)}"
    return f"{name}: expected {either} without a value, got {shlex.quote(waiting[0])}"


def _fault_of_values(option: Option, values: list[str]) -> str | None:
    kind = _plain(option.hint)
    kinds, expected = [kind], _in_words(kind)
    if get_origin(kind) is tuple:
        kinds = [each for each in get_args(kind) if each is not ...]
        if ... in get_args(kind):
            kinds *= len(values)
        expected = f"{len(kinds)} {_PLURALS.get(kinds[0], 'values')}" if kinds else ""
    if len(values) == len(kinds) and all(map(_fits, kinds, values)):
        return None
    hint = ""
    if values and _is_literal(kind):
        hint = did_you_mean(values[0], get_args(kind))
    elif len(values) == 1 < len(kinds) and all(_fits(each, values[0]) for each in kinds):
        hint = f" (did you mean {' '.join([option.typed, *values * len(kinds)])}?)"
    got = shlex.join(values) if values else "none"
    return f"{option.typed}: expected {expected}, got {got}{hint}"


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _in_words(kind: Any) -> str:
    if _is_literal(kind):
        return f"one of {', '.join(map(str, get_args(kind)))}"
    return _WORDS.get(kind, "a text")


def _fits(kind: Any, value: str) -> bool:
    """Return whether a value can be read as one of a type."""
    if _is_literal(kind):
        return value in get_args(kind)
    if kind not in (int, float):
        return True
    try:
        kind(value)
    except ValueError:
        return False
    return True


def _fault_of_count(values: Sequence[str], positional: Sequence[Option], prog: str) -> str | None:
    """Say which argument without a name is missing, or too many."""
    required = [option for option in positional if option.is_required]
    is_open = any(get_origin(option.hint) is tuple for option in positional)
    if len(values) < len(required):
        wrong = required[len(values)].typed
    elif len(values) > len(positional) and not is_open:
        wrong = values[len(positional)]
    else:
        return None
    got = " ".join([prog, *map(shlex.quote, values)])
    return f"{wrong}: expected {_usage(prog, positional)}, got {got}"
