"""What a dry run found: the layers in lines, the memory of a step, its losses."""

import dataclasses
import math
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax
from jax.sharding import Mesh

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn.architecture import summary
from jaxcnn.inference import Evaluation, Network

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class StepMemory(Result):
    """The compiler's own account of a step's memory, on each device, in bytes.

    Attributes:
        arguments: weights, optimizer state, and the training set, or of files a batch.
        outputs: what the step gives back.
        reused: part of the outputs that takes the arguments' place.
        temporaries: what is needed in between, activations above all.
        training_set: part of the arguments; 0 where it stays in files.
        device: memory of the device; None where it does not say.
    """

    arguments: int
    outputs: int
    reused: int
    temporaries: int
    training_set: int
    device: int | None

    _derived = ("total",)

    @property
    def total(self) -> int:
        """All that must be there at once."""
        return self.arguments + self.outputs - self.reused + self.temporaries

    def __str__(self) -> str:
        kept = f" (training set {_mib(self.training_set)})" * (self.training_set > 0)
        device = "not known" if self.device is None else _mib(self.device)
        return (
            f"{_mib(self.total)} on each device: arguments {_mib(self.arguments)}{kept}, outputs "
            f"besides {_mib(self.outputs - self.reused)}, temporaries {_mib(self.temporaries)}; "
            f"the device has: {device}"
        )


def memory_of(step: jax.stages.Compiled, mesh: Mesh, training_set: int) -> StepMemory | None:
    """The memory of a compiled step; None where the backend gives no account."""
    stats = step.memory_analysis()
    if stats is None:
        return None
    return StepMemory(
        arguments=stats.argument_size_in_bytes,
        outputs=stats.output_size_in_bytes,
        reused=stats.alias_size_in_bytes,
        temporaries=stats.temp_size_in_bytes,
        training_set=training_set,
        device=(mesh.devices.flat[0].memory_stats() or {}).get("bytes_limit"),
    )


def _mib(size: int) -> str:
    return f"{size / MIB:,.1f} MiB"


class LayerReport(NamedTuple):
    """One layer.

    Attributes:
        name: as in the names of its weights, such as ``layers.0``.
        kind: what it is, in a few words.
        output_shape: what it makes of one image; None of a module that is not called.
        parameters: number of its trained numbers.
        gradient_norm: of a step's gradient; None where nothing is trained.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...] | None
    parameters: int
    gradient_norm: float | None


def layer_lines(network: Network, gradient_norms: Mapping[str, float]) -> tuple[LayerReport, ...]:
    """The lines of the network's `summary`, with the gradients.

    Args:
        network: the network.
        gradient_norms: by the layers' names, as from `norms`.
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
            math.hypot(*norms[row.path]) if row.parameters else None,
        )
        for row in rows
    )


def table(lines: tuple[LayerReport, ...]) -> Table:
    """The lines below each other, in columns."""
    head = ("layer", "kind", "output", "parameters", "gradient norm")
    return Table([head, *map(_cells, lines)], words=3)


def _cells(line: LayerReport) -> tuple[str, ...]:
    norm = "" if line.gradient_norm is None else f"{line.gradient_norm:.3g}"
    parameters = f"{line.parameters:,}" if line.parameters else ""
    shape = "" if line.output_shape is None else str(line.output_shape)
    return line.name, line.kind, shape, parameters, norm


def _by_owner(paths: list[str], gradient_norms: Mapping[str, float]) -> dict[str, list[float]]:
    """The norms by the longest of `paths` that each layer's name lies in."""
    found: dict[str, list[float]] = {path: [] for path in paths}
    for name, norm in gradient_norms.items():
        owners = [path for path in paths if not path or f"{name}.".startswith(f"{path}.")]
        found[max(owners, key=len)].append(norm)
    return found


TOO_HIGH, TOO_LOW = 1.5, 1 / 3
"""A loss at the start is suspicious if it is more than so many nats above that of chance, or less
than such a share of it. Of 5,600 fresh networks on two to ten classes 7 were by the one and none by
the other; with two classes, half as much again is common."""


class StepCheck(NamedTuple):
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
class DryRun(TableResult):
    """What a dry run found; `str()` makes a page of it, and its table has a row per layer.

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
    layers: tuple[LayerReport, ...]
    parameters: int
    memory: StepMemory | None
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
        """About how long the steps of an epoch will take: so many times the second one."""
        return self.steps * self.second.seconds

    @property
    def problems(self) -> tuple[str, ...]:
        """What is suspicious, a sentence each; empty where nothing is."""
        found = [*self._about_the_loss(), *self._about_gradients()]
        if self.memory and self.memory.device and self.memory.total > self.memory.device:
            found.append(
                "a step takes more memory than the device has: a smaller batch_size, or "
                "accumulate_steps, takes less"
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
            f"one {self.noun} {self.input_shape} through the network, "
            f"{self.parameters:,} parameters:"
        )

    def _tail(self) -> list[str]:
        found = [f"- {problem}" for problem in self.problems]
        return [
            f"memory of a step: {self.memory or 'not known'}",
            self._about_time(),
            self._about_losses(),
            *(["problems:", *found] if found else ["problems: none found"]),
        ]

    def _about_time(self) -> str:
        an_epoch = self.seconds_per_epoch
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
