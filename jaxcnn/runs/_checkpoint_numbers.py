"""The checkpoints in a folder, each a folder that is named by its number of updates."""

import os
from pathlib import Path

from jaxcnn._support.replaced import REPLACED, checkpoint_path

CHECKPOINTS = "checkpoints"
"""The folder of the training's state, from which a run that was cut off goes on."""

STAGES = ("head", "all")
"""The folders in it of a fine-tuning's two stages, in order."""

_ARRAYS = "arrays"
"""A folder that each checkpoint has."""


def checkpoint_numbers(folder: str | os.PathLike[str]) -> list[int]:
    """List the numbers of updates after which the checkpoints in a folder were saved.

    A checkpoint that is just being replaced is one of them, also if the process was killed.

    Args:
        folder: The folder of the checkpoints, such as ``runs/mine/checkpoints``.

    Returns:
        The numbers in ascending order; none if there is no such folder.
    """
    path = Path(folder).expanduser()
    names = [item.name for item in path.iterdir() if item.is_dir()] if path.is_dir() else []
    numbers = {name.removesuffix(REPLACED) for name in names}
    return sorted({int(name) for name in numbers if name.isascii() and name.isdecimal()})


def checkpoint_folders(folder: Path) -> list[Path]:
    """Return where a run's folder can have checkpoints: in one folder, or in one per stage.

    Args:
        folder: The folder of the run.
    """
    path = folder / CHECKPOINTS
    return [path, *(path / stage for stage in STAGES)]


def run_checkpoints(folder: Path) -> dict[int, Path]:
    """Return the checkpoints of a run by their numbers of updates, in ascending order.

    A fine-tuning numbers the checkpoints of each stage from 1. Here, those of the second stage
    count on from the last one of the first.

    Args:
        folder: The folder of the run.

    Returns:
        The paths by the numbers; none if there are no checkpoints.
    """
    found: dict[int, Path] = {}
    for place in checkpoint_folders(folder):
        before = max(found, default=0)
        found |= {before + number: place / str(number) for number in checkpoint_numbers(place)}
    return found


def has_checkpoints(folder: Path) -> bool:
    """Return whether a folder has checkpoints, and not only other folders named by numbers."""
    return any(is_checkpoint(checkpoint_path(folder, n)) for n in checkpoint_numbers(folder))


def is_checkpoint(folder: Path) -> bool:
    """Return whether a folder looks like a single checkpoint."""
    return (folder / _ARRAYS).is_dir()
