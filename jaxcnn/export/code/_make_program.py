"""Make the program of a network: its normalization, its layers and their weights."""

import numpy as np

from jaxcnn.export._layers_of import layers_of
from jaxcnn.export.code._layers import add_layer
from jaxcnn.export.code._program import INPUT, Place, Program, Value
from jaxcnn.inference import Network


def make_program(network: Network, limit: int, language: str) -> Program:
    """Make the program of a network.

    The input is as the network takes it: pixels of 0 to 255, or numbers that are not yet
    normalized. The output is the logits, or the numbers of a regression.

    Args:
        network: The network.
        limit: The largest size of the weights as float32, in bytes.
        language: The name of the language, for errors.

    Raises:
        ValueError: If the network has a custom layer, was given as a Flax module, is too large, or
            has weights that are not finite.
    """
    architecture, weights = layers_of(network)
    size = sum(leaf.size * 4 for leaf in weights.values())
    if size > limit:
        raise ValueError(
            f"network: expected at most {limit:,} bytes of weights in a file of {language}, got "
            f"{size:,} (a smaller width, or jaxcnn.export.onnx, which has no such limit)"
        )
    program = Program(network.input_shape)
    place = Place(program, weights)
    value = _normalized(network, program.input, place.inside(INPUT))
    program.output = add_layer(architecture, value, place)
    for name, array in program.weights.items():
        if not np.isfinite(array).all():
            raise ValueError(f"network: expected finite weights, got others in {name}")
    return program


def _normalized(network: Network, value: Value, place: Place) -> Value:
    """Normalize inputs as the network does: pixels of 0 to 255, signals and volumes as they are."""
    if network.kind == "tokens":
        return value
    scale = 255.0 if network.kind == "images" else 1.0
    mean, deviation = np.array(network.normalization.mean), np.array(network.normalization.std)
    weights = {"mean": mean * scale, "scale": 1 / (deviation * scale)}
    return place.add("normalize", value, weights=weights)
