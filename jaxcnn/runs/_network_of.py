"""`network_of`: the trained network that a caller passes, alone or in a run."""

import os

from jaxcnn.data import LabeledImages
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.runs._run import Run


def network_of(network: Network | Run) -> Network:
    """Return a trained network, also from a run.

    Raises:
        TypeError: If it is neither a trained network nor a run: a bare module knows neither its
            classes nor how its pixels are normalized.
    """
    if isinstance(network, Run):
        return network.network
    if isinstance(network, Network):
        return network
    raise TypeError(
        f"network: expected a trained network or a run, got {type(network).__name__}"
        f"{network_hint(network) or _layer_hint(network)}"
    )


def by_name_hint(name: str | os.PathLike[str]) -> str:
    """Return what loads pretrained weights, if a name is one of a hub; else nothing.

    Example:
        >>> by_name_hint("timm/resnet18.a1_in1k")
        "jaxcnn.pretrained('timm/resnet18.a1_in1k') loads weights by name"
    """
    text = os.fspath(name)
    is_of_a_hub = isinstance(text, str) and text.startswith(_OF_A_HUB)
    return f"jaxcnn.pretrained({text!r:.120}) loads weights by name" * is_of_a_hub


_OF_A_HUB = ("timm/", "hf-hub:")
"""Beginnings of the names of pretrained weights."""


def _layer_hint(value: object) -> str:
    if not isinstance(value, Layer):
        return ""
    return (
        " (pass what jaxcnn.pretrained, load or fit returns; jaxcnn.fit trains a network from "
        "random weights)"
    )


def network_hint(value: object) -> str:
    """Return the hint of an error about a path or data in place of a network; else nothing.

    Example:
        >>> network_hint("runs/1")
        ' (jaxcnn.load(folder) reads a saved run)'
    """
    if isinstance(value, str | os.PathLike):
        return f" ({by_name_hint(value) or 'jaxcnn.load(folder) reads a saved run'})"
    is_data = isinstance(value, LabeledImages) or hasattr(value, "dtype")
    return " (the network comes first, then the data)" if is_data else ""
