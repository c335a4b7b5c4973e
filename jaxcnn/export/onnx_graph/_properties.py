"""The entries of an ONNX file about its network."""

import importlib.metadata

from jaxcnn._support.files import to_json
from jaxcnn._support.machine import versions
from jaxcnn.export._metadata import description
from jaxcnn.export._tensor import Tensor
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
    found = {**versions(), "onnx": importlib.metadata.version("onnx")}
    content = description(network, taken, returned, options, found)
    return {name: to_json(each) for name, each in content.items()}
