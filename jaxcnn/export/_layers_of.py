"""The layers and weights of a network, if all layers can be exported."""

from typing import Any

from jaxcnn._support.leaves import is_key
from jaxcnn.inference import Network, layers_and_arrays
from jaxcnn.layers import LAYERS, Container, Layer, SpectralNorm, WeightNorm


def layers_of(network: Network) -> tuple[Layer, dict[str, Any]]:
    """Return the layers of a network, and its weights by name, such as ``layers.0.kernel``.

    Raises:
        ValueError: If the network has a custom layer, or was given as a Flax module.
    """
    architecture, arrays = layers_and_arrays(network)
    check_layers(architecture)
    return architecture, {name: array for name, array in arrays.items() if not is_key(array)}


def check_layers(architecture: Layer) -> None:
    """Raise ValueError, naming the layer and its place, unless every layer can be exported."""
    for place, layer in _layers_in(architecture, ""):
        if type(layer) not in LAYERS:
            raise ValueError(
                f"network: expected layers of jaxcnn, got the custom {type(layer).__name__}"
                f"{f' at {place}' if place else ''} (rebuild it from jaxcnn's layers, such as a "
                "Sequential, or run it in JAX: only its author knows its formula)"
            )


def _layers_in(layer: Layer, place: str) -> list[tuple[str, Layer]]:
    """Return a layer and all layers in it, each with its place."""
    found = [(place, layer)]
    if isinstance(layer, Container) and type(layer) in LAYERS:
        for placed in (placed for chain in layer.chains() for placed in chain):
            found += _layers_in(placed.layer, f"{place}.{placed.place}" if place else placed.place)
    if isinstance(layer, WeightNorm | SpectralNorm):
        found += _layers_in(layer.layer, f"{place}.layer" if place else "layer")
    return found
