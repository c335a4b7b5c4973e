"""`Checkpoints`: where and how often a training saves its state."""

import dataclasses
import os
from pathlib import Path
from typing import Literal

from jaxcnn._support.arguments import check_int, check_number

Resume = Literal["auto", "must", "never"]
"""What to do with checkpoints that are there: go on if there are any; refuse to train if there are
none; refuse to train if there are any."""


class CheckpointError(ValueError):
    """A checkpoint is damaged, or the training cannot go on from it."""


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """The settings of a training's checkpoints, from which it can be resumed.

    By default a checkpoint is saved at the end of an epoch and after `every_seconds`, unless the
    last one cost more than 3 % of the time since: small networks, whose epochs take a second, are
    not slowed down. Checkpoints are written in the background and appear whole or not at all.

    Attributes:
        folder: The folder of the checkpoints, which is created. One training has one folder.
        every_steps: Save exactly after every such number of steps, at whatever cost; None: by time
            and epochs, as above.
        every_seconds: Seconds after which a checkpoint is due within an epoch.
        keep: Number of latest checkpoints to keep. The one with the best validation loss (or the
            monitored metric of early stopping) is kept as well.

    Raises:
        TypeError: If an attribute has the wrong type.
        ValueError: If a number is out of range.

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
        if self.every_steps is not None:
            check_int("every_steps", self.every_steps)
        check_number("every_seconds", self.every_seconds, minimum=0)
        check_int("keep", self.keep)

    @property
    def path(self) -> Path:
        """The absolute path of the folder."""
        return Path(self.folder).expanduser().absolute()
