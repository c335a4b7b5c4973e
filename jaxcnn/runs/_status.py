"""``status.json``: how far the training of a run folder has come."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn._support.files import read_json_object, write_json
from jaxcnn.runs._checkpoint_numbers import run_checkpoints

STATUS = "status.json"
"""The file of a folder's status; missing in folders that `Run.save` wrote."""
VERSION = 1

Status = Literal["running", "interrupted", "failed", "done"]
"""The states of a training. A process that was killed leaves ``"running"``."""

SECONDS_BETWEEN_BEATS = 10.0
"""Seconds between two times at which a running training writes its status."""


class RunStatus(NamedTuple):
    """The content of ``status.json``.

    Attributes:
        status: One of running, interrupted, failed and done.
        steps: Number of updates when the status was written.
        time: The time when the status was written: UTC, in ISO 8601 format.
        checkpoint: The number of the latest checkpoint when the status was written. None: there
            was none, or an earlier version wrote the status.
        stopped: Why a training that is done ended before its last epoch, such as ``"max_steps"``;
            None: it did not.
    """

    status: Status
    steps: int
    time: str
    checkpoint: int | None = None
    stopped: str | None = None


def write_status(
    folder: Path, status: Status, *, steps: int = 0, stopped: str | None = None
) -> None:
    """Write the status of a training to its folder, completely or not at all.

    The number of the latest checkpoint in the folder is written with it, so that `verify` can
    tell if this checkpoint is lost.

    Args:
        folder: The folder of the run.
        status: One of running, interrupted, failed and done.
        steps: Number of updates so far.
        stopped: Why the training ended before its last epoch; None: it did not.

    Raises:
        OSError: If the status cannot be written.
        TypeError: If `steps` is not an integer.
        ValueError: If `status` is unknown, or `steps` is negative.
    """
    check_choice("status", status, get_args(Status))
    check_int("steps", steps, minimum=0)
    written = datetime.now(UTC).isoformat(timespec="seconds")
    content = {
        "version": VERSION,
        "status": status,
        "steps": int(steps),
        "checkpoint": max(run_checkpoints(folder), default=None),
        "time": written,
        **({} if stopped is None else {"stopped": stopped}),
    }
    write_json(folder / STATUS, content)


def heartbeat(folder: Path) -> Callable[[int], None]:
    """Return a function that keeps the status of a running training up to date.

    The status then tells how far a training came that was killed, and whether one still moves. The
    status is written at the first call, and then at most once in ten seconds. A call that writes
    nothing takes less than a microsecond. Errors of the disk are ignored.

    Args:
        folder: The folder of the run.

    Returns:
        A function of the number of updates so far, for ``fit(on_step=)``.

    Example::

        with jaxcnn.runs.lock_folder("runs/mine") as folder:
            run = jaxcnn.fit(net, data.train, on_step=jaxcnn.runs.heartbeat(folder))
    """
    due = 0.0

    def beat(step: int) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + SECONDS_BETWEEN_BEATS
            with suppress(OSError):
                write_status(folder, "running", steps=step)

    return beat


@contextmanager
def counted_steps(folder: Path) -> Iterator[Callable[[int], None]]:
    """Yield the function of `heartbeat`; at the end of the block, write the last step.

    So the status of a training that ended by an error or a signal has the exact number of updates.

    Args:
        folder: The folder of the run.

    Example::

        with jaxcnn.runs.counted_steps(folder) as on_step:
            run = jaxcnn.fit(net, data.train, on_step=on_step)
    """
    beat, last = heartbeat(folder), 0

    def count(step: int) -> None:
        nonlocal last
        last = step
        beat(step)

    try:
        yield count
    finally:
        if last:
            with suppress(OSError):
                write_status(folder, "running", steps=last)


def read_status(folder: Path) -> RunStatus | None:
    """Read the status of a training from its folder; return None if no status is saved there.

    Raises:
        ValueError: If the status file is damaged. The message names the file.
    """
    path = folder / STATUS
    if not path.exists():
        return None
    content = read_json_object(path)
    try:
        version, status = content["version"], content["status"]
        if type(version) is not int or version != VERSION:
            raise ValueError(f"version: expected {VERSION}, got {version!r:.60}")
        check_choice("status", status, get_args(Status))
        check_int("steps", content["steps"], minimum=0)
        checkpoint = content.get("checkpoint")
        if checkpoint is not None:
            check_int("checkpoint", checkpoint, minimum=0)
        stopped = content.get("stopped")
        if not isinstance(stopped, str | None):
            raise TypeError(f"stopped: expected a text, got {stopped!r:.60}")
        written = datetime.fromisoformat(content["time"])
        if written.tzinfo is None:
            raise ValueError("time: expected one with a time zone, got none")
    except KeyError as error:
        raise ValueError(f"{path}: expected an entry {error}, got none") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error!s:.200}") from None
    written_in_words = written.isoformat(timespec="seconds")
    return RunStatus(status, content["steps"], written_in_words, checkpoint, stopped)
