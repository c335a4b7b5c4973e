"""A training whose step is traced, and everything that decides its bits."""

import dataclasses
from typing import Any, Self

import jax
from flax import nnx

from jaxcnn.data import LabeledImages
from jaxcnn.layers import Layer
from jaxcnn.training._loop import lower_step
from jaxcnn.training._setup import TrainingSetup, set_up_training
from jaxcnn.training.checkpoints._identity import identity_of


@dataclasses.dataclass(frozen=True, eq=False)
class TracedTraining:
    """A training before its first step, whose step is traced and not yet compiled.

    Attributes:
        setup: Network, optimizer, step and batches.
        lowered: The traced step.
        train: The training set.
        validation: The validation set; None: there is none.
    """

    setup: TrainingSetup
    lowered: jax.stages.Lowered
    train: LabeledImages
    validation: LabeledImages | None

    @classmethod
    def of(
        cls, setup: TrainingSetup, train: LabeledImages, validation: LabeledImages | None
    ) -> Self:
        """Trace the step of a training."""
        lowered = lower_step(setup.batches, setup.copy_for_step(setup.state))
        return cls(setup, lowered, train, validation)

    def begun_with(self, model: Layer | nnx.Module, epochs: int) -> dict[str, Any]:
        """Compute the identity that the training would have with another number of epochs."""
        plan = self.setup.plan.having(epochs=epochs)
        setup = set_up_training(model, self.train, plan, everywhere=True)
        return type(self).of(setup, self.train, self.validation).identity()

    def identity(self) -> dict[str, Any]:
        """Compute everything that decides the bits of the training, as plain data."""
        return identity_of(
            network=self.setup.network,
            settings=self.setup.settings,
            initial=self.setup.state,
            program=self.lowered.as_text(),
            train=self.train,
            validation=self.validation,
        )
