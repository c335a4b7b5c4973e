"""The end of a command: its exit status, and errors in a line or two on standard error."""

import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from jaxcnn._support.texts import without_controls
from jaxcnn._support.warn import warnings_as_lines

FAILED = 1
"""Exit status of a training that failed after it had begun; it can go on from a checkpoint."""
WRONG_COMMAND = 2
"""Exit status of a program that cannot do what the command line asks for."""
DIVERGED = 3
"""Exit status of a training whose loss became NaN or infinite, as it would again."""
SAVED = 75
"""Exit status of a training that SIGTERM ended after a checkpoint, in all processes alike."""
INTERRUPTED = 128 + signal.SIGINT
"""Exit status if Ctrl-C ended the command."""
READER_LEFT = 141
"""Exit status if the reader of the output stops early, as `head` does: what shells show for it."""


def exit_with(command: Callable[[], int | str], words: Callable[[str], str] = str) -> NoReturn:
    """Call a function, and exit the process with the status that it returns.

    An error is printed on standard error, with exit status 2: a line, and a second one that names
    the help if the command line is wrong.

    Args:
        command: The function.
        words: A function that returns the text of an error with the names that were typed.
    """
    replace_unwritable_characters()
    try:
        try:
            with warnings_as_lines():
                status = command()
        finally:
            sys.stdout.flush()  # here, because what fails when Python exits cannot be handled
    except BrokenPipeError:
        _discard_output()
        status = READER_LEFT
    except (ImportError, OSError, ValueError) as error:
        print(without_controls(f"{type(error).__name__}: {words(str(error))}"), file=sys.stderr)
        status = WRONG_COMMAND
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)


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
