"""The report of a dry run: layers, memory of a step, time, losses and suspected problems."""

import dataclasses
import math
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.architecture import summary
from jaxcnn.inference import Evaluation, Network
from jaxcnn.training._step_memory import StateMemory, StepMemory


class LayerReport(NamedTuple):
    """One layer in the report of a dry run.

    Attributes:
        name: The layer's name, as in the names of its weights, such as ``layers.0``.
        kind: A short description, such as ``"Conv 3×3 SAME"``.
        output_shape: Shape of the layer's output for one input, without the batch axis; None for a
            module that is not called.
        parameters: Number of trained parameters.
        gradient_norm: Euclidean norm of the layer's gradient in the first step; None if the layer
            has no parameters, or is frozen.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...] | None
    parameters: int
    gradient_norm: float | None


def layer_lines(network: Network, gradient_norms: Mapping[str, float]) -> tuple[LayerReport, ...]:
    """List the layers of a network's `summary`, with the norms of their gradients.

    Args:
        network: The network.
        gradient_norms: One norm per layer, by the layers' names, as from `recorded_norms`.
    """
    described = network.module if network.architecture is None else network.architecture
    rows = summary(described, network.input_shape).rows
    norms = _by_owner([row.path for row in rows], gradient_norms)
    return tuple(
        LayerReport(
            row.path,
            row.layer,
            row.output_shape,
            row.parameters,
            math.hypot(*norms[row.path]) if row.parameters and norms[row.path] else None,
        )
        for row in rows
    )


def table(lines: tuple[LayerReport, ...]) -> Table:
    """Format the layers as a table."""
    head = ("layer", "kind", "output", "parameters", "gradient norm")
    return Table([head, *map(_cells, lines)], words=3)


def _cells(line: LayerReport) -> tuple[str, ...]:
    norm = "" if line.gradient_norm is None else f"{line.gradient_norm:.3g}"
    parameters = f"{line.parameters:,}" if line.parameters else ""
    shape = "" if line.output_shape is None else str(line.output_shape)
    return line.name, line.kind, shape, parameters, norm


def _by_owner(paths: list[str], gradient_norms: Mapping[str, float]) -> dict[str, list[float]]:
    """Assign each norm to the innermost of `paths` that its layer's name starts with."""
    found: dict[str, list[float]] = {path: [] for path in paths}
    for name, norm in gradient_norms.items():
        owners = [path for path in paths if not path or f"{name}.".startswith(f"{path}.")]
        found[max(owners, key=len)].append(norm)
    return found


TOO_HIGH, TOO_LOW = 1.5, 1 / 3
"""The first loss is suspicious if it is more than `TOO_HIGH` nats above the loss of chance, or less
than `TOO_LOW` times that loss. Of 5,600 untrained networks on two to ten classes, 7 were above the
first limit and none below the second; with two classes, 1.5 times the loss of chance is common."""


class StepCheck(NamedTuple):
    """Duration, loss and gradient norms of one training step.

    Attributes:
        seconds: Duration, including the time to get the batch.
        loss: Mean loss of the batch, before the update.
        gradient_norms: One Euclidean norm per layer, by the layers' names.
    """

    seconds: float
    loss: float
    gradient_norms: dict[str, float]


