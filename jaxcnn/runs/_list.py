"""`find_runs`: find the runs in a folder, the newest first."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jaxcnn._support.files import read_json_object
from jaxcnn._support.texts import readable
from jaxcnn.architecture import count_parameters
from jaxcnn.runs._folder import (
    ARCHITECTURE,
    CONFIG,
    NETWORK,
    RESULT,
    folder_to_read,
    read_architecture,
)
from jaxcnn.runs._lock import lock_holder
from jaxcnn.runs._network_file import read_interface
from jaxcnn.runs._run_list import ListedRun, RunList
from jaxcnn.runs._status import STATUS, read_status

MARKS = (NETWORK, STATUS)
"""A folder that has one of these is the folder of a run."""

MAX_DEPTH = 3
"""Levels of folders that are searched below the given one, which may be a home folder."""


def find_runs(folder: str | os.PathLike[str] = "runs") -> RunList:
    """List the runs in a folder, the newest first.

    A run is a folder that `Run.save` or an experiment wrote, finished or not. Three levels of
    folders are searched, but none within runs. Hidden folders and links are left out. Runs and
    folders that cannot be read are named, and hide no others. The files are not compared with their
    checksums: `verify` does that.

    Args:
        folder: The folder to search.

    Returns:
        A `RunList`, to print, to sort by a column, or to write as CSV.

    Raises:
        FileNotFoundError: If there is no such folder.

    Example::

        print(jaxcnn.runs.find_runs("runs"))
        best = jaxcnn.runs.find_runs("runs").sorted_by("-accuracy").runs[0]
    """
    top = Path(folder).expanduser()
    if not top.is_dir():
        raise FileNotFoundError(f"{top}: expected a folder of runs, got none")
    unread: list[str] = []
    found = sorted(map(_listed, _folders(top, unread)), key=lambda run: run.folder)
    newest_first = sorted(found, key=lambda run: run.time, reverse=True)
    return RunList(str(top), tuple(newest_first), tuple(sorted(unread)))


def _folders(top: Path, unread: list[str], depth: int = MAX_DEPTH) -> Iterator[Path]:
    """Yield the folders of runs in a folder, and the folder itself if it is one.

    Args:
        top: The folder.
        unread: Folders that cannot be searched are added to it, with the reason.
        depth: Levels of folders to search.
    """
    if any(os.path.lexists(top / name) for name in MARKS):
        yield top
        return
    if not depth:
        return
    entries: list[os.DirEntry[str]] = []
    try:
        entries = list(os.scandir(top))
    except FileNotFoundError:
        pass  # it has vanished
    except OSError as error:
        unread.append(readable(f"{top}: {error.strerror or error}"))
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _folders(Path(entry.path), unread, depth - 1)


def _listed(path: Path) -> ListedRun:
    try:
        folder_to_read(path)
        result, settings = read_json_object(path / RESULT), read_json_object(path / CONFIG)
        status = _status(path, result)
        problem = None
    except (OSError, ValueError) as error:
        result, settings, status = {}, {}, "damaged"
        problem = readable(str(error).removeprefix(f"{path}{os.sep}"))
    about = settings | result
    stopped = _of_type(result.get("stopped"), str)
    if status != "done" or stopped == "early_stopping":
        stopped = None
    return ListedRun(
        folder=str(path),
        status=status if stopped is None else "stopped",
        dataset=_of_type(about.get("training_set") or about.get("dataset"), str),
        model=_of_type(about.get("model"), str),
        epochs=_of_type(result.get("epochs"), int),
        test_accuracy=_of_type(result.get("test_accuracy"), float),
        test_loss=_of_type(result.get("test_loss"), float),
        time=_last_written(path),
        parameters=_parameters(path) if problem is None else None,
        test_accuracy_interval=_interval(result.get("test_accuracy_interval")),
        seconds=_of_type(result.get("seconds_train"), float),
        problem=problem,
        stopped=stopped,
    )


def _parameters(path: Path) -> int | None:
    """Count the parameters by the layers; None for custom modules and layers."""
    if not (path / ARCHITECTURE).is_file():
        return None
    with suppress(OSError, ValueError):
        return count_parameters(read_architecture(path), read_interface(path / NETWORK).input_shape)
    return None


def _interval(value: Any) -> tuple[float, float] | None:
    match value:
        case [float() as low, float() as high]:
            return low, high
        case _:
            return None


def _of_type(value: Any, kind: type) -> Any:
    """Return a value from a file if it has the right type; otherwise None."""
    return value if type(value) is kind else None


def _status(path: Path, result: Mapping[str, Any]) -> str:
    found = read_status(path)
    if found is None:
        return "interrupted" if result.get("interrupted") else "done"
    is_held = lock_holder(path) is not None
    return "cut off" if found.status == "running" and not is_held else found.status


def _last_written(path: Path) -> str:
    names = (RESULT, *MARKS)
    times = []
    for name in names:
        with suppress(OSError):
            times.append((path / name).lstat().st_mtime)
    return datetime.fromtimestamp(max(times, default=0), UTC).isoformat(timespec="seconds")
