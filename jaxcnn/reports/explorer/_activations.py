"""Compute with JAX what each layer of the page makes of a picture."""

from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import feature_maps
from jaxcnn.inference import Network
from jaxcnn.reports.explorer._layers import PageLayer

Activations = Callable[[np.ndarray], list[np.ndarray]]
"""A function from a picture, ``(H, W, C)`` uint8, to the outputs of all layers on the page."""


def activations_of(network: Network, layers: Sequence[PageLayer], source: str) -> Activations:
    """Return a function that computes the outputs of all layers for a picture, ``(H, W, C)``.

    Args:
        network: The network.
        layers: Its layers on the page, the first two of which are the pixels.
        source: The folder that the network comes from, for errors.

    Returns:
        The function. It raises ValueError, which names the first layer, if an output is not finite.
    """
    paths = [layer.path for layer in layers[2:] if layer.path]

    @jax.jit
    def compute(picture: Array) -> tuple[dict[str, Array], Array, Array]:
        found = feature_maps(network, picture[None], paths) if paths else {}
        normalized = network.normalization(picture[None])
        scores, _ = network.apply(network.variables, normalized, train=False, key=None)
        return found, normalized, scores

    def outputs(picture: np.ndarray) -> list[np.ndarray]:
        found, normalized, scores = compute(picture)
        # A network that is a single sum of branches has no path of its own.
        rows = [found[layer.path] if layer.path else scores for layer in layers[2:]]
        arrays = [np.asarray(row, np.float32) for row in (picture[None], normalized, *rows)]
        for row, layer in zip(arrays, layers, strict=True):
            _check_finite(row, layer, source)
        return [row.reshape(layer.shape) for row, layer in zip(arrays, layers, strict=True)]

    return outputs


def _check_finite(outputs: np.ndarray, layer: PageLayer, source: str) -> None:
    wrong = outputs[~np.isfinite(outputs)]
    if wrong.size:
        name = f"layer {layer.name}: {layer.label}" if layer.name else layer.label
        raise ValueError(
            f"{source}: expected a network with finite outputs, got {wrong[0]} first in {name} "
            "(its weights may be damaged, or the training diverged)"
        )
