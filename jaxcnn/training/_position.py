"""A point in a training: the run that was reached, and the arrays that are saved there."""

import dataclasses
from typing import Any, Self

from jaxcnn.runs import Logs, Run
from jaxcnn.training._state import TrainState
from jaxcnn.training.checkpoints._record import EpochSums


@dataclasses.dataclass(frozen=True, eq=False)
class Position:
    """A point in a training.

    Attributes:
        run: The run. Its network, state and steps are the latest; its history and totals are those
            of complete epochs.
        best: The run at the best epoch of early stopping.
        epoch: Number of the epoch to go on with, from 0.
        sums: What that epoch has summed up so far.
    """

    run: Run
    best: Run
    epoch: int
    sums: EpochSums

    def with_whole_epoch(self, logs: Logs | None = None) -> Self:
        """Return the position with the epoch's sums added to the totals of the run.

        Args:
            logs: The metrics of the epoch; None if it ends before it is complete.
        """
        run = dataclasses.replace(
            self.run,
            history=self.run.history if logs is None else (*self.run.history, logs),
            seconds_train=self.run.seconds_train + self.sums.seconds,
            images_seen=self.run.images_seen + self.sums.images,
        )
        return type(self)(run, self.best, self.epoch + 1, EpochSums())


def saved_trees(state: TrainState, best: TrainState | None) -> dict[str, Any]:
    """Return the pytrees of a checkpoint, by name."""
    return {"state": state} | ({} if best is None else {"best": best})


def restore(best: Run, last: Run) -> Run:
    """Return the record of the last epoch with the weights of the best one."""
    return dataclasses.replace(
        last,
        network=best.network,
        state=best.state,
        steps=best.steps,
        restored_epoch=len(best.history),
    )
