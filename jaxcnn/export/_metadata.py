"""Entries of an ONNX file about its network: classes, input, provenance."""

import importlib.metadata
from typing import Any

from jaxcnn._support.files import to_json
from jaxcnn._support.machine import versions
from jaxcnn.export._result import Tensor
from jaxcnn.inference import Network


def properties(
    network: Network, taken: Tensor, returned: Tensor, **options: bool
) -> dict[str, str]:
    """Return the entries of a file's ``metadata_props``, each a JSON text.

    Args:
        network: The network.
        taken: The file's input.
        returned: The file's output.
        options: What is computed inside: `from_pixels`, `resize` and `softmax`.
    """
    normalization, shape = network.normalization, network.input_shape
    content: dict[str, Any] = {
        "class_names": network.class_names,
        "task": network.task.name,
        "kind": network.kind,
        "input_shape": shape,
        "input": taken,
        "output": returned,
        "inside": options,
        "normalization": {"mean": normalization.mean, "std": normalization.std},
        "preprocessing": network.preprocessing,
        "pictures": network.pictures,
        "origin": network.origin,
        "versions": {**versions(), "onnx": importlib.metadata.version("onnx")},
    }
    return {name: to_json(each) for name, each in content.items() if each is not None}
