"""What the network's answers rest on: pixels, by several methods, and the sum behind a score."""

from collections.abc import Callable

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import (
    ClassEvidence,
    class_evidence,
    grad_cam,
    guided_backprop,
    integrated_gradients,
    plot_attributions,
    saliency,
)
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import chosen_places, described, how_chosen
from jaxcnn.reports._explanations import covered_by_the_mean, covering_in_words
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import image, plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Each row is a test image and the class that the network took it for; each map shows which "
    "pixels speak for that class (light) and which against it (dark). The methods ask in "
    "different ways, and none of them is the truth: what several agree on is safer."
)
DISAGREEMENT = (
    "Where Grad-CAM and occlusion disagree, neither need be wrong: they measure different things. "
    "Grad-CAM says where, on the coarse maps near the network's end, the features are that raise "
    "the score; it marks all of them, though one may do as well as another. Occlusion says what "
    "the score loses if one place is covered: little, where other places tell the class as well, "
    "or where the patch is smaller than what the network goes by; and its edges may move the score "
    "by themselves. A place that only Grad-CAM marks speaks for the class, but the answer stands "
    "without it; one that only occlusion marks is needed, though it may be for what is covered "
    "there, or for the patch."
)


def attributions(run: RunFolder) -> Content:
    """Maps of several methods for some images."""
    pictures, places = run.pictures, chosen_places(run)
    images = pictures[places]
    maps, failed = _maps(run.network, images)
    if not maps:
        raise MissingError("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    note = ""
    if "occlusion" in maps:
        note = covering_in_words(images.shape[1:3], maps["occlusion"].max(axis=(1, 2)).tolist())
    titles = [described(run, int(place)) for place in places]
    figure = plot_attributions(
        images, maps, titles=titles, title=f"{run.model} on {run.data}", note=note
    )
    alt = f"A row for each of {len(places)} images ({', '.join(titles)}) with maps by "
    alt += f"{', '.join(maps)}. {_agreement(maps)} {note}"
    meanings = [element("li", element("b", name), f": {METHODS[name][1]}") for name in maps]
    parts = [
        element("p", how_chosen(run)),
        plot(figure, alt),
        element("ul", *meanings),
    ]
    parts += [element("p", DISAGREEMENT)] * ({"Grad-CAM", "occlusion"} <= maps.keys())
    parts += [element("p", f"{name} is not shown: {why}.") for name, why in failed.items()]
    return Content(LEAD, tuple(parts))


METHODS: dict[str, tuple[Callable[[Network, Array], Array], str]] = {
    "saliency": (saliency, "the gradient: how much the score changes with each pixel"),
    "integrated gradients": (
        integrated_gradients,
        "each pixel's part in what the score has over that of a black image",
    ),
    "guided backprop": (guided_backprop, "the gradient, of which ReLU lets back what is positive"),
    "Grad-CAM": (grad_cam, "where in the last maps the features of the class are; 0 or more"),
    "occlusion": (covered_by_the_mean, "what the score loses where a patch is covered"),
}
"""What is called, and what it answers."""
NEEDS = {
    "guided backprop": "it is about ReLU layers (jaxcnn.Activation), and this network has none",
    "Grad-CAM": "it needs a layer whose outputs lie in rows and columns, and there is none",
}
"""Why some cannot be made of all networks."""


def _maps(network: Network, images: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The maps by their methods' names, all by one program; and why some could not be made."""
    failed: dict[str, str] = {}

    @jax.jit
    def explain(images: Array) -> dict[str, Array]:
        maps = {}
        for name, (method, _) in METHODS.items():
            try:
                maps[name] = method(network, images)
            except ValueError as error:  # raised while tracing, as for a network without ReLU
                failed[name] = NEEDS.get(name, str(error))
        return maps

    maps = explain(images)
    return {name: np.asarray(maps[name]) for name in METHODS if name in maps}, failed


def _agreement(maps: dict[str, np.ndarray]) -> str:
    """Where the first image's map is largest, by each method."""
    words = []
    for name, map_ in maps.items():
        summed = map_[0].sum(axis=-1) if map_.ndim == 4 else map_[0]
        row, column = np.unravel_index(summed.argmax(), summed.shape)
        words.append(f"{name} at row {row}, column {column}")
    return f"In the first image, most for the class: {', '.join(words)}."


EVIDENCE = (
    "The score of a class is a sum: each number that the last layer reads (its inputs are the "
    "activations of the layer before) times a weight that training found for it, and a bias. "
    "These are its largest terms: positive ones speak for the class, negative ones against it."
)
TOP = 8


def evidence(run: RunFolder) -> Content:
    """The largest terms for an image that was classified right, and for one that was not."""
    pictures, places = run.pictures, chosen_places(run)
    network = run.network

    @jax.jit
    def explain(image: Array) -> ClassEvidence:
        return class_evidence(network, image, top=TOP)

    shown = dict.fromkeys((int(places[0]), int(places[-1])))
    try:
        found = {place: explain(pictures[place]) for place in shown}
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    note = "It is the score as the last dense layer makes it. A network may scale it afterwards."
    parts = (_part(run, place, terms) for place, terms in found.items())
    return Content(EVIDENCE, (*parts, element("p", note)))


def _part(run: RunFolder, place: int, terms: ClassEvidence) -> Html:
    name = run.interface.class_names[int(terms.target)]
    words = f"taken for {described(run, place)}"
    columns = (terms.places, terms.activations, terms.weights, terms.products)
    rows = [
        (
            ", ".join(f"{axis} {i}" for axis, i in zip(terms.axes, where, strict=True)),
            f"{activation:.3f}",
            f"{weight:+.3f}",
            f"{product:+.3f}",
        )
        for where, activation, weight, product in zip(*map(np.asarray, columns), strict=True)
    ]
    rows += [
        ("all other terms", "", "", f"{float(terms.rest):+.3f}"),
        ("bias", "", "", f"{float(terms.bias):+.3f}"),
        (f"score of {name}", "", "", f"{float(terms.logit):+.3f}"),
    ]
    head = ("input", "activation", "weight", "product")
    caption = f"The score of {name}, for an image {words}"
    picture = element("div", image(run.pictures[place], words), class_="query")
    return element("div", picture, table(head, rows, caption=caption), class_="beside")
