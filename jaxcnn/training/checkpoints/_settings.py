"""`Checkpoints`: where and how often a training saves its state."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn._support.files import check_local

Resume = Literal["auto", "must", "never"]
"""What to do with checkpoints that are there: go on if there are any; refuse to train if there are
none; refuse to train if there are any."""


class CheckpointError(ValueError):
    """Raised when a checkpoint is damaged, or training cannot be resumed from the checkpoint."""


class OtherTrainingError(CheckpointError):
    """Raised when the checkpoints in a folder are those of another training.

    Attributes:
        folder: The folder.
        differences: How the trainings differ, in words, such as ``"seed: 0 in the checkpoint, 1
            now"``.
        hint: What else can be done than to use another folder.
    """

    def __init__(self, folder: Path, differences: Sequence[str], hint: str) -> None:
        self.folder, self.differences, self.hint = folder, tuple(differences), hint
        super().__init__(
            f"{folder}: expected checkpoints of this training, got those of another: "
            f"{'; '.join(differences)} (use another folder to start anew{hint})"
        )


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """The settings of the checkpoints from which a training can be resumed.

    By default, a checkpoint is saved at the end of an epoch and after `every_seconds`. Saving takes
    at most 3% of the time: if saving takes long, checkpoints are saved less often. So small
    networks, whose epochs take a second, are not slowed down. Checkpoints are written in the
    background. Each checkpoint appears completely or not at all.

    Attributes:
        folder: The folder of the checkpoints. The folder is created if it does not exist. Each
            training needs its own folder.
        every_steps: Number of steps between checkpoints, which are then saved regardless of the
            time that saving takes. With None, checkpoints are saved by time and epochs, as above.
        every_seconds: Seconds after which a checkpoint is due within an epoch.
        keep: Number of latest checkpoints to keep. The checkpoint with the best validation loss (or
            the best value of the metric that early stopping monitors) is kept, too.

    Raises:
        TypeError: If an attribute has the wrong type.
        ValueError: If a number is out of range, or the folder is an address such as
            ``gs://bucket``.

    Example:
        >>> Checkpoints("runs/mine/checkpoints", every_steps=500).keep
        2
        >>> Checkpoints("runs/mine/checkpoints", every_steps=0)
        Traceback (most recent call last):
        ValueError: every_steps: expected at least 1, got 0
    """

    folder: str | os.PathLike[str]
    every_steps: int | None = None
    every_seconds: float = 60.0
    keep: int = 2

    def __post_init__(self) -> None:
        if not isinstance(self.folder, str | os.PathLike):
            raise TypeError(f"checkpoints: expected a folder or Checkpoints, got {self.folder!r}")
        check_local("checkpoints", self.folder)
        if self.every_steps is not None:
            check_int("every_steps", self.every_steps)
        check_number("every_seconds", self.every_seconds, minimum=0)
        check_int("keep", self.keep)

    @property
    def path(self) -> Path:
        """The absolute path of the folder."""
        return Path(self.folder).expanduser().absolute()
