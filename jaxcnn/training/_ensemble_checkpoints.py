"""The steps of an ensemble between its checkpoints, and what decides its bits."""

import dataclasses
from itertools import takewhile
from typing import Any

import jax

from jaxcnn.data import Dataset, LabeledImages
from jaxcnn.runs import Logs
from jaxcnn.training._ensemble_setup import EnsembleSetup
from jaxcnn.training._terminal import Interrupt
from jaxcnn.training.checkpoints._identity import identity_of
from jaxcnn.training.checkpoints._saver import Saver


@dataclasses.dataclass
class EnsembleProgress:
    """The position of an ensemble in its training, and its history.

    Attributes:
        epoch: Number of the epoch to go on with, from 0.
        position: Number of steps that were taken in it.
        histories: The metrics of complete epochs, per member.
    """

    epoch: int
    position: int
    histories: list[list[Logs]]

    def resume(self, content: dict[str, Any]) -> None:
        """Go on from the content of a checkpoint."""
        self.epoch, self.position = content["epoch"], content["position"]
        self.histories = content["histories"]

    def save(self, setup: EnsembleSetup, saver: Saver) -> None:
        """Save a checkpoint, unless no step was taken."""
        number = self.epoch * setup.shared.steps + self.position
        if number:
            saver.save(number, {"groups": setup.groups.groups}, dataclasses.asdict(self))

    def take_steps(self, setup: EnsembleSetup, saver: Saver, interrupt: Interrupt) -> None:
        """Take the steps that remain in the epoch, up to a signal, saving from time to time."""
        groups, steps = setup.groups, setup.shared.steps
        before = self.epoch * steps
        while self.position < steps and not interrupt.requested:
            look = min(before + steps, saver.next_look(before + self.position)) - before
            positions = range(self.position, look)
            self.position += groups.run(
                self.epoch, takewhile(lambda _: not interrupt.requested, positions)
            )
            jax.block_until_ready(groups.groups)  # for the clock of the checkpoints
            if self.position < steps and saver.is_due(before + self.position):
                self.save(setup, saver)


def ensemble_identity(
    setup: EnsembleSetup, train: Dataset, validation: LabeledImages | None
) -> dict[str, Any]:
    """Compute everything that decides the bits of an ensemble, as plain data."""
    settings = {
        **setup.shared.settings,
        "seed": setup.seeds,
        "learning rates": setup.learning_rates,
        "members": setup.how,
    }
    return identity_of(
        network=setup.shared.network,
        settings=settings,
        initial=setup.groups.groups,
        program=setup.groups.lowered.as_text(),
        train=train,
        validation=validation,
    )
