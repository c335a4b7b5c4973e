"""The options of a command as they are typed, and errors that name them so."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import tyro

Command = Callable[..., Any]
"""A function whose parameters are options, or a dataclass whose fields are."""


class Option(NamedTuple):
    """An option or an argument of a command.

    Attributes:
        typed: What is typed: ``--epochs`` for an option, ``DATA`` for an argument without a name.
        hint: The type, without what only tyro reads.
        is_positional: Whether it is an argument without a name.
        is_required: Whether it has no default.
        aliases: What can be typed instead, such as ``-n``.
    """

    typed: str
    hint: Any
    is_positional: bool
    is_required: bool
    aliases: tuple[str, ...] = ()


def options_of(command: Command) -> dict[str, Option]:
    """Return what can be typed after a command, by the names in Python.

    Args:
        command: A function, or the dataclass of its options.
    """
    if isinstance(command, type):
        return _of_fields(command)
    hints = get_type_hints(command, include_extras=True)
    parameters = inspect.signature(command).parameters
    options: dict[str, Option] = {}
    for name, parameter in parameters.items():
        hint, marks = _without_marks(hints[name])
        if dataclasses.is_dataclass(hint):
            options |= _of_fields(hint)
            continue
        is_positional = parameter.kind is parameter.POSITIONAL_ONLY or tyro.conf.Positional in marks
        typed = name.upper() if is_positional else _flag(name)
        is_required = parameter.default is parameter.empty
        aliases = [alias for mark in marks for alias in getattr(mark, "aliases", None) or ()]
        options[name] = Option(typed, hint, is_positional, is_required, tuple(aliases))
    return options


def join_values(command: Command, arguments: Sequence[str]) -> list[str]:
    """Join options that take a text with values that begin with a minus sign.

    `--sort -accuracy` becomes `--sort=-accuracy`: otherwise the value would be taken for an option.

    Args:
        command: A function, or the dataclass of its options.
        arguments: The arguments, without the name of the command.
    """
    options = options_of(command).values()
    of_text = [each.typed for each in options if each.hint is str and not each.is_positional]
    short = {alias for each in options for alias in each.aliases} | {"-h"}
    joined: list[str] = []
    for argument in arguments:
        is_value = re.match(r"-[A-Za-z]", argument) is not None and argument not in short
        if is_value and joined and joined[-1] in of_text:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _of_fields(kind: Any) -> dict[str, Option]:
    options: dict[str, Option] = {}
    unseen: list[str] = []
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        hint, marks = _without_marks(hints[field.name])
        if tyro.conf.Suppress in marks:
            unseen.append(field.name)
            continue
        is_positional = tyro.conf.Positional in marks
        typed = field.name.upper() if is_positional else _flag(field.name)
        is_required = field.default in (dataclasses.MISSING, tyro.MISSING)
        options[field.name] = Option(typed, hint, is_positional, is_required)
    # What cannot be typed follows from the argument without a name.
    followed = [option for option in options.values() if option.is_positional][:1]
    return options | {name: option for option in followed for name in unseen}


def _without_marks(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a type, and what only tyro reads."""
    if get_origin(hint) is not Annotated:
        return hint, ()
    hint, *marks = get_args(hint)
    return hint, tuple(marks)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


_COMMANDS = {"jaxcnn.predict_files": "jaxcnn predict", "jaxcnn.data.image_table": "jaxcnn train"}
"""What is typed in place of functions that errors name."""


def with_options(message: str, command: Command) -> str:
    """Replace the names of a command's options in an error by what is typed on the command line.

    Args:
        message: The text of an error, such as ``"seed: expected ... (extend=True goes on)"``.
        command: The function of the command, or the class of its options.

    Returns:
        The same with ``--seed: expected ... (--extend goes on)``.
    """
    typed = {name: option.typed for name, option in options_of(command).items()}
    alone = "|".join(name for name in typed if "_" in name) or "(?!)"  # others are words, too
    names, outside = "|".join(typed), r"(?<![\w./\\-])"
    # Elsewhere, as after the path of a file, it is an entry of that name.
    named = rf"(?:^|(?<=; ))({names})(?=: expected)|{outside}({alone})(?![\w./\\=-])"
    valued = rf"{outside}({names})=('[^']*'|\"[^\"]*\"|[\w.-]*\w)?"

    def with_value(found: re.Match[str]) -> str:
        name, value = found[1], (found[2] or "").strip("'\"")
        if value == "False":
            return typed[name].replace("--", "--no-")
        return typed[name] if value in ("", "True") else f"{typed[name]} {value}"

    for function, same in _COMMANDS.items():
        message = message.replace(function, same)
    message = re.sub(r"\b(expected|got) None\b", r"\1 none", message)
    message = re.sub(named, lambda found: typed[found[1] or found[2]], message)
    return re.sub(valued, with_value, message)
