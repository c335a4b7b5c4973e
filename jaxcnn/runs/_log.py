"""``log.jsonl``: what happened to a run, one JSON object per line."""

import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax

from jaxcnn._support.files import to_json
from jaxcnn._support.json_texts import MAX_BYTES, open_regular, parse_json, read_limited
from jaxcnn._support.machine import versions

LOG = "log.jsonl"
"""The file of a folder's log, to which each process appends."""

MAX_TEXT = 2_000
"""Characters of a warning or an error that are logged."""

_ENVIRONMENT = (
    "JAX_",
    "JAXCNN_",
    "XLA_",
    "ONEDNN_",
    "DNNL_",
    "GLIBC_TUNABLES",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
)
"""Beginnings of the names of environment variables that are logged."""

_FLAGS = (
    *("jax_enable_x64", "jax_default_matmul_precision", "jax_num_cpu_devices", "jax_platforms"),
    *("jax_default_prng_impl", "jax_threefry_partitionable", "jax_debug_nans"),
)
"""Settings of JAX that are logged."""


def append_log(folder: Path, event: str, **content: Any) -> None:
    """Append a line to the log of a run's folder.

    Args:
        folder: The folder of the run.
        event: What happened, in a word, such as ``"begin"``.
        **content: More entries of the line, which become plain data.

    Raises:
        OSError: If the log cannot be written to.
        ValueError: If the log is not a regular file.
    """
    time = datetime.now(UTC).isoformat(timespec="seconds")
    line = to_json({"time": time, "event": event, **content})
    # A folder from elsewhere must not lead to another file by a link.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with open_regular(folder / LOG, "a+b", flags) as file:
        # A process that was killed may have left half a line; what follows must not be lost with
        # it.
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
        is_whole = file.read(1) in (b"\n", b"")
        file.write((f"{line}\n" if is_whole else f"\n{line}\n").encode())


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Read the log of a run's folder; lines that are damaged are left out.

    Args:
        folder: The folder of the run.

    Returns:
        The lines, each with ``time`` and ``event``; none if there is no log.

    Raises:
        ValueError: If the log is not a regular file, or too large.
    """
    path = folder / LOG
    if not path.is_file():
        return []
    entries = []
    for line in read_limited(path, MAX_BYTES).decode(errors="replace").splitlines():
        with suppress(ValueError):
            entry = parse_json(line)
            if isinstance(entry, dict) and {"time", "event"} <= entry.keys():
                entries.append(entry)
    return entries


@contextmanager
def logged_run(folder: Path, *, resumed_from: int = 0) -> Iterator[None]:
    """Log the begin and the end of a block that trains, and all warnings within it.

    The first line has the command line, the working directory with its git revision, the host, the
    versions of the libraries, the settings of JAX, and JAX's and XLA's environment variables. The
    last line has the error that ended the block, or None. A process that was killed leaves none.

    Args:
        folder: The folder of the run.
        resumed_from: Number of updates of the checkpoint to go on from.

    Raises:
        OSError: If the log cannot be written to.
    """
    append_log(folder, "begin", resumed_from=resumed_from, **_circumstances())
    error: str | None = None
    try:
        with _logged_warnings(folder):
            yield
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}"[:MAX_TEXT]
        raise
    finally:
        with suppress(OSError):  # the error that ended the block is the one to report
            append_log(folder, "end", error=error)


@contextmanager
def _logged_warnings(folder: Path) -> Iterator[None]:
    show = warnings.showwarning

    def log(message, category, filename, lineno, file=None, line=None) -> None:
        with suppress(OSError):
            text = f"{category.__name__}: {message}"[:MAX_TEXT]
            append_log(folder, "warning", text=text, place=f"{filename}:{lineno}")
        show(message, category, filename, lineno, file, line)

    warnings.showwarning = log
    try:
        yield
    finally:
        warnings.showwarning = show


def _circumstances() -> dict[str, Any]:
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)
    }
    return {
        "command": sys.orig_argv,
        "directory": os.getcwd(),
        "revision": _revision(),
        "host": platform.node(),
        "pid": os.getpid(),
        "versions": versions(),
        "settings": {name: getattr(jax.config, name, None) for name in _FLAGS},
        "environment": environment,
    }


def _revision() -> str | None:
    """Return the git revision of the working directory, with ``-dirty`` if files differ from it."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        found = subprocess.run(
            describe, capture_output=True, text=True, timeout=5, check=True, env=environment
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
