"""`layers_and_arrays`: a trained network as data."""

from typing import Any

from jaxcnn._support.leaves import named_leaves
from jaxcnn.inference._network import Network
from jaxcnn.layers import Layer


def layers_and_arrays(network: Network) -> tuple[Layer, dict[str, Any]]:
    """Return the layers of a network, and its arrays by name, such as ``layers.0.kernel``.

    Args:
        network: The network.

    Returns:
        Its architecture, and all its arrays: weights, statistics, and keys of random numbers.

    Raises:
        ValueError: If the network was given as a Flax module, whose layers are not known.
    """
    if network.architecture is None:
        raise ValueError(
            "network: expected layers of jaxcnn, got a network that was given as a Flax module "
            "(build the same network of jaxcnn's layers)"
        )
    arrays = {name: leaf for tree in network.variables for name, leaf in named_leaves(tree)}
    return network.architecture, arrays
