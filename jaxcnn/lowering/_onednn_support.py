"""The checks before oneDNN computes convolutions in this process.

`jaxcnn.lowering.methods` calls oneDNN in a way that jaxlib does not document. So oneDNN is used
only with versions of jaxlib that were tested (`VERSIONS`), and only after a self-test on this
machine. The self-test runs in a separate process, because a fault could end the process. Its
answer is kept in the user's cache folder, so it runs once per version and machine.
"""

import hashlib
import importlib.metadata
import os
import platform
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jaxcnn._support.files import write_json
from jaxcnn._support.json_texts import read_json
from jaxcnn._support.machine import cpu_model
from jaxcnn._support.texts import readable
from jaxcnn._version import __version__
from jaxcnn.lowering._uncached import keep_out_of_cache

ONEDNN_PREFIX = "__onednn$"
"""The prefix of the names of XLA's calls of oneDNN."""

ONEDNN_TARGET = f"{ONEDNN_PREFIX}convolution"
"""XLA's name of a convolution by oneDNN."""

ONEDNN_MATMUL = f"{ONEDNN_PREFIX}matmul"
"""XLA's name of a matrix product by oneDNN."""

VERSIONS = ("0.10.2", "0.12.0.1")
"""The versions of jaxlib whose calls of oneDNN were tested, on Linux and x86-64."""

VARIABLE = "JAXCNN_ONEDNN"
"""The environment variable: ``0`` turns oneDNN off, and ``untested`` skips all checks."""

SELF_TEST = "jaxcnn.lowering.onednn_self_test"
"""The module that tests the values of oneDNN, as a program."""

SELF_TEST_VERSION = "3"
"""Increased when jaxcnn calls oneDNN in a new way, so that an old answer does not count."""

MAX_SECONDS = 120.0
"""Of the self-test, which takes about five."""


class OneDnnSupport(NamedTuple):
    """The answer to whether convolutions may be computed by oneDNN, and why.

    Attributes:
        is_usable: Whether they may.
        reason: The reason in words, for `jaxcnn doctor`.
    """

    is_usable: bool
    reason: str


@cache
def onednn_support() -> OneDnnSupport:
    """Find out whether convolutions may be computed by oneDNN in this process.

    If they may, JAX's persistent compilation cache leaves out the programs that do so from then on.

    Raises:
        ValueError: If the environment variable JAXCNN_ONEDNN has an unknown value.
    """
    found = _support()
    if found.is_usable:
        keep_out_of_cache(ONEDNN_PREFIX)
    return found


def _support() -> OneDnnSupport:
    chosen = os.environ.get(VARIABLE, "1")
    if chosen not in ("0", "1", "untested"):
        raise ValueError(f"{VARIABLE}: expected 0, 1 or untested, got {readable(chosen):.60}")
    if chosen == "0":
        return OneDnnSupport(False, f"turned off by {VARIABLE}=0")
    if chosen == "untested":
        return OneDnnSupport(True, f"used without a test, because of {VARIABLE}=untested")
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return OneDnnSupport(False, "not used: tested only on Linux and x86-64")
    jaxlib = importlib.metadata.version("jaxlib")
    if jaxlib not in VERSIONS:
        tested = " and ".join(VERSIONS)
        return OneDnnSupport(False, f"not used: tested only with jaxlib {tested}, not {jaxlib}")
    fault = _fault(jaxlib)
    if fault:
        return OneDnnSupport(False, f"not used: its self-test failed ({fault})")
    return OneDnnSupport(True, f"used: tested with jaxlib {jaxlib} on this machine")


def _fault(jaxlib: str) -> str:
    """Return what the self-test found, from the cache if it has run before; "" if all is right."""
    facts = (__version__, SELF_TEST_VERSION, jaxlib, cpu_model(), *_settings())
    name = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    folder = _cache_folder()
    path = None if folder is None else folder / f"onednn-{name}.json"
    if path is not None:
        with suppress(OSError, ValueError, TypeError, KeyError):
            return str(read_json(path)["fault"])
    try:
        status, output = _run_self_test()
    except (OSError, subprocess.TimeoutExpired) as error:  # which may not happen again
        return f"{type(error).__name__}"
    lines = output.strip().splitlines()
    fault = f"status {status}: {readable(lines[-1])[:200] if lines else 'no output'}"
    fault = fault if status else ""
    if path is not None and -status not in _FROM_OUTSIDE:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, {"fault": fault, "facts": list(facts)})
    return fault


_FROM_OUTSIDE = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
"""Signals that say nothing about oneDNN; the last is also that of a machine without memory."""


def _settings() -> list[str]:
    """Return the environment variables that change how XLA and oneDNN compute."""
    return [f"{name}={value}" for name, value in sorted(os.environ.items()) if _is_setting(name)]


def _is_setting(name: str) -> bool:
    return name == "XLA_FLAGS" or name.startswith(("ONEDNN_", "DNNL_"))


def _run_self_test() -> tuple[int, str]:
    """Return the exit status of the self-test, and what it printed."""
    # The process imports this very package, from wherever it is, and nothing from where it is run.
    root = str(Path(__file__).parents[2])
    paths = filter(None, [root, os.environ.get("PYTHONPATH")])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "JAX_PLATFORMS": "cpu",
        VARIABLE: "untested",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", SELF_TEST],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
        start_new_session=True,  # so that Ctrl-C does not end it
    )
    return done.returncode, done.stderr or done.stdout


def _cache_folder() -> Path | None:
    """Return the user's cache folder; None if the user has no home."""
    if folder := os.environ.get("XDG_CACHE_HOME"):
        return Path(folder) / "jaxcnn"
    try:
        return Path.home() / ".cache" / "jaxcnn"
    except RuntimeError:
        return None
