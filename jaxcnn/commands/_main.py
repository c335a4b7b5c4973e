"""`main`: call the function of a subcommand, and exit with its status."""

import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from jaxcnn._support.extras import import_extra
from jaxcnn._support.texts import without_controls
from jaxcnn._support.warn import warnings_as_lines
from jaxcnn._version import __version__
from jaxcnn.commands._check import check
from jaxcnn.commands._doctor import doctor
from jaxcnn.commands._predict import predict
from jaxcnn.commands._profile import profile
from jaxcnn.commands._report import report
from jaxcnn.commands._summary import summary
from jaxcnn.commands._verify import verify


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `jaxcnn` command, and exit the process.

    An error is printed as one line on standard error, with exit status 2, as for a wrong command
    line. Subcommands return 0 for a good result and 1 for a bad one. If the reader of the output
    stops early, as in ``jaxcnn predict ... | head -1``, the status is 141. Ctrl-C ends the command
    with status 130. ``jaxcnn --version`` prints the version.

    Args:
        arguments: The command line without the program's name. None means the arguments of this
            process.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    replace_unwritable_characters()
    try:
        try:
            with warnings_as_lines():
                status = _run(arguments)
        finally:
            sys.stdout.flush()  # here, because what fails when Python exits cannot be handled
    except BrokenPipeError:
        _discard_output()
        status = READER_LEFT
    except (ImportError, OSError, ValueError) as error:
        print(without_controls(f"{type(error).__name__}: {error}"), file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)


INTERRUPTED = 128 + signal.SIGINT
"""Exit status if Ctrl-C ended the command."""
READER_LEFT = 141
"""Exit status if the reader of the output stops early, as `head` does: what shells show for it."""


def _run(arguments: Sequence[str]) -> int | str:
    """Run the subcommand, and return its exit status."""
    if [*arguments] == ["--version"]:
        print(f"jaxcnn {__version__}")
        return 0
    return import_extra("tyro").extras.subcommand_cli_from_dict(
        {
            "doctor": doctor,
            "check": check,
            "summary": summary,
            "profile": profile,
            "predict": predict,
            "report": report,
            "verify": verify,
        },
        prog="jaxcnn",
        description="Convolutional networks in JAX. jaxcnn --version prints the version.",
        args=arguments,
    )


def replace_unwritable_characters() -> None:
    """Print "?" in place of characters that standard output cannot show, such as × in ASCII.

    Otherwise, printing such a character raises an error, which ends the program.
    """
    output = sys.stdout
    if not isinstance(output, io.TextIOWrapper):
        return
    if output.encoding.lower() != "utf-8" or output.errors == "strict":
        output.reconfigure(errors="replace")


def _discard_output() -> None:
    """Discard what is still buffered, which Python would try to write when it exits."""
    with suppress(OSError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
