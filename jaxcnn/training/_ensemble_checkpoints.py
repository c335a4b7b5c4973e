"""The steps of an ensemble between its checkpoints, and what decides its bits."""

import dataclasses
from functools import partial
from itertools import takewhile
from typing import Any

import jax

from jaxcnn.data import Dataset, LabeledImages
from jaxcnn.distributed import together
from jaxcnn.runs import Logs
from jaxcnn.training._ensemble_setup import EnsembleSetup
from jaxcnn.training._stopping import Stopping
from jaxcnn.training.checkpoints._identity import identity_of
from jaxcnn.training.checkpoints._saver import STEPS_BETWEEN_LOOKS, Saver


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

    def save(self, setup: EnsembleSetup, saver: Saver, stopping: Stopping) -> None:
        """Save a checkpoint, unless no step was taken; all processes must call it."""
        number = self.epoch * setup.shared.steps + self.position
        if number:
            trees, content = {"groups": setup.groups.whole()}, dataclasses.asdict(self)
            stopping.saving(partial(saver.save, number, trees, content))

    def take_steps(self, setup: EnsembleSetup, saver: Saver, stopping: Stopping) -> None:
        """Take the steps that remain in the epoch, up to a signal, saving from time to time."""
        groups, steps = setup.groups, setup.shared.steps
        before = self.epoch * steps
        while self.position < steps and not stopping.is_interrupted:
            look = min(before + steps, saver.next_look(before + self.position)) - before
            if stopping.is_shared:
                look = min(look, self.position + STEPS_BETWEEN_LOOKS)
            positions = range(self.position, look)
            self.position += groups.run(
                self.epoch, takewhile(lambda _: not stopping.is_interrupted, positions)
            )
            jax.block_until_ready(groups.groups)  # for the clock of the checkpoints
            stopping.agree_or_raise()
            number = before + self.position
            if self.position < steps and stopping.decide(partial(saver.is_due, number)):
                self.save(setup, saver, stopping)


def ensemble_identity(
    setup: EnsembleSetup, train: Dataset, validation: LabeledImages | None
) -> dict[str, Any]:
    """Compute everything that decides the bits of an ensemble, as plain data.

    All processes must call it. If one of them cannot read its data, it raises an error in all.
    """
    settings = {
        **setup.shared.settings,
        "seed": setup.seeds,
        "learning rates": setup.learning_rates,
        "members": setup.how,
    }
    initial = setup.groups.whole()  # for which processes wait for each other
    identity: dict[str, Any] = {}
    with together():
        identity |= identity_of(
            network=setup.shared.network,
            settings=settings,
            initial=initial,
            program=setup.groups.lowered.as_text(),
            train=train,
            validation=validation,
        )
    return identity
