"""What a dry run found."""

import dataclasses
import math
import textwrap
from typing import NamedTuple

from jaxcnn.inference import Evaluation
from jaxcnn.training._layer_lines import LayerLine, table
from jaxcnn.training._memory import StepMemory

TOO_HIGH, TOO_LOW = 1.5, 1 / 3
"""A loss at the start is suspicious if it is more than so many nats above that of chance, or less
than such a share of it. Of 5,600 fresh networks on two to ten classes 7 were by the one and none by
the other; with two classes, half as much again is common."""


class StepTaken(NamedTuple):
    """One training step.

    Attributes:
        seconds: with getting its batch.
        loss: the batch's mean, before the update.
        gradient_norms: by the layers' names.
    """

    seconds: float
    loss: float
    gradient_norms: dict[str, float]


@dataclasses.dataclass(frozen=True, eq=False)
class DryRun:
    """What a dry run found; `str()` makes a page of it.

    Attributes:
        train: what the training set is.
        input_shape: Of one input, for images ``(H, W, C)``.
        layers: each with its output shape, as far as it is known, parameters and the norm of its
            gradient in the first step.
        parameters: of all layers.
        memory: of the compiled step; None where the backend gives no account.
        devices: how many share each batch.
        epochs: in the run.
        steps: in an epoch.
        batch_size: images a step.
        seconds_compile: time that compiling the step took.
        first: the first step.
        second: the one after it, which has nothing more to set up.
        expected_loss: ln K of K classes, or ln 2 of a multilabel set: that of a network that
            finds everything equally likely; None for a loss of one's own.
        evaluation: of the fresh network, on one batch.
        seconds_evaluate: time that it took, compiling included.
        noun: What one input is called, such as ``"image"``.
    """

    train: str
    input_shape: tuple[int, ...]
    layers: tuple[LayerLine, ...]
    parameters: int
    memory: StepMemory | None
    devices: int
    epochs: int
    steps: int
    batch_size: int
    seconds_compile: float
    first: StepTaken
    second: StepTaken
    expected_loss: float | None
    evaluation: Evaluation
    seconds_evaluate: float
    noun: str = "image"

    @property
    def seconds_an_epoch(self) -> float:
        """About how long the steps of an epoch will take: so many times the second one."""
        return self.steps * self.second.seconds

    @property
    def problems(self) -> tuple[str, ...]:
        """What is suspicious, a sentence each; empty where nothing is."""
        found = [*self._about_the_loss(), *self._about_gradients()]
        if self.memory and self.memory.device and self.memory.total > self.memory.device:
            found.append(
                "a step takes more memory than the device has: a smaller batch_size, or "
                "microbatches, takes less"
            )
        return tuple(found)

    def _about_the_loss(self) -> list[str]:
        for number, step in enumerate((self.first, self.second)):
            if not math.isfinite(step.loss):
                after = " after one update: the learning rate is too high" if number else ""
                return [f"the loss is {step.loss}{after}"]
        loss, expected = self.first.loss, self.expected_loss
        if expected is None:
            return []
        beside = (
            f"the loss at the start is {loss:.3f}, where answers by chance have {expected:.3f}: "
        )
        if loss > expected + TOO_HIGH:
            return [
                f"{beside}pixels that are not scaled, or initial weights of the last layer that "
                "are too large, make a network sure of wrong answers"
            ]
        if loss < TOO_LOW * expected:
            return [
                f"{beside}the network was trained before, nearly all labels are the same, or the "
                "images show them"
            ]
        return []

    def _about_gradients(self) -> list[str]:
        first, second = self.first.gradient_norms, self.second.gradient_norms
        infinite = [name for name, norm in first.items() if not math.isfinite(norm)]
        # In the first step alone, the layers behind a last one of zeros have none: no fault.
        zero = [name for name, norm in first.items() if norm == 0 == second[name]]
        found = []
        if infinite:
            found.append(f"the gradient is not finite in {', '.join(infinite)}")
        if zero:
            found.append(
                f"the gradient is exactly zero in {', '.join(zero)}: units that are dead (ReLU "
                "of what is always negative), or outputs that do not depend on these layers"
            )
        return found

    def __str__(self) -> str:
        head = (
            f"{self.train}: {self.epochs} epochs of {self.steps} steps of {self.batch_size} "
            f"{self.noun}s",
            f"one {self.noun} {self.input_shape} through the network, "
            f"{self.parameters:,} parameters:",
        )
        found = [f"- {problem}" for problem in self.problems]
        tail = (
            f"memory of a step: {self.memory or 'not known'}",
            self._about_time(),
            self._about_losses(),
            *(["problems:", *found] if found else ["problems: none found"]),
        )
        wrapped = [textwrap.fill(line, 100, subsequent_indent="  ") for line in tail]
        return "\n".join([*head, textwrap.indent(table(self.layers), "  "), *wrapped])

    def _about_time(self) -> str:
        an_epoch = self.seconds_an_epoch
        return (
            f"time: compiled in {self.seconds_compile:.1f} s; first step {self.first.seconds:.3g} "
            f"s, second {self.second.seconds:.3g} s on {self.devices} "
            f"device{'s' * (self.devices > 1)}: about {an_epoch:.3g} s an epoch and "
            f"{self.epochs * an_epoch:.3g} s in all, without evaluation"
        )

    def _about_losses(self) -> str:
        by_chance = "" if self.expected_loss is None else f" (by chance {self.expected_loss:.3f})"
        return (
            f"loss at the start: {self.first.loss:.3f}{by_chance}; evaluation of "
            f"{self.evaluation.examples} {self.noun}s: {self.evaluation.loss:.3f}, in "
            f"{self.seconds_evaluate:.1f} s with compiling"
        )
