"""``status.json``: how far the training of a run folder has come."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn._support.files import read_json_object, write_json
from jaxcnn.runs._lock import lock_holder

STATUS = "status.json"
"""The file of a folder's status; missing in folders that `Run.save` wrote."""
VERSION = 1

Status = Literal["running", "interrupted", "failed", "done"]
"""The states of a training. A process that was killed leaves ``"running"``."""

RESUME = "resume it: the same command with --resume auto goes on"
"""The hint of errors about a training that can be resumed."""


class RunStatus(NamedTuple):
    """The content of ``status.json``.

    Attributes:
        status: One of running, interrupted, failed and done.
        steps: Number of updates when the status was written.
        time: The time when the status was written: UTC, in ISO 8601 format.
    """

    status: Status
    steps: int
    time: str


def write_status(folder: Path, status: Status, *, steps: int = 0) -> None:
    """Write the status of a training to its folder, completely or not at all.

    Args:
        folder: The folder of the run.
        status: One of running, interrupted, failed and done.
        steps: Number of updates so far.

    Raises:
        OSError: If the status cannot be written.
        TypeError: If `steps` is not an integer.
        ValueError: If `status` is unknown, or `steps` is negative.
    """
    check_choice("status", status, get_args(Status))
    check_int("steps", steps, minimum=0)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"version": VERSION, "status": status, "steps": int(steps), "time": time}
    write_json(folder / STATUS, content)


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
        time = datetime.fromisoformat(content["time"]).isoformat(timespec="seconds")
    except KeyError as error:
        raise ValueError(f"{path}: expected an entry {error}, got none") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error!s:.200}") from None
    return RunStatus(status, content["steps"], time)


def training_in_words(folder: Path) -> str | None:
    """Describe a training whose network is not in its folder yet; None if there is none.

    Raises:
        ValueError: If ``status.json`` is damaged.
    """
    found = read_status(folder)
    if found is None or found.status == "done":
        return None
    holder = lock_holder(folder)
    if holder is not None:
        return f"a training that is still running, in a folder that {holder}"
    words = {
        "running": "was cut off after step",
        "interrupted": "was interrupted after step",
        "failed": "failed after step",
    }
    return f"a training that {words[found.status]} {found.steps} ({RESUME})"
