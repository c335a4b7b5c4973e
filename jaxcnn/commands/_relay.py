"""`Relay`: print what several processes write, without mixing their lines."""

import locale
import shutil
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, TextIO


class Relay:
    """Print what several processes write, line by line, each after the number of its process.

    A line that a process overwrites again and again, such as a progress bar, stays below all other
    lines on a terminal. Elsewhere it is left out until it is complete.

    Args:
        on_reader_left: Called if nobody reads the output any longer. What follows is discarded.
    """

    def __init__(self, on_reader_left: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._bar = ""
        self._on_reader_left: Callable[[], None] | None = on_reader_left

    def copy(self, process: int, source: BinaryIO, target: TextIO) -> None:
        """Print all that a process writes to a pipe, until the pipe is closed.

        Args:
            process: The number of the process.
            source: The pipe, unbuffered.
            target: Where to print it: standard output or standard error.
        """
        rest = b""
        with source:
            while chunk := source.read(1 << 16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._copy_line(process, line, target)
                if b"\r" in rest:
                    shown, rest = _last_overwritten(rest)
                    self._show(process, shown)
        if rest.strip(b"\r"):
            self._copy_line(process, rest, target)
        if self._bar.startswith(f"[{process}]"):
            self._show(process, b"")

    def line(self, text: str, target: TextIO) -> None:
        """Print a whole line."""
        with self._lock:
            self._write(self._cleared(), sys.stderr)
            self._write(f"{text}\n", target)
            self._write(self._bar, sys.stderr)

    def _copy_line(self, process: int, line: bytes, target: TextIO) -> None:
        line = line.removesuffix(b"\r")  # of Windows
        *overwritten, shown = line.split(b"\r")
        if overwritten:
            self._show(process, b"")
        if shown.strip() or not overwritten:  # otherwise a progress bar was removed
            self.line(f"[{process}] {_text(shown)}", target)

    def _show(self, process: int, line: bytes) -> None:
        """Show a line that is overwritten again and again, on terminals."""
        if not sys.stderr.isatty():
            return
        text = f"[{process}] {_text(line)}" if line.strip() else ""
        with self._lock:
            cleared, self._bar = self._cleared(), text[: shutil.get_terminal_size().columns - 1]
            self._write(cleared + self._bar, sys.stderr)

    def _cleared(self) -> str:
        """Return what removes the overwritten line from the terminal."""
        return f"\r{' ' * len(self._bar)}\r" if self._bar else ""

    def _write(self, text: str, target: TextIO) -> None:
        if not text or self._on_reader_left is None:
            return
        try:
            target.write(text)
            target.flush()
        except OSError:
            call, self._on_reader_left = self._on_reader_left, None
            call()


def _last_overwritten(line: bytes) -> tuple[bytes, bytes]:
    """Return what a terminal shows of a line that has carriage returns, and what must be kept."""
    before, _, last = line.rpartition(b"\r")
    if last:
        return last, b"\r" + last
    return before.rpartition(b"\r")[2], b"\r"


def _text(line: bytes) -> str:
    # That of the processes, which also write UTF-8 in the UTF-8 mode of LC_ALL=C, for example.
    return line.decode(locale.getpreferredencoding(False), errors="replace")
