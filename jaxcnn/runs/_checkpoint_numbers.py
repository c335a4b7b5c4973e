"""The checkpoints in a folder, each a folder that is named by its number of updates."""

import os
from pathlib import Path

CHECKPOINTS = "checkpoints"
"""The folder of the training's state, from which a run that was cut off goes on."""

_ARRAYS = "arrays"
"""A folder that each checkpoint has."""


def checkpoint_numbers(folder: str | os.PathLike[str]) -> list[int]:
    """List the numbers of updates after which the checkpoints in a folder were saved.

    Args:
        folder: The folder of the checkpoints, such as ``runs/mine/checkpoints``.

    Returns:
        The numbers in ascending order; none if there is no such folder.
    """
    path = Path(folder).expanduser()
    names = [item.name for item in path.iterdir() if item.is_dir()] if path.is_dir() else []
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def has_checkpoints(folder: Path) -> bool:
    """Return whether a folder has checkpoints, and not only other folders named by numbers."""
    return any(is_checkpoint(folder / str(number)) for number in checkpoint_numbers(folder))


def is_checkpoint(folder: Path) -> bool:
    """Return whether a folder looks like a single checkpoint."""
    return (folder / _ARRAYS).is_dir()
