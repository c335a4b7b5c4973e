"""Make the ONNX model of a network: its input, its layers, its output and its metadata."""

import dataclasses
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from jaxcnn._version import __version__
from jaxcnn.export._interface import input_of, output_of
from jaxcnn.export._layers_of import layers_of
from jaxcnn.export._tensor import Tensor
from jaxcnn.export.onnx_graph._activations import normalized
from jaxcnn.export.onnx_graph._graph import MAX_BYTES, Graph, Scope, Value
from jaxcnn.export.onnx_graph._layers import add_layer
from jaxcnn.export.onnx_graph._pictures import resized
from jaxcnn.export.onnx_graph._properties import properties
from jaxcnn.inference import Network
from jaxcnn.runs import Run, network_of

NODE_BYTES = 2**24
"""More bytes than the nodes of a network take in the file."""


class Options(NamedTuple):
    """The checked options of an export, as at `onnx`.

    Attributes:
        from_pixels: Whether the input is normalized inside.
        resize: Whether pictures of any size are resized inside.
        softmax: Whether the output is probabilities.
        opset: The version of ONNX's operators.
    """

    from_pixels: bool
    resize: bool
    softmax: bool
    opset: int


class OnnxModel(NamedTuple):
    """A model as the content of a file.

    Attributes:
        content: The bytes of the file.
        write_data: Writes the second file, if there is one; it has the weights.
        taken: The input.
        returned: The output.
        nodes: Number of operations.
    """

    content: bytes
    write_data: Callable[[BinaryIO], None] | None
    taken: Tensor
    returned: Tensor
    nodes: int


def needs_data_file(network: Network | Run) -> bool:
    """Return whether the weights are too large for one ONNX file, so that `onnx` writes a second.

    Use it before `quantize` or `OnnxNetwork`, which take networks of less than 2 GB.

    Args:
        network: A trained network or a run whose layers are all of jaxcnn.

    Raises:
        TypeError: If `network` is neither a network nor a run.
        ValueError: If the network has a custom layer, or was given as a Flax module.

    Example::

        print(jaxcnn.export.needs_data_file(jaxcnn.load("runs/mine")))  # False
    """
    weights = layers_of(network_of(network))[1]
    return sum(leaf.size * 4 for leaf in weights.values()) > MAX_BYTES - NODE_BYTES


def make_model(network: Network, options: Options, data_name: str | None = None) -> OnnxModel:
    """Make the model of a network.

    Args:
        network: The network.
        options: The options.
        data_name: Name of a second file for the weights; None keeps them in the ONNX file.

    Raises:
        ImportError: If the package `onnx` is not installed.
        ValueError: If the network has a custom layer, or was given as a Flax module.
    """
    architecture, weights = layers_of(network)
    graph = Graph(options.opset, data_name)
    taken = _input(network, options)
    scope = Scope(graph, weights)
    value = Value(taken.name, network.input_shape)
    if network.kind != "tokens":
        value = _prepared(network, value, options, scope.inside("input"))
    value = scope.last(add_layer(architecture, value, scope))
    returned = output_of(network, softmax=options.softmax)
    _name_output(network, options, value, returned, graph)
    model = _model(network, graph, taken, returned, options)
    content = model.SerializeToString(deterministic=True)
    write_data = None if data_name is None else graph.write_data
    return OnnxModel(content, write_data, taken, returned, len(graph.nodes))


def _input(network: Network, options: Options) -> Tensor:
    taken = input_of(network, from_pixels=options.from_pixels)
    if network.kind == "tokens":
        return dataclasses.replace(taken, dtype="int64")
    if options.resize:
        shape = (*taken.shape[:1], "height", "width", *taken.shape[3:])
        return dataclasses.replace(taken, shape=shape)
    return taken


def _prepared(network: Network, value: Value, options: Options, scope: Scope) -> Value:
    """Transpose the input once, resize pictures, and normalize them as the network does."""
    value = scope.first(value)
    if options.resize:
        value = resized(network, value, scope)
    if not options.from_pixels:
        return value
    scale = 1.0
    if network.kind == "images":
        name = scope.node("Cast", value.name, to=scope.graph.onnx.TensorProto.FLOAT)
        value, scale = Value(name, value.shape, channels_last=False), 255.0
    mean, std = np.array(network.normalization.mean), np.array(network.normalization.std)
    return normalized(value, mean * scale, std * scale, scope)


def _name_output(
    network: Network, options: Options, value: Value, returned: Tensor, graph: Graph
) -> None:
    """Give the output its name, and compute the probabilities if they are asked for."""
    name = value.name
    if options.softmax:
        op, attributes = ("Sigmoid", {}) if network.multilabel else ("Softmax", {"axis": -1})
        name = graph.node(op, "output", (name,), attributes)
    graph.rename(name, returned.name)


def _model(
    network: Network, graph: Graph, taken: Tensor, returned: Tensor, options: Options
) -> Any:
    helper = graph.helper
    inputs, outputs = ([_value_info(each, graph)] for each in (taken, returned))
    made = helper.make_graph(graph.nodes, "jaxcnn", inputs, outputs, graph.initializers)
    opsets = [helper.make_opsetid("", options.opset)]
    model = helper.make_model(
        made,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),  # so that older runtimes read it
        producer_name="jaxcnn",
        producer_version=__version__,
    )
    inside = {name: getattr(options, name) for name in ("from_pixels", "resize", "softmax")}
    helper.set_model_props(model, properties(network, taken, returned, **inside))
    return model


def _value_info(tensor: Tensor, graph: Graph) -> Any:
    kind = graph.helper.np_dtype_to_tensor_dtype(np.dtype(tensor.dtype))
    return graph.helper.make_tensor_value_info(tensor.name, kind, tensor.shape)
