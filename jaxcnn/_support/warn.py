"""Warnings that point at the user's own line, and not at a line of this library."""

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

_SKIPPED = (f"{Path(__file__).parents[1]}{os.sep}", contextlib.__file__)
"""Where the files are whose lines say nothing to users."""


def warn(message: str) -> None:
    """Warn at the innermost line that is not in this library, such as the call of `fit`."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(_SKIPPED):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


@contextlib.contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print warnings as one line each within the context: commands have no line to point at."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"warning: {message}\n"  # pyright: ignore
    try:
        yield
    finally:
        warnings.formatwarning = before
