"""An ONNX graph that is built node by node, and the values that pass from layer to layer."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn.layers import Shape

MAX_BYTES = 2**31 - 1
"""Bytes of the largest message of protobuf, which an ONNX file is."""

PAGE = 4096
"""Arrays in a second file begin at a multiple of so many bytes, as ONNX wants it, so that runtimes
can map them into memory. Smaller ones stay in the first file."""


@dataclasses.dataclass(frozen=True)
class Value:
    """An array in the graph, between two layers.

    Attributes:
        name: Its name in the graph.
        shape: Shape of one example as the layers count it: channels last, without batch axis.
        channels_last: Whether the array itself has the channels last, too. ONNX's convolutions and
            poolings take them first. Without spatial axes, both are the same.
    """

    name: str
    shape: Shape
    channels_last: bool = True

    @property
    def rank(self) -> int:
        """Number of axes of one example."""
        return len(self.shape)

    @property
    def channel_axis(self) -> int:
        """The axis of the channels in the array, the batch axis counted."""
        return self.rank if self.channels_last else 1

    def per_channel(self, numbers: np.ndarray) -> np.ndarray:
        """Return one number per channel in a shape that broadcasts to the array."""
        return numbers if self.channels_last else numbers.reshape(-1, *(1,) * (self.rank - 1))


class Graph:
    """The nodes and initializers of an ONNX graph.

    Args:
        opset: The version of ONNX's operators.
        data_name: Name of a second file for the arrays; None keeps them in the ONNX file.
    """

    def __init__(self, opset: int, data_name: str | None = None) -> None:
        self.opset, self._data_name = opset, data_name
        self._data: list[tuple[int, np.ndarray]] = []
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._used: Counter[str] = Counter()
        self._transposed: dict[tuple[str, bool], str] = {}

    @cached_property
    def onnx(self) -> Any:
        """The package `onnx`."""
        return import_extra("onnx")

    @cached_property
    def helper(self) -> Any:
        """The module `onnx.helper`."""
        return import_extra("onnx.helper")

    def node(self, op: str, path: str, inputs: tuple[str, ...], attributes: dict[str, Any]) -> str:
        """Add a node with one output, and return the output's name, such as ``layers.0/Conv``."""
        name = self._unused(f"{path}/{op}" if path else op)
        made = self.helper.make_node(op, list(inputs), [name], name=name, **attributes)
        self.nodes.append(made)
        return name

    def constant(self, name: str, array: np.ndarray) -> str:
        """Add an array to the file as raw bytes, and return its name."""
        name = self._unused(name)
        array = np.asarray(array, order="C")  # which keeps the axes of a scalar
        kind = self.helper.np_dtype_to_tensor_dtype(array.dtype)
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if self._data_name is None or array.nbytes < PAGE:
            made = self.helper.make_tensor(name, kind, array.shape, little.tobytes(), raw=True)
        else:
            made = self._outside(name, kind, little)
        self.initializers.append(made)
        return name

    def write_data(self, file: BinaryIO) -> None:
        """Write the second file."""
        for offset, array in self._data:
            file.write(bytes(offset - file.tell()))
            file.write(array.data)

    def _outside(self, name: str, kind: int, array: np.ndarray) -> Any:
        """Return a tensor whose values are in the second file."""
        end = self._data[-1][0] + self._data[-1][1].nbytes if self._data else 0
        offset = end + -end % PAGE
        self._data.append((offset, array))
        proto = self.onnx.TensorProto
        made = proto(name=name, data_type=kind, dims=array.shape, data_location=proto.EXTERNAL)
        where = {"location": self._data_name, "offset": offset, "length": array.nbytes}
        for key, value in where.items():
            made.external_data.add(key=key, value=str(value))
        return made

    def with_channels(self, value: Value, path: str, *, last: bool) -> Value:
        """Return a value whose array has the channels last, or first; transposed only once."""
        if value.rank < 2 or value.channels_last == last:
            return dataclasses.replace(value, channels_last=last)
        key = value.name, last
        if key not in self._transposed:
            axes = range(value.rank + 1)
            batch, *others = axes
            order = [batch, *others[1:], others[0]] if last else [batch, others[-1], *others[:-1]]
            name = self.node("Transpose", path, (value.name,), {"perm": order})
            self._transposed[key] = name
            self._transposed[name, not last] = value.name
        return Value(self._transposed[key], value.shape, last)

    def rename(self, name: str, new: str) -> None:
        """Give the output of the graph another name."""
        maker = next((node for node in self.nodes if name in node.output), None)
        if maker is None or any(name in node.input for node in self.nodes):
            self.nodes.append(self.helper.make_node("Identity", [name], [new], name=new))
        else:
            maker.output[0] = new

    def _unused(self, name: str) -> str:
        self._used[name] += 1
        count = self._used[name]
        return name if count == 1 else self._unused(f"{name}_{count}")


@dataclasses.dataclass(frozen=True)
class Scope:
    """The place of a layer in the graph: where it takes weights from, and adds nodes.

    Attributes:
        graph: The graph.
        weights: The network's arrays by name, such as ``layers.0.kernel``.
        path: The path of the layer's module, such as ``layers.0``.
    """

    graph: Graph
    weights: Mapping[str, np.ndarray]
    path: str = ""

    def inside(self, path: str) -> "Scope":
        """Return the scope of a module in this one."""
        return dataclasses.replace(self, path=f"{self.path}.{path}" if self.path else path)

    def has(self, name: str) -> bool:
        """Return whether the layer has an array of this name."""
        return self.inside(name).path in self.weights

    def weight(self, name: str) -> np.ndarray:
        """Return an array of the layer as float32."""
        return np.asarray(self.weights[self.inside(name).path], np.float32)

    def constant(self, name: str, array: np.ndarray) -> str:
        """Add an array to the file, named after the layer."""
        return self.graph.constant(self.inside(name).path, array)

    def number(self, name: str, number: float) -> str:
        """Add a float32 number to the file, named after the layer."""
        return self.constant(name, np.array(number, np.float32))

    def integers(self, name: str, *integers: int) -> str:
        """Add int64 numbers to the file, named after the layer."""
        return self.constant(name, np.array(integers, np.int64))

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        return self.graph.node(op, self.path, inputs, attributes)

    def first(self, value: Value) -> Value:
        """Return a value with the channels first, as convolutions and poolings take it."""
        return self.graph.with_channels(value, self.path, last=False)

    def last(self, value: Value) -> Value:
        """Return a value with the channels last."""
        return self.graph.with_channels(value, self.path, last=True)

    def reshape(self, name: str, *sizes: int) -> str:
        """Reshape examples to other sizes; the batch axis stays."""
        return self.node("Reshape", name, self.integers("shape", 0, *sizes))
