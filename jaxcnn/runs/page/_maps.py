"""What the layers make of one image."""

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import feature_maps, layer_names, plot_feature_maps
from jaxcnn.runs.page._chosen import chosen_places, described
from jaxcnn.runs.page._html import Html
from jaxcnn.runs.page._material import Material
from jaxcnn.runs.page._pictures import plot
from jaxcnn.runs.page._section import MissingError, Section

TITLE = "Feature maps: what the layers make of an image"
LEAD = (
    "Each small picture is one channel of a layer: light where the layer found what that channel "
    "stands for. Early layers mark edges and colours where they are; later ones are coarser, and "
    "answer to parts of things."
)
MOST_LAYERS = 4


def maps(material: Material) -> Section:
    """The channels of the last layer of each size, for the first chosen image."""
    pictures, places = material.pictures, chosen_places(material)
    network, image = material.network, pictures[places[0]]
    names = list(layer_names(network))

    @jax.jit
    def look(image: Array) -> dict[str, Array]:
        found = feature_maps(network, image[None], names)
        return {name: found[name][0] for name in names}

    try:
        found = look(image)
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    chosen = _last_of_each_size({name: np.asarray(found[name]) for name in names})
    if not chosen:
        raise MissingError("the network has no layer whose outputs lie in rows and columns.")
    what = f"test image {material.kept.examples[material.kept.shown[places[0]]]}"
    what += f", taken for {described(material, int(places[0]))}"
    figures = [_figure(name, values, image, what) for name, values in chosen.items()]
    return Section(TITLE, LEAD, tuple(figures))


def _last_of_each_size(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The last layer of each height and width, in their order; not those of a single pixel."""
    last = {
        values.shape[:2]: (name, values)
        for name, values in found.items()
        if values.ndim == 3 and values.shape[:2] != (1, 1)
    }
    return dict([*last.values()][:MOST_LAYERS])


def _figure(name: str, values: np.ndarray, image: np.ndarray, what: str) -> Html:
    height, width, channels = values.shape
    mean = values.mean(axis=(0, 1))
    alt = (
        f"{channels} feature maps of {height}×{width} of layer {name}, for {what}: values from "
        f"{values.min():.2g} to {values.max():.2g}; channel {mean.argmax()} is largest on average."
    )
    return plot(plot_feature_maps(values, image=image, title=f"Layer {name}, {what}"), alt)