@dataclasses.dataclass(frozen=True, eq=False)
class DryRun(TableResult):
    """The report of a dry run; `str()` formats the report as a page of text.

    Attributes:
        train: Description of the training set.
        input_shape: Shape of one input, for images ``(H, W, C)``.
        layers: The layers, with their output shapes, parameters and gradient norms.
        parameters: Number of parameters of all layers.
        memory: Memory of the compiled step; None if the backend does not report it.
        state: Memory of the weights and the optimizer's state, a part of the arguments in `memory`.
        devices: Number of devices that share each batch.
        epochs: Number of epochs in the run.
        steps: Number of steps per epoch.
        batch_size: Number of examples per step.
        seconds_compile: Time to compile the step, in seconds.
        first: The first step.
        second: The second step, whose duration includes no set-up.
        expected_loss: Loss of a network for which all classes are equally likely: ``ln K`` for K
            classes, ``ln 2`` for a multilabel set. None for a regression or a custom loss.
        evaluation: Evaluation of the untrained network on one batch.
        seconds_evaluate: Duration of the evaluation in seconds, including compilation.
        noun: The word for one example in the report, such as ``"image"``.
    """

    train: str
    input_shape: tuple[int, ...]
    layers: tuple[LayerReport, ...]
    parameters: int
    memory: StepMemory | None
    state: StateMemory
    devices: int
    epochs: int
    steps: int
    batch_size: int
    seconds_compile: float
    first: StepCheck
    second: StepCheck
    expected_loss: float | None
    evaluation: Evaluation
    seconds_evaluate: float
    noun: str = "image"

    _derived = ("seconds_per_epoch", "problems")

    @property
    def seconds_per_epoch(self) -> float:
        """Estimated duration of one epoch: steps per epoch times the second step's duration."""
        return self.steps * self.second.seconds

    @property
    def problems(self) -> tuple[str, ...]:
        """Suspected problems, one sentence per problem; empty if there are no problems."""
        found = [*self._loss_problems(), *self._gradient_problems()]
        if self.memory and self.memory.device and self.memory.total > self.memory.device:
            found.append(
                "a step needs more memory than the device has: use a smaller batch_size, "
                "accumulate_steps, or shard='fsdp' on several devices"
            )
        return tuple(found)

    def _loss_problems(self) -> list[str]:
        for number, step in enumerate((self.first, self.second)):
            if not math.isfinite(step.loss):
                after = " after one update: the learning rate is too high" if number else ""
                return [f"the loss is {step.loss}{after}"]
        loss, expected = self.first.loss, self.expected_loss
        if expected is None:
            return []
        compared = f"the first loss is {loss:.3f}, but answers by chance have {expected:.3f}: "
        if loss > expected + TOO_HIGH:
            return [
                f"{compared}the network is confident of wrong answers, because pixels are not "
                "scaled, or the initial weights of the last layer are too large"
            ]
        if loss < TOO_LOW * expected:
            return [
                f"{compared}the network was trained before, nearly all labels are the same, or the "
                f"{self.noun}s reveal their labels"
            ]
        return []

    def _gradient_problems(self) -> list[str]:
        first, second = self.first.gradient_norms, self.second.gradient_norms
        infinite = [name for name, norm in first.items() if not math.isfinite(norm)]
        # A last layer initialized to zeros stops all gradients before it in the first step, but
        # only in that one, and is not a problem.
        zero = [name for name, norm in first.items() if norm == 0 == second[name]]
        found = []
        if infinite:
            found.append(f"the gradient is not finite in {', '.join(infinite)}")
        if zero:
            found.append(
                f"the gradient is exactly zero in {', '.join(zero)}: the units are dead (ReLU gets "
                "only negative inputs), or the outputs do not depend on these layers"
            )
        return found

    def __str__(self) -> str:
        wrapped = [textwrap.fill(line, 100, subsequent_indent="  ") for line in self._tail()]
        return "\n".join([self._head(), textwrap.indent(str(table(self.layers)), "  "), *wrapped])

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [layer._asdict() for layer in self.layers]

    def _blocks(self) -> Iterable[Block]:
        return [self._head(), table(self.layers), "\n".join(self._tail())]

    def _head(self) -> str:
        return (
            f"{self.train}: {self.epochs} epochs of {self.steps} steps of {self.batch_size} "
            f"{self.noun}s\n"
            f"layers, for one {self.noun} {self.input_shape}; {self.parameters:,} parameters:"
        )

    def _tail(self) -> list[str]:
        found = [f"- {problem}" for problem in self.problems]
        return [
            f"memory of a step: {self.memory or 'unknown'}",
            f"weights and optimizer: {self.state}",
            self._time_line(),
            self._loss_line(),
            *(["problems:", *found] if found else ["problems: none found"]),
        ]

    def _time_line(self) -> str:
        seconds = self.seconds_per_epoch
        return (
            f"time: compiled in {self.seconds_compile:.1f} s; first step {self.first.seconds:.3g} "
            f"s, second step {self.second.seconds:.3g} s on {self.devices} "
            f"device{'s' * (self.devices > 1)}: about {seconds:.3g} s per epoch and "
            f"{self.epochs * seconds:.3g} s in all, without evaluation"
        )

    def _loss_line(self) -> str:
        by_chance = "" if self.expected_loss is None else f" (by chance {self.expected_loss:.3f})"
        return (
            f"first loss: {self.first.loss:.3f}{by_chance}; loss in an evaluation of "
            f"{self.evaluation.examples} {self.noun}s: {self.evaluation.loss:.3f}, in "
            f"{self.seconds_evaluate:.1f} s including compiling"
        )
