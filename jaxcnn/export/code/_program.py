"""A network as a list of steps: operations on arrays with the channels last."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxcnn.layers import Shape

INPUT = "input"
"""The path of the normalization, in place of a module's."""


@dataclasses.dataclass(frozen=True)
class Value:
    """An array that a step returns, or the input.

    Attributes:
        index: Its number; the input is 0.
        shape: Shape of one example, channels last.
    """

    index: int
    shape: Shape

    @property
    def size(self) -> int:
        """Number of elements of one example."""
        return math.prod(self.shape)


@dataclasses.dataclass(frozen=True)
class Step:
    """An operation.

    Attributes:
        op: Its name, such as ``conv``.
        path: The path of the layer's module, such as ``layers.0``.
        inputs: What it is computed from.
        output: The value that it returns.
        weights: The names of its arrays, in the order of the operation's arguments.
        options: Its options that are not the default.
    """

    op: str
    path: str
    inputs: tuple[Value, ...]
    output: Value
    weights: tuple[str, ...]
    options: Mapping[str, Any]


class Program:
    """The steps of a network in the order of their computation, and its weights by name.

    Args:
        input_shape: Shape of one input.
    """

    def __init__(self, input_shape: Shape) -> None:
        self.input = self.output = Value(0, input_shape)
        self.steps: list[Step] = []
        self.weights: dict[str, np.ndarray] = {}

    def add(
        self,
        op: str,
        path: str,
        inputs: tuple[Value, ...],
        shape: Shape,
        weights: Mapping[str, np.ndarray],
        options: Mapping[str, Any],
    ) -> Value:
        """Add a step, and return its output; the arrays in `weights` are named after the path."""
        names = tuple(self._named(f"{path}.{name}", array) for name, array in weights.items())
        output = Value(len(self.steps) + 1, shape)
        self.steps.append(Step(op, path, inputs, output, names, options))
        return output

    def _named(self, name: str, array: np.ndarray) -> str:
        self.weights[name.removeprefix(".")] = np.ascontiguousarray(array, np.float32)
        return name.removeprefix(".")

    @property
    def weight_count(self) -> int:
        """Number of weights of the layers, without the normalization of the input."""
        sizes = {name: array.size for name, array in self.weights.items()}
        return sum(size for name, size in sizes.items() if not name.startswith(f"{INPUT}."))

    def last_uses(self) -> dict[int, int]:
        """Return the position of the step that uses each value last; the output stays."""
        found = {each.index: at for at, step in enumerate(self.steps) for each in step.inputs}
        return found | {self.output.index: len(self.steps)}


@dataclasses.dataclass(frozen=True)
class Place:
    """The place of a layer: where it takes weights from, and adds steps.

    Attributes:
        program: The steps.
        weights: The network's arrays by name, such as ``layers.0.kernel``.
        path: The path of the layer's module, such as ``layers.0``.
    """

    program: Program
    weights: Mapping[str, np.ndarray]
    path: str = ""

    def inside(self, path: str) -> "Place":
        """Return the place of a module in this one."""
        return dataclasses.replace(self, path=f"{self.path}.{path}" if self.path else path)

    def weight(self, name: str) -> np.ndarray:
        """Return an array of the layer as float32."""
        return np.asarray(self.weights[self.inside(name).path], np.float32)

    def find(self, *names: str) -> dict[str, np.ndarray]:
        """Return those of some arrays that the layer has."""
        return {name: self.weight(name) for name in names if self.inside(name).path in self.weights}

    def add(
        self,
        op: str,
        *inputs: Value,
        shape: Shape | None = None,
        weights: Mapping[str, np.ndarray] = {},
        **options: Any,
    ) -> Value:
        """Add a step of the layer, and return its output, by default of the first input's shape."""
        shape = inputs[0].shape if shape is None else shape
        return self.program.add(op, self.path, inputs, shape, weights, options)
