"""`network_of`: the trained network that a caller passes, alone or in a run."""

import os

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
        f"{folder_hint(network)}"
    )


def folder_hint(model: object) -> str:
    """Return the hint of an error about a path in place of a network; nothing for other values."""
    is_path = isinstance(model, str | os.PathLike)
    return " (jaxcnn.load(folder) reads a saved run)" if is_path else ""
