"""Checkpoints that are just being replaced: the old one stays until the new one is on disk."""

import shutil
from pathlib import Path

from jaxcnn._support.manifest import check_manifest

REPLACED = ".replaced"
"""The suffix of a checkpoint that stays until another one of its number is on disk."""


def checkpoint_path(folder: Path, number: int) -> Path:
    """Return the path of the whole checkpoint of a number, which may be just being replaced."""
    path = folder / str(number)
    replaced = path.with_suffix(REPLACED)
    return replaced if replaced.is_dir() and not _is_whole(path) else path


def restore_replaced(folder: Path) -> None:
    """Restore the checkpoints whose replacement a killed process or a power failure cut off.

    Call it only while no other process writes to the folder.

    Args:
        folder: The folder of the checkpoints. It may be missing.
    """
    for replaced in sorted(folder.glob(f"[0-9]*{REPLACED}")):
        path = replaced.with_suffix("")
        if _is_whole(path):
            shutil.rmtree(replaced)
        else:
            shutil.rmtree(path, ignore_errors=True)
            replaced.rename(path)


def _is_whole(path: Path) -> bool:
    """Return whether a checkpoint has a manifest, and the files in it.

    After a power failure, files can be damaged although the manifest was written after them.
    """
    try:
        return check_manifest(path)
    except (OSError, ValueError):
        return False
