"""The metadata of exported files: classes, input, provenance."""

from collections.abc import Mapping
from typing import Any

from jaxcnn.export._tensor import Tensor
from jaxcnn.inference import Network


def description(
    network: Network,
    taken: Tensor,
    returned: Tensor,
    inside: Mapping[str, bool],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """Return all that an exported file says about its network, without what is unknown.

    Args:
        network: The network.
        taken: The file's input.
        returned: The file's output.
        inside: What is computed inside, such as `softmax`.
        versions: The versions of the packages that wrote it.
    """
    normalization = network.normalization
    content = {
        "class_names": network.class_names,
        "task": network.task.name,
        "kind": network.kind,
        "input_shape": network.input_shape,
        "input": taken,
        "output": returned,
        "inside": inside,
        "normalization": {"mean": normalization.mean, "std": normalization.std},
        "preprocessing": network.preprocessing,
        "pictures": network.pictures,
        "origin": network.origin,
        "versions": versions,
    }
    return {name: each for name, each in content.items() if each is not None}
