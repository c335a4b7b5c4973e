"""What `jaxcnn COMMAND --help` prints, for the page about the command."""

import contextlib
import io
import os
import textwrap
from unittest import mock

from jaxcnn.commands import main

COMMANDS = (
    *("train", "validate", "predict", "export", "push", "serve", "report", "explore", "gallery"),
    *("runs", "check"),
    *("summary", "profile", "plan", "verify", "launch", "doctor"),
)


def help_of(*command: str) -> str:
    """The help of a command, in lines of 88 characters without colors."""
    printed = io.StringIO()
    plain = {"COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb"}
    with (
        mock.patch.dict(os.environ, plain),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        main([*command, "--help"])
    lines = (line.rstrip() for line in printed.getvalue().splitlines())
    return "\n".join(line if line.startswith(" ") else textwrap.fill(line, 88) for line in lines)


def help_page() -> list[str]:
    """A section for each command, in reStructuredText."""
    lines: list[str] = []
    for command in COMMANDS:
        title = f"jaxcnn {command}"
        lines += [title, "-" * len(title), "", ".. code-block:: text", ""]
        lines += [textwrap.indent(help_of(command), "   "), ""]
    return lines
