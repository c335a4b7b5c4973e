"""The folder of a run: a new one, or the one of a run to go on with."""

import itertools
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jaxcnn._support.files import check_links, read_json_object
from jaxcnn._support.manifest import is_incomplete
from jaxcnn.runs import (
    CHECKPOINTS,
    RESULT,
    claim,
    lock_folder,
    logged_run,
    read_status,
    write_status,
)
from jaxcnn.training import Resume, Terminated


@contextmanager
def locked_folder(folder: Path, resume: Resume, *, extend: bool = False) -> Iterator[Path]:
    """Claim the folder of a run while a block runs, and keep its status and its log there.

    Args:
        folder: The folder.
        resume: What to do with a run that is there.
        extend: Whether a finished run goes on.

    Raises:
        FolderInUseError: If another process uses the folder.
        FileExistsError: If the folder contains another run, or one that `resume` does not allow to
            go on with.
        FileNotFoundError: If `resume` is ``"must"`` and there is no run to go on with.
    """
    if resume == "must" and not folder.exists():
        raise FileNotFoundError(f"{folder}: expected a run to go on with, got none")
    with lock_folder(folder) as path:
        check_links(path)
        claim_folder(path, resume)
        was_finished = is_finished(path)
        if was_finished and not extend:
            yield path
            return
        write_status(path, "running", steps=_saved_steps(path))
        try:
            with logged_run(path, resumed_from=_saved_steps(path)):
                yield path
        except (KeyboardInterrupt, Terminated):
            write_status(path, "interrupted", steps=_steps(path))
            raise
        except BaseException:
            # A run that could not be extended is still the finished run.
            is_unchanged = was_finished and not is_incomplete(path)
            write_status(path, "done" if is_unchanged else "failed", steps=_steps(path))
            raise
        write_status(path, "done", steps=_steps(path))


def _steps(folder: Path) -> int:
    """Return the number of updates that the folder's run is known to have taken."""
    found = read_status(folder)
    return max(_saved_steps(folder), 0 if found is None else found.steps)


def _saved_steps(folder: Path) -> int:
    """Return the number of updates after which the folder's latest checkpoint was saved."""
    checkpoints = folder / CHECKPOINTS
    names = [path.name for path in checkpoints.iterdir()] if checkpoints.is_dir() else []
    return max((int(name) for name in names if name.isdecimal()), default=0)


def claim_folder(folder: Path, resume: Resume) -> Path:
    """Check that a folder is free for a run, or is that of a run to go on with.

    Raises:
        FileExistsError: If the folder contains another run, or one that `resume` does not allow to
            go on with.
        FileNotFoundError: If `resume` is ``"must"`` and there is no run to go on with.
    """
    if resume != "never" and (can_resume(folder) or is_finished(folder)):
        return folder
    if resume == "must":
        raise FileNotFoundError(f"{folder}: expected a run to go on with, got none")
    if resume == "never" and can_resume(folder):
        raise FileExistsError(
            f"{folder}: expected a new folder, got a run that was cut off ({how_to_resume(folder)})"
        )
    return claim(folder)


def can_resume(folder: Path) -> bool:
    """Return whether a folder contains a run that was cut off and has checkpoints."""
    return (folder / CHECKPOINTS).is_dir() and not is_finished(folder)


def is_finished(folder: Path) -> bool:
    """Return whether a folder contains a run that was trained to its end."""
    status = read_status(folder)
    if status is not None:
        return status.status == "done"
    result = read_json_object(folder / RESULT)  # the folder of an earlier version
    return bool(result) and not result.get("interrupted", False)


def default_folder(name: str, resume: Resume) -> Path:
    """Return ``runs/<name>``, followed by the first free number if it exists.

    With `resume`, it is the last folder of that name, if its run was cut off.
    """
    last = None
    for suffix in _suffixes():
        path = Path("runs") / f"{name}{suffix}"
        if not path.exists():
            go_on = last is not None and resume != "never" and can_resume(last)
            return last if go_on and last is not None else path
        last = path
    raise AssertionError("there is always a free number")


def _suffixes() -> Iterator[str]:
    yield ""
    for number in itertools.count(2):
        yield f"-{number}"


def how_to_resume(folder: Path) -> str:
    """Return the options that go on with a run, for messages."""
    return f"the same command with --out {shlex.quote(str(folder))} --resume auto goes on"
