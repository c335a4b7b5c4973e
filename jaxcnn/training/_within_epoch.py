"""Save the state of a training within an epoch."""

import dataclasses
from collections.abc import Callable
from functools import partial

from jaxcnn.training._loop import all_finite, check_weights
from jaxcnn.training._position import Position
from jaxcnn.training._setup import TrainingSetup
from jaxcnn.training._state import TrainState
from jaxcnn.training._stopping import Stopping
from jaxcnn.training.checkpoints._record import EpochSums
from jaxcnn.training.checkpoints._saver import Saver


@dataclasses.dataclass(frozen=True, eq=False)
class SaverWithinEpoch:
    """Saves the state in the middle of an epoch that began, or was resumed, at a position.

    Attributes:
        at: The position.
        setup: The training.
        saver: Decides when to save.
        stopping: What ends the training before its last epoch.
        save: A function of a position and a state that saves them.
    """

    at: Position
    setup: TrainingSetup
    saver: Saver
    stopping: Stopping
    save: Callable[[Position, TrainState], None]

    def is_due(self, position: int) -> bool:
        """Return whether to save after so many steps; after the last one the epoch's end saves."""
        steps, is_due = self.setup.steps, self.saver.is_due
        if position >= steps:
            return False
        number = self.at.epoch * steps + position
        if self.setup.placement.is_split and self.stopping.is_shared:
            # All processes gather the state together, so that process 0 can save it.
            is_look = number == self.saver.next_look(number - 1)
            return is_look and self.stopping.decide(partial(is_due, number))
        return bool(self.stopping.saving(partial(is_due, number)))

    def __call__(self, state: TrainState, sums: EpochSums) -> None:
        """Save; returns once the state may be overwritten."""
        copy = self.setup.placement.whole(state)
        if not self.stopping.is_shared:
            check_weights(state, sums)
        elif not all_finite(copy.variables):
            return  # the other processes do not look now; the next loss ends the training in all
        at = dataclasses.replace(self.at, sums=sums)
        self.stopping.saving(partial(self.save, at, copy))
