"""What the layers make of one image."""

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import feature_maps, layer_names, plot_feature_maps
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import chosen_places, described
from jaxcnn.reports._html import Content, Html, MissingError
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Each small picture is one channel of a layer: light where the layer found what that channel "
    "stands for. Early layers mark edges and colors where they are; later ones are coarser, and "
    "answer to parts of things."
)
MAX_LAYERS = 4


def maps(run: RunFolder) -> Content:
    """The channels of one layer of each size, for the first chosen image."""
    pictures, places = run.pictures, chosen_places(run)
    found = _outputs(run.network, pictures[places[0]])
    chosen = _one_of_each_size(found)
    if not chosen:
        raise MissingError("the network has no layer whose outputs lie in rows and columns.")
    what = f"test image {run.kept.examples[run.kept.shown[places[0]]]}"
    what += f", taken for {described(run, int(places[0]))}"
    figures = [_figure(name, values, pictures[places[0]], what) for name, values in chosen.items()]
    return Content(LEAD, tuple(figures))


def _outputs(network: Network, image: np.ndarray) -> dict[str, np.ndarray]:
    """What layers, and containers of layers, make of an image, by their names."""
    try:
        return _looked_at(network, image, [*layer_names(network, containers=True)])
    except ValueError:  # modules of one's own may hold some without calling them
        pass
    try:
        return _looked_at(network, image, [*layer_names(network)])
    except ValueError as error:
        raise MissingError(f"{error}.") from None


def _looked_at(network: Network, image: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    @jax.jit
    def look(image: Array) -> dict[str, Array]:
        found = feature_maps(network, image[None], names)
        return {name: found[name][0] for name in names}

    found = look(image)
    return {name: np.asarray(found[name]) for name in names}  # jit has sorted them


def _one_of_each_size(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each height and width, the largest first, the last of the outermost layers.

    What stands within a container is a step on the way to what it makes. A single pixel is no map.
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
    return plot(plot_feature_maps(values, image=image, title=f"Layer {name}, {what}"), alt)
