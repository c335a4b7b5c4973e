"""`find_runs`: the runs in a folder as a table, the newest first."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jaxcnn._support.files import read_json_object
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn.runs._folder import CONFIG, NETWORK, RESULT, folder_to_read
from jaxcnn.runs._lock import lock_holder
from jaxcnn.runs._status import STATUS, read_status

MARKS = (NETWORK, STATUS)
"""A folder that has one of these is the folder of a run."""

MAX_DEPTH = 3
"""Levels of folders that are searched below the given one, which may be a home folder."""


@dataclasses.dataclass(frozen=True)
class ListedRun(Result):
    """A run in a folder of runs, without its network.

    Attributes:
        folder: The folder of the run.
        status: ``"done"``, ``"running"``, ``"interrupted"`` (by Ctrl-C or SIGTERM), ``"failed"``,
            ``"cut off"`` (it was killed), or ``"damaged"`` if a file cannot be read.
        dataset: The name of the data set; None if it is not saved.
        model: The name of the network; None if it is not saved.
        epochs: Number of epochs that were trained; None before the end.
        test_accuracy: Accuracy on the test set; None if it was not measured.
        test_loss: Mean loss on the test set; None if it was not measured.
        time: The time when the run was last written: UTC, in ISO 8601 format.
    """

    folder: str
    status: str
    dataset: str | None
    model: str | None
    epochs: int | None
    test_accuracy: float | None
    test_loss: float | None
    time: str


@dataclasses.dataclass(frozen=True)
class RunList(TableResult):
    """The runs in a folder, the newest first; `str()` formats them as a table.

    Attributes:
        folder: The folder that was searched.
        runs: The runs.
    """

    folder: str
    runs: tuple[ListedRun, ...]

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [found.to_dict() for found in self.runs]

    def _blocks(self) -> Iterable[Block]:
        if not self.runs:
            return [f"There are no runs in {self.folder}."]
        head = ("run", "status", "data", "network", "last written", "epochs", "accuracy", "loss")
        return [Table([head, *map(_line, self.runs)], words=5)]


def _line(found: ListedRun) -> tuple[str, ...]:
    written = datetime.fromisoformat(found.time).astimezone()
    numbers = (
        "" if found.epochs is None else f"{found.epochs}",
        "" if found.test_accuracy is None else f"{found.test_accuracy:.2%}",
        "" if found.test_loss is None else f"{found.test_loss:.4f}",
    )
    about = (found.folder, found.status, found.dataset or "", found.model or "")
    return (*about, f"{written:%Y-%m-%d %H:%M}", *numbers)


def find_runs(folder: str | os.PathLike[str] = "runs") -> RunList:
    """List the runs in a folder, the newest first.

    A run is a folder that `Run.save` or an experiment wrote, finished or not. Three
    levels of folders are searched, but none within runs. Hidden folders, links and
    folders that cannot be read are left out. The
    files are not compared with their checksums: `verify` does that.

    Args:
        folder: The folder to search.

    Returns:
        A `RunList`, to print.

    Raises:
        FileNotFoundError: If there is no such folder.

    Example::

        print(jaxcnn.runs.find_runs("runs"))
        best = max(jaxcnn.runs.find_runs().runs, key=lambda run: run.test_accuracy or 0)
    """
    top = Path(folder).expanduser()
    if not top.is_dir():
        raise FileNotFoundError(f"{top}: expected a folder of runs, got none")
    found = sorted(map(_listed, _folders(top)), key=lambda run: run.folder)
    newest_first = sorted(found, key=lambda run: run.time, reverse=True)
    return RunList(str(top), tuple(newest_first))


def _folders(top: Path, depth: int = MAX_DEPTH) -> Iterator[Path]:
    """Yield the folders of runs in a folder, and the folder itself if it is one."""
    if any(os.path.lexists(top / name) for name in MARKS):
        yield top
        return
    if not depth:
        return
    entries: list[os.DirEntry[str]] = []
    with suppress(OSError):  # a folder that may not be read, or has vanished
        entries = list(os.scandir(top))
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _folders(Path(entry.path), depth - 1)


def _listed(path: Path) -> ListedRun:
    try:
        folder_to_read(path)
        result, settings = read_json_object(path / RESULT), read_json_object(path / CONFIG)
        status = _status(path, result)
    except (OSError, ValueError):
        result, settings, status = {}, {}, "damaged"
    about = settings | result
    return ListedRun(
        folder=str(path),
        status=status,
        dataset=_of_type(about.get("training_set") or about.get("dataset"), str),
        model=_of_type(about.get("model"), str),
        epochs=_of_type(result.get("epochs"), int),
        test_accuracy=_of_type(result.get("test_accuracy"), float),
        test_loss=_of_type(result.get("test_loss"), float),
        time=_last_written(path),
    )


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
