"""Compare the files of a run with its manifest, before it goes on or counts as finished."""

import os
from pathlib import Path

from jaxcnn._support.files import read_json_object
from jaxcnn._support.manifest import MANIFEST, IncompleteError, manifest_faults
from jaxcnn._support.texts import likewise
from jaxcnn.runs import (
    CONFIG,
    CONVOLUTION_METHODS,
    RESULT_FILES,
    load,
    read_record,
    run_checkpoints,
)


def check_unchanged(folder: Path, *, is_finished: bool) -> None:
    """Check that no file of a run was changed, so that it is not overwritten; it may be missing.

    A run whose results are being written, or that was saved by an old version, has no checksums.

    Args:
        folder: The folder of the run.
        is_finished: Whether the run is finished.

    Raises:
        ValueError: If a file was changed. The message names it.
    """
    if not (folder / MANIFEST).exists():
        return
    try:
        faults = manifest_faults(folder, RESULT_FILES)
    except IncompleteError:
        return
    except ValueError as error:
        raise ValueError(
            f"{error} (copy the folder again from where it is whole; or delete this file: the "
            "others are then checked only for impossible values)"
        ) from None
    changed = [name for name in faults if os.path.lexists(folder / name)]
    if changed:
        raise ValueError(
            f"{folder / changed[0]}: {faults[changed[0]]}{likewise(changed[1:])} "
            f"({_how_to_write_anew(folder, 'delete it, and ', is_finished=is_finished)})"
        )


def missing_files(folder: Path) -> list[str]:
    """Return the names of the files that a finished run has, and that a folder lacks."""
    methods = read_json_object(folder / CONFIG).get("methods")
    names = {*RESULT_FILES} - ({CONVOLUTION_METHODS} if methods is None else set())
    return [name for name in RESULT_FILES if name in names and not (folder / name).is_file()]


def check_whole(folder: Path) -> None:
    """Check that the folder of a finished run has all files, and that they can be read.

    Raises:
        FileNotFoundError: If a file is missing. The message names it.
        ValueError: If a file has impossible values.
    """
    missing = missing_files(folder)
    if missing:
        raise FileNotFoundError(
            f"{folder / missing[0]}: expected a file of a finished run, got none"
            f"{likewise(missing[1:])} ({_how_to_write_anew(folder, '', is_finished=True)})"
        )
    # Without checksums, the weights are compared with the one that the results have.
    (read_record if (folder / MANIFEST).exists() else load)(folder)


def _how_to_write_anew(folder: Path, before: str, *, is_finished: bool) -> str:
    """Say how a file of a run is restored, for messages."""
    copy = "copy the folder again from where it is whole"
    if not run_checkpoints(folder):
        return f"{copy}; there is no checkpoint to write the results anew from"
    if is_finished and read_json_object(folder / CONFIG).get("pretrained") is not None:
        return f"{copy}; another out= begins a new run"
    option = "extend=True" if is_finished else "resume='auto'"
    anew = "write the results anew from the checkpoints"
    return f"{copy}; or {before}the same options with {option} {anew}"
