"""`network_of`: the trained network that a caller passes, alone or in a run."""

import os

from jaxcnn.data import LabeledImages
from jaxcnn.inference import Network
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
        f"{network_hint(network)}"
    )


def network_hint(value: object) -> str:
    """Return the hint of an error about a path or data in place of a network; else nothing.

    Example:
        >>> network_hint("runs/1")
        ' (jaxcnn.load(folder) reads a saved run)'
    """
    if isinstance(value, str | os.PathLike):
        return " (jaxcnn.load(folder) reads a saved run)"
    is_data = isinstance(value, LabeledImages) or hasattr(value, "dtype")
    return " (the network comes first, then the data)" if is_data else ""
