"""The folder of a run: a new one, or the one of a run to go on with."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from jaxcnn._support.files import check_links, read_json_object, remove_partial_files
from jaxcnn._support.manifest import is_incomplete
from jaxcnn._support.replaced import restore_replaced
from jaxcnn.runs import (
    CONFIG,
    NETWORK,
    RESULT,
    RunStatus,
    checkpoint_folders,
    claim,
    clear_if_only_begun,
    how_to_resume,
    lock_folder,
    logged_run,
    read_status,
    run_checkpoints,
    steps_taken,
    write_status,
)
from jaxcnn.training import Resume, Terminated


@contextmanager
def locked_folder(
    folder: Path,
    resume: Resume,
    *,
    extend: bool = False,
    check: Callable[[Path, bool], bool] | None = None,
) -> Iterator[Path]:
    """Claim the folder of a run while a block runs, and keep its status and its log there.

    If the block fails in a new folder before the first step, the folder is removed, unless it
    contains files of somebody else.

    Args:
        folder: The folder.
        resume: What to do with a run that is there.
        extend: Whether a finished run goes on.
        check: A function of the folder, and of whether its run is finished, that returns whether
            the run goes on, and raises if it must not. Nothing is written before.

    Raises:
        FolderInUseError: If another process uses the folder.
        FileExistsError: If the folder contains another run, or one that `resume` does not allow to
            go on with.
        FileNotFoundError: If `resume` is ``"must"`` and there is no run to go on with, or there are
            no checkpoints of a run to extend.
    """
    folder = folder.expanduser()
    is_new = not folder.exists()
    if resume == "must" and is_new:
        raise FileNotFoundError(f"{folder}: expected a run to go on with, got none")
    with _removed_if_empty(folder) if is_new else nullcontext(), lock_folder(folder) as path:
        check_links(path)
        remove_partial_files(path)
        for place in checkpoint_folders(path):
            restore_replaced(place)
        claim_folder(path, resume)
        if extend and not run_checkpoints(path):
            raise FileNotFoundError(f"{path}: expected a run with checkpoints to extend, got none")
        was_finished = is_finished(path)
        goes_on = extend or not was_finished
        if check is not None:
            goes_on = check(path, was_finished)
        if not goes_on:
            yield path
            return
        before = _saved_steps(path)
        write_status(path, "running", steps=before)
        try:
            with logged_run(path, resumed_from=before), _ended_in_words(path):
                yield path
        except BaseException as error:
            is_interrupted = isinstance(error, (KeyboardInterrupt, Terminated))
            with _keep_first_error():
                if was_finished and _is_unchanged(path, before):
                    write_status(path, "done", steps=before)
                else:
                    status = "interrupted" if is_interrupted else "failed"
                    write_status(path, status, steps=steps_taken(path))
            if is_new and not is_interrupted:
                with _keep_first_error():
                    clear_if_only_begun(path)
            raise
        stopped = read_json_object(path / RESULT).get("stopped")
        write_status(path, "done", steps=steps_taken(path), stopped=stopped)


@contextmanager
def _removed_if_empty(folder: Path) -> Iterator[None]:
    """Remove a folder if the block fails and leaves it empty."""
    try:
        yield
    except BaseException:
        with suppress(OSError):  # it is not empty
            folder.rmdir()
        raise


@contextmanager
def _ended_in_words(folder: Path) -> Iterator[None]:
    """Let a signal that ends the block say how to go on, for the log and for the user."""
    try:
        yield
    except (KeyboardInterrupt, Terminated) as error:
        is_terminated = isinstance(error, Terminated)
        if is_terminated or not error.args:
            with _keep_first_error():
                what = "terminated by SIGTERM" if is_terminated else "interrupted"
                when = "" if _is_trained(folder) else " before the first step"
                error.args = (f"{what}{when}; {how_to_resume(folder)}",)
        raise


def _keep_first_error() -> suppress:
    """Ignore a full disk or a damaged file, which must not hide why a run ended."""
    return suppress(OSError, ValueError)


def _is_unchanged(folder: Path, saved_steps: int) -> bool:
    """Return whether a run that could not be extended is still the finished run.

    Its results are those of its end, and no later checkpoint was saved.
    """
    if is_incomplete(folder) or read_json_object(folder / RESULT).get("interrupted", False):
        return False
    return _saved_steps(folder) == saved_steps


def _saved_steps(folder: Path) -> int:
    """Return the number of updates after which the folder's latest checkpoint was saved."""
    return max(run_checkpoints(folder), default=0)


def claim_folder(folder: Path, resume: Resume) -> Path:
    """Check that a folder is free for a run, or is that of a run to go on with.

    Raises:
        FileExistsError: If the folder contains another run, or one that `resume` does not allow to
            go on with.
        FileNotFoundError: If `resume` is ``"must"`` and there is no run to go on with.
    """
    goes_on = can_resume(folder)
    if resume == "must" and not (is_finished(folder) or run_checkpoints(folder)):
        raise FileNotFoundError(f"{folder}: expected a run to go on with, got none")
    if goes_on and _status(folder) is not None and not _is_trained(folder):
        return folder
    if resume != "never" and (goes_on or is_finished(folder)):
        return folder
    try:
        return claim(folder)
    except FileExistsError:
        if goes_on:
            found = f"a run that was cut off ({how_to_resume(folder)})"
        elif is_finished(folder):
            is_fine_tuned = read_json_object(folder / CONFIG).get("pretrained") is not None
            more = "" if is_fine_tuned else "extend=True goes on with more epochs, "
            found = (
                f"a finished run (resume='auto' leaves it as it is, {more}another out= begins a "
                "new run)"
            )
        else:
            raise
        raise FileExistsError(f"{folder}: expected a new folder, got {found}") from None


def can_resume(folder: Path) -> bool:
    """Return whether a folder contains a run that was cut off.

    The run has checkpoints, or it was cut off before the first checkpoint. A run without
    checkpoints whose network was saved is kept as it is.
    """
    if is_finished(folder):
        return False
    is_kept = (folder / NETWORK).exists()
    has_checkpoints = bool(run_checkpoints(folder))
    return has_checkpoints or (_status(folder) is not None and not is_kept)


def _status(folder: Path) -> RunStatus | None:
    try:
        return read_status(folder)
    except ValueError as error:
        raise ValueError(
            f"{error} (delete this file; the checkpoints have the state of the training)"
        ) from None


def is_finished(folder: Path) -> bool:
    """Return whether a folder contains a run that was trained to its end."""
    status = _status(folder)
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


def file_name(name: str) -> str:
    r"""Return a name with a hyphen in place of what is no letter, digit, dot or underscore.

    Example:
        >>> file_name("my pets/2024"), file_name("..")
        ('my-pets-2024', 'data')
    """
    return re.sub(r"[^\w.]+", "-", name).strip("-.") or "data"


def _suffixes() -> Iterator[str]:
    yield ""
    for number in itertools.count(2):
        yield f"-{number}"


def _is_trained(folder: Path) -> bool:
    """Return whether a step of the run in a folder is known to have been taken."""
    return steps_taken(folder) > 0 or (folder / NETWORK).exists()
