"""Save the state of a training within an epoch."""

import dataclasses
from collections.abc import Callable
from functools import partial

from jaxcnn.inference import first_copy
from jaxcnn.training._loop import all_finite, check_weights
from jaxcnn.training._position import Position
from jaxcnn.training._state import TrainState
from jaxcnn.training._stopping import Stopping
from jaxcnn.training.checkpoints._record import EpochSums
from jaxcnn.training.checkpoints._saver import Saver


@dataclasses.dataclass(frozen=True, eq=False)
class SaverWithinEpoch:
    """Saves the state in the middle of an epoch that began, or was resumed, at a position.

    Attributes:
        at: The position.
        steps: Number of steps per epoch.
        saver: Decides when to save.
        stopping: What ends the training before its last epoch.
        save: A function of a position and a state that saves them.
    """

    at: Position
    steps: int
    saver: Saver
    stopping: Stopping
    save: Callable[[Position, TrainState], None]

    def is_due(self, position: int) -> bool:
        """Return whether to save after so many steps; after the last one the epoch's end saves."""
        if position >= self.steps:
            return False
        number = self.at.epoch * self.steps + position
        return bool(self.stopping.saving(partial(self.saver.is_due, number)))

    def __call__(self, state: TrainState, sums: EpochSums) -> None:
        """Save; returns once the state may be overwritten."""
        copy = first_copy(state)
        if not self.stopping.is_shared:
            check_weights(state, sums)
        elif not all_finite(copy.variables):
            return  # the other processes do not look now; the next loss ends the training in all
        at = dataclasses.replace(self.at, sums=sums)
        self.stopping.saving(partial(self.save, at, copy))
