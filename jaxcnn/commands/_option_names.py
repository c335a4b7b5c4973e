"""Errors that name the options of the command line in place of fields or arguments."""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

import tyro

from jaxcnn.experiment import Config


def with_options(message: str, kind: type[Config]) -> str:
    """Replace the names of a config's fields in an error by what is typed on the command line.

    Args:
        message: The text of an error, such as ``"seed: expected ... (extend=True goes on)"``.
        kind: The class of the config.

    Returns:
        The same with ``--seed: expected ... (--extend goes on)``.
    """
    options = _options(kind)
    alone = "|".join(name for name in options if "_" in name)  # others are words, too
    names, outside = "|".join(options), r"(?<![\w./\\-])"
    named = rf"{outside}(?:({names})(?=: expected)|({alone})(?![\w./\\=-]))"
    valued = rf"{outside}({names})=('[^']*'|[\w.-]*\w)?"

    def with_value(found: re.Match[str]) -> str:
        name, value = found[1], (found[2] or "").strip("'")
        if value == "False":
            return options[name].replace("--", "--no-")
        return options[name] if value in ("", "True") else f"{options[name]} {value}"

    message = re.sub(named, lambda found: options[found[1] or found[2]], message)
    return re.sub(valued, with_value, message)


def _options(kind: type[Config]) -> dict[str, str]:
    """Return what is typed on the command line for each field."""
    hints = get_type_hints(kind, include_extras=True)
    options = {
        field.name: f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(kind)
    }
    marks = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    for name, found in marks.items():
        if tyro.conf.Positional in found:
            named = (getattr(one, "metavar", None) for one in found)
            options[name] = next(filter(None, named), name.upper())
            # What cannot be typed follows from the positional argument.
            unseen = (other for other, marked in marks.items() if tyro.conf.Suppress in marked)
            options |= dict.fromkeys(unseen, options[name])
    return options


@contextlib.contextmanager
def errors_name_options(others: Mapping[str, str]) -> Iterator[None]:
    """Replace the argument that an error begins with by the option of the same name.

    Args:
        others: The options of arguments that have another name.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        name, colon, rest = str(error).partition(": expected")
        if not colon or not name.isidentifier():
            raise
        option = others.get(name, f"--{name.replace('_', '-')}")
        raise type(error)(f"{option}{colon}{rest}") from None


def naming_options(kind: type[Config]) -> Any:
    """Return a class of configs like `kind` whose errors name options."""

    def check(self: Config) -> None:
        try:
            kind.__post_init__(self)
        except (TypeError, ValueError) as error:
            raise type(error)(with_options(str(error), kind)) from None

    return type(kind.__name__, (kind,), {"__post_init__": check, "__doc__": kind.__doc__})
