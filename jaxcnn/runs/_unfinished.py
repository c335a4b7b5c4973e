"""A training that is not finished, in words: how far it came, and how it can go on."""

import shlex
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from jaxcnn.runs._checkpoint_numbers import CHECKPOINTS, run_checkpoints
from jaxcnn.runs._folder import CONVOLUTION_METHODS, NETWORK
from jaxcnn.runs._history_files import JSONL, read_history
from jaxcnn.runs._lock import LOCK, lock_holder
from jaxcnn.runs._log import LOG
from jaxcnn.runs._loggers import TENSORBOARD
from jaxcnn.runs._status import STATUS, read_status


def steps_taken(folder: Path) -> int:
    """Return the number of updates that the training in a run's folder is known to have taken.

    The number is the largest of those in ``status.json``, in the names of the checkpoints, and in
    ``metrics.jsonl``. Metrics that are older than the status are ignored: they can be those of a
    process that was killed and whose epochs are trained again.

    Args:
        folder: The folder of the run.

    Raises:
        ValueError: If ``status.json`` is damaged.
    """
    found = read_status(folder)
    counted = 0 if found is None else found.steps
    return max(counted, _logged(folder), *run_checkpoints(folder))


def _logged(folder: Path) -> int:
    """Return the number of updates at the end of the last epoch since the status was written."""
    with suppress(LookupError, OSError, ValueError):
        if (folder / JSONL).stat().st_mtime_ns >= (folder / STATUS).stat().st_mtime_ns:
            step = read_history(folder)[-1]["step"]
            return step if type(step) is int else 0
    return 0


def clear_if_only_begun(folder: Path) -> None:
    """Remove the files of a training that took no step, unless its folder contains others.

    Args:
        folder: The folder of the run. It stays, and so does the lock file.

    Raises:
        OSError: If a file cannot be removed.
        ValueError: If ``status.json`` is damaged.
    """
    names = {item.name for item in folder.iterdir()} - {LOCK}
    if not names <= _WRITTEN_FIRST or steps_taken(folder):
        return
    for name in names:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


_WRITTEN_FIRST = {CHECKPOINTS, CONVOLUTION_METHODS, LOG, STATUS, TENSORBOARD}
"""What a training may write before its first step."""


def how_to_resume(folder: Path) -> str:
    """Say in words how a training that is not finished goes on, such as an experiment's.

    Args:
        folder: The folder of the run.

    Returns:
        The command that goes on from the last checkpoint, or begins anew if no step was taken.
        Otherwise, that there is no checkpoint, and what there is.

    Raises:
        ValueError: If ``status.json`` is damaged.
    """
    if saved := run_checkpoints(folder):
        command = f"the same command with --out {shlex.quote(str(folder))} --resume auto"
        return f"{command} goes on from step {max(saved)}"
    if (folder / NETWORK).exists():
        return f"the network so far is in {folder}; there is no checkpoint to go on from"
    if steps_taken(folder):
        return f"there is no checkpoint to go on from; delete {folder} to begin anew"
    return "the same command begins anew"


def training_in_words(folder: Path) -> str | None:
    """Describe a training whose network is not in its folder yet; None if there is none.

    Raises:
        ValueError: If ``status.json`` is damaged.
    """
    words = unfinished_in_words(folder)
    return None if words is None else f"a training that {words}"


def unfinished_in_words(folder: Path) -> str | None:
    """Say how far a training came that is not finished, such as "was cut off after step 120".

    Raises:
        ValueError: If ``status.json`` is damaged.
    """
    found = read_status(folder)
    if found is None or found.status == "done":
        return None
    steps = steps_taken(folder)
    when = f"after step {steps}" if steps else "before the first step"
    holder = lock_holder(folder)
    if holder is not None:
        heard = f"last heard of {_ago(found.time)}, {when}"
        return f"is still running, in a folder that {holder} ({heard})"
    words = {"running": "was cut off", "interrupted": "was interrupted", "failed": "failed"}
    return f"{words[found.status]} {when} ({how_to_resume(folder)})"


def _ago(then: str) -> str:
    """Say in words how long ago a time in ISO 8601 format was."""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(then)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3600), ("min", 60)):
        if seconds >= 2 * length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' * (unit != 'min')} ago"
    return f"{max(0, int(seconds))} s ago"
