"""A lifeline: a process ends when the process that has started it is gone, also if it was killed.

It is a pipe, of which the process that starts the others holds the writing end. The system closes
it with that process, however it ends; then the others read the end of the pipe.
"""

import os
import signal
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

VARIABLE = "JAXCNN_LIFELINE"
"""The environment variable with the number of the pipe's reading end, and its inode."""


class Lifeline(NamedTuple):
    """Settings for starting processes that shall end with this one.

    Attributes:
        environment: Environment variables.
        descriptors: File descriptors that they inherit, as ``subprocess.Popen(pass_fds=)``.
    """

    environment: Mapping[str, str]
    descriptors: tuple[int, ...]


@contextmanager
def lifeline() -> Iterator[Lifeline]:
    """Yield a lifeline, which is cut at the end of the block; on Windows, one that does nothing."""
    if os.name == "nt":
        yield Lifeline({}, ())
        return
    reading, writing = os.pipe()
    try:
        yield Lifeline({VARIABLE: f"{reading}:{os.fstat(reading).st_ino}"}, (reading,))
    finally:
        os.close(writing)
        os.close(reading)


def follow_lifeline() -> None:
    """Let SIGTERM end this process when its lifeline is cut; without one, do nothing."""
    # Processes that this one starts do not inherit the descriptor, but the variable.
    reading = _descriptor(os.environ.pop(VARIABLE, ""))
    if reading is not None:
        os.set_inheritable(reading, False)
        threading.Thread(target=_wait_and_end, args=(reading,), daemon=True).start()


def _descriptor(text: str) -> int | None:
    """Return the reading end that a variable names; None if it is not that pipe here."""
    number, _, inode = text.partition(":")
    if not number.isdecimal():
        return None
    try:
        found = os.fstat(int(number))
    except OSError:
        return None
    is_same = stat.S_ISFIFO(found.st_mode) and str(found.st_ino) == inode
    return int(number) if is_same else None


def _wait_and_end(reading: int) -> None:
    while os.read(reading, 1):
        pass
    nothing = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        if stat.S_ISFIFO(os.fstat(output).st_mode):  # nobody reads it, so writing would fail
            os.dup2(nothing, output)
    os.kill(os.getpid(), signal.SIGTERM)
