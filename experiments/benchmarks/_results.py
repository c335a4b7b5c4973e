"""Write result files: measurements, machine, versions and command."""

import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def facts(libraries: Iterable[str]) -> dict[str, object]:
    """Return the machine, the versions and the command, for a result file.

    Args:
        libraries: Names of packages; those that are not installed are left out.
    """
    return {
        "machine": {
            "processor": _processor().get("model name", platform.machine()),
            "cores": cores(),
            "instructions": _instructions(),
            "system": platform.system(),
        },
        "versions": {
            "python": platform.python_version(),
            "jaxcnn": _git_describe() or importlib.metadata.version("jaxcnn"),
            **{name: found for name in libraries if (found := _version(name))},
        },
        "command": shlex.join(["python", _relative(sys.argv[0]), *sys.argv[1:]]),
    }


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def write_json(path: Path, results: dict[str, object]) -> None:
    """Write results as JSON that is easy to read and to compare: one line per list entry."""

    def lines(value: object) -> str:
        if isinstance(value, list):
            return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in value) + "\n ]"
        if isinstance(value, dict):
            rows = [f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items()]
            return "{\n" + ",\n".join(rows) + "\n }"
        return json.dumps(value)

    parts = [f" {json.dumps(key)}: {lines(value)}" for key, value in results.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def _processor() -> dict[str, str]:
    """Return what Linux reports about the first core; nothing on other systems."""
    try:
        first, _, _ = Path("/proc/cpuinfo").read_text().partition("\n\n")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _instructions() -> list[str]:
    """Return the vector instructions of the processor."""
    flags = _processor().get("flags", "").split()
    return [flag for flag in flags if flag.startswith(("avx", "amx", "fma"))]


def _git_describe() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    try:
        return subprocess.check_output(
            command, cwd=Path(__file__).parent, text=True, stderr=subprocess.DEVNULL
        ).strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _relative(script: str) -> str:
    """Return a script's path relative to the top of the repository."""
    path, top = Path(script).resolve(), Path(__file__).resolve().parents[2]
    return str(path.relative_to(top)) if path.is_relative_to(top) else path.name
