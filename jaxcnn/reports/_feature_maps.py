"""The section about feature maps: what the layers compute from one image."""

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import feature_maps, layer_names, plot_feature_maps
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import chosen_positions, describe_prediction
from jaxcnn.reports._example_files import named_example
from jaxcnn.reports._html import Content, Html, MissingError
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Each tile is one channel of a layer, light where the layer found what that channel detects. "
    "Early layers mark edges, and colors if there are any; later layers are coarser, and respond "
    "to parts of things."
)
MAX_LAYERS = 4


def maps(run: RunFolder) -> Content:
    """Plot the channels of one layer per map size, for the first chosen image."""
    images, positions = run.images, chosen_positions(run)
    found = _outputs(run.network, images[positions[0]])
    chosen = _one_of_each_size(found)
    if not chosen:
        raise MissingError("the network has no layer whose outputs have rows and columns.")
    what = f"test image {named_example(run, int(run.test_set.shown[positions[0]]))}"
    what += f", predicted as {describe_prediction(run, int(positions[0]))}"
    figures = [
        _figure(run.layer_in_words(name), values, images[positions[0]], what)
        for name, values in chosen.items()
    ]
    return Content(LEAD, tuple(figures))


def _outputs(network: Network, image: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the outputs of layers and containers for an image, by their names."""
    try:
        return _maps_of_layers(network, image, [*layer_names(network, containers=True)])
    except ValueError:  # a custom module may contain containers that it does not call
        pass
    try:
        return _maps_of_layers(network, image, [*layer_names(network)])
    except ValueError as error:
        raise MissingError(f"{error}.") from None


def _maps_of_layers(network: Network, image: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    @jax.jit
    def compute(image: Array) -> dict[str, Array]:
        found = feature_maps(network, image[None], names)
        return {name: found[name][0] for name in names}

    found = compute(image)
    return {name: np.asarray(found[name]) for name in names}  # `jit` sorts dictionaries


def _one_of_each_size(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Select for each height and width, in descending order, the last of the outermost layers.

    Layers within a container are not taken: they only compute parts of its output. Maps of one
    pixel are skipped.
    """
    chosen: dict[tuple[int, ...], str] = {}
    for name, values in found.items():
        size = values.shape[:2]
        if values.ndim != 3 or size == (1, 1):
            continue
        if size not in chosen or name.count(".") <= chosen[size].count("."):
            chosen[size] = name
    sizes = sorted(chosen, key=lambda size: -size[0] * size[1])
    return {chosen[size]: found[chosen[size]] for size in sizes[:MAX_LAYERS]}


def _figure(name: str, values: np.ndarray, image: np.ndarray, what: str) -> Html:
    height, width, channels = values.shape
    mean = values.mean(axis=(0, 1))
    alt = (
        f"{channels} feature maps of {height}×{width} of layer {name}, for {what}: values from "
        f"{values.min():.2g} to {values.max():.2g}; channel {mean.argmax()} is largest on average."
    )
    return plot(plot_feature_maps(values, image=image, title=f"Layer {name}, for {what}"), alt)
