"""`RewrittenNetwork`: a rewritten network, and what each step changed."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.units import short
from jaxcnn.inference import Network


@dataclasses.dataclass(frozen=True)
class RewriteStep(Result):
    """The changes of one step of `rewrite`, and the network after it.

    Attributes:
        step: Name of the step; ``"given"`` for the network before the first step.
        rewritten: Number of layers that the step changed or removed.
        layers: Number of layers.
        parameters: Number of trained parameters.
        macs: Multiply-accumulates for one input.
        error: The largest relative error of an input's logits, in comparison to the network before
            the first step: the norm of the difference over the norm.
        same: Number of inputs with the same predicted class or labels as before the first step;
            None for a regression.
    """

    step: str
    rewritten: int
    layers: int
    parameters: int
    macs: int
    error: float
    same: int | None


@dataclasses.dataclass(frozen=True, eq=False)
class RewrittenNetwork(TableResult):
    """A network with fewer layers that predicts the same, and the measured error of each step.

    Attributes:
        network: The rewritten `Network`, with an architecture and weights of its own.
        steps: The network as it was given, then each step in order.
        inputs: Number of inputs on which the outputs were compared.
        tolerance: The largest error that was allowed.
    """

    network: Network
    steps: tuple[RewriteStep, ...]
    inputs: int
    tolerance: float

    @property
    def error(self) -> float:
        """The largest relative error of an input's logits after all steps."""
        return self.steps[-1].error

    @property
    def has_changed(self) -> bool:
        """True if a step changed or removed a layer."""
        return any(step.rewritten for step in self.steps)

    def __repr__(self) -> str:
        return f"RewrittenNetwork({self.network}, error {self.error:.2g} on {self.inputs:,} inputs)"

    def _content(self) -> Mapping[str, Any]:
        names = ("steps", "inputs", "tolerance", "error")
        return {"network": repr(self.network), **{name: getattr(self, name) for name in names}}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [step.to_dict() for step in self.steps]

    def _blocks(self) -> Iterable[Block]:
        head = ("step", "rewritten", "layers", "parameters", "MACs", "error", "same class")
        yield Table([head, *map(self._line, self.steps)])
        if not self.has_changed:
            yield "Nothing to rewrite: no step found a layer that it can change."

    def _line(self, step: RewriteStep) -> tuple[str, ...]:
        is_first = step is self.steps[0]
        return (
            step.step,
            "" if is_first else f"{step.rewritten:,}",
            f"{step.layers:,}",
            f"{step.parameters:,}",
            short(step.macs),
            "" if is_first else f"{step.error:.1e}" if step.error else "0",
            "" if is_first or step.same is None else f"{step.same:,} of {self.inputs:,}",
        )
