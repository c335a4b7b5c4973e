"""`parse`: read the arguments of a command by tyro; what it refuses is an error in one grammar."""

import contextlib
import functools
import inspect
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import tyro

from jaxcnn.commands._faults import find_fault
from jaxcnn.commands._option_names import Command, join_values

_UNSAID = tyro.conf.arg(help_behavior_hint="")
"""The help has no "(default: None)": the text of an option says what is done by default."""

_STYLE = (tyro.conf.DisallowNone, tyro.conf.PositionalMetavarFromFieldName)
"""The help has RUN and --epochs INT in place of PATH and --epochs {None}|INT."""


def parse(
    command: Command, arguments: Sequence[str], *, prog: str, description: str | None = None
) -> Any:
    """Read the arguments of a command.

    Args:
        command: The function of the command, or the dataclass of its options.
        arguments: The arguments, without the name of the command.
        prog: The name of the command.
        description: The beginning of the help; by default that of the docstring.

    Returns:
        The options if `command` is a class; they are not checked. Otherwise a function without
        arguments that calls `command`.

    Raises:
        ValueError: If the arguments are wrong.
        SystemExit: If the help was asked for.
    """
    called = _unchecked(command) if isinstance(command, type) else _deferred(command)
    arguments = join_values(command, arguments)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(
                called, prog=prog, description=description, args=arguments, config=_STYLE
            )
    except SystemExit as end:
        fault = find_fault(command, arguments, prog) if end.code else None
        if fault is None:
            sys.stderr.write(said.getvalue())
            raise
    raise ValueError(f"{fault}\nSee {prog} --help")


def print_overview(
    commands: Mapping[str, Command], arguments: Sequence[str], *, prog: str, description: str
) -> None:
    """Print the help of a program with several commands: one line per command.

    Args:
        commands: The functions, by the names of the commands.
        arguments: The command line, such as ``["--help"]``.
        prog: The name of the program.
        description: The beginning of the help.
    """
    short = {name: _deferred(command) for name, command in commands.items()}
    for command in short.values():
        command.__doc__ = (command.__doc__ or "").split("\n")[0]
    tyro.extras.subcommand_cli_from_dict(short, prog=prog, description=description, args=arguments)


def _deferred(command: Command) -> Any:
    """Return a function with the same parameters that only returns the call."""

    @functools.wraps(command)
    def bind(*arguments: Any, **options: Any) -> Callable[[], Any]:
        return functools.partial(command, *arguments, **options)

    bind.__doc__ = _joined(command.__doc__)
    signature = inspect.signature(command, eval_str=True)
    options = {
        name: parameter.replace(annotation=_quiet(parameter.annotation, parameter.default))
        for name, parameter in signature.parameters.items()
    }
    bind.__dict__["__signature__"] = signature.replace(parameters=[*options.values()])
    bind.__annotations__ = {name: each.annotation for name, each in options.items()}
    del bind.__wrapped__  # whose docstring tyro would take
    return bind


def _unchecked(kind: Any) -> type:
    """Return a class with the same fields that checks none of them: tyro boxes its errors."""
    hints = get_type_hints(kind, include_extras=True)
    quiet = {each.name: _quiet(hints[each.name], each.default) for each in fields(kind)}
    changed = {
        "__post_init__": lambda _: None,
        "__doc__": _joined(kind.__doc__),
        "__annotations__": quiet,
    }
    return type(kind.__name__, (kind,), changed)


def _quiet(hint: Any, default: Any) -> Any:
    """Return a type for which the help shows no default that is None or empty."""
    is_positional = default is inspect.Parameter.empty and get_origin(hint) is tuple
    if default is None or default == () or is_positional:
        return Annotated[hint, _UNSAID]
    kind, *marks = get_args(hint) if get_origin(hint) is Annotated else [hint]
    return Annotated[(_unchecked(kind), *marks)] if is_dataclass(kind) and marks else hint


def _joined(docstring: str | None) -> str:
    """Return a docstring with each entry of its sections on one line, or tyro breaks the lines."""
    return re.sub(r"\n {8,}(?=\S)", " ", inspect.cleandoc(docstring or ""))
