"""Sections about single predictions: attribution maps by several methods, and terms of a score."""

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
from jaxcnn.reports._chosen_images import chosen_positions, describe_prediction, selection_rule
from jaxcnn.reports._explanations import mean_color_occlusion, occlusion_note
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import image, plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Each row is a test image with its predicted class; each map shows which pixels speak for that "
    "class (light) and which against it (dark). The methods measure different things, and none of "
    "them is the truth: trust what several agree on."
)
DISAGREEMENT = (
    "If Grad-CAM and occlusion disagree, both can be right, because they measure different things. "
    "Grad-CAM shows where, on the coarse maps near the end of the network, the features are that "
    "raise the score. It marks all of them, even if one alone would be enough. Occlusion shows how "
    "much the score falls if one region is covered. It falls little if other regions show the "
    "class as well, or if the patch is smaller than the features that the network uses; and the "
    "edges of the patch can change the score by themselves. A region that only Grad-CAM marks "
    "speaks for the class, but the prediction does not need it. A region that only occlusion marks "
    "matters, but the reason can be what is covered, or the patch itself."
)


def attributions(run: RunFolder) -> Content:
    """Plot attribution maps of several methods for some test images."""
    images, positions = run.images, chosen_positions(run)
    shown = images[positions]
    maps, failed = _maps(run.network, shown)
    if not maps:
        raise MissingError("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    note = ""
    if "occlusion" in maps:
        note = occlusion_note(shown.shape[1:3], maps["occlusion"].max(axis=(1, 2)).tolist())
    titles = [describe_prediction(run, int(position)) for position in positions]
    figure = plot_attributions(
        shown, maps, titles=titles, title=f"{run.model} on {run.data}", note=note
    )
    alt = f"A row for each of {len(positions)} images ({', '.join(titles)}) with maps by "
    alt += f"{', '.join(maps)}. {_agreement(maps)} {note}"
    meanings = [element("li", element("b", name), f": {METHODS[name][1]}") for name in maps]
    parts = [
        element("p", selection_rule(run)),
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
        "each pixel's part of the difference between the score and that of a black image",
    ),
    "guided backprop": (guided_backprop, "the gradient, where ReLU passes only positive gradients"),
    "Grad-CAM": (grad_cam, "where in the last maps the features of the class are; at least 0"),
    "occlusion": (mean_color_occlusion, "how much the score falls if a patch is covered"),
}
"""The attribution methods by name: a function, and what it measures."""
NEEDS = {
    "guided backprop": "it needs ReLU layers (jaxcnn.Activation), and this network has none",
    "Grad-CAM": "it needs a layer whose outputs have rows and columns, and there is none",
}
"""Why a method cannot be applied to some networks, by its name."""


def _maps(network: Network, images: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Compute the maps with one compiled program.

    Returns:
        The maps, and for methods that cannot be applied the reasons, by the methods' names.
    """
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
    """Say where each method's map of the first image is largest."""
    words = []
    for name, map_ in maps.items():
        summed = map_[0].sum(axis=-1) if map_.ndim == 4 else map_[0]
        row, column = np.unravel_index(summed.argmax(), summed.shape)
        words.append(f"{name} at row {row}, column {column}")
    return f"In the first image, most for the class: {', '.join(words)}."


EVIDENCE = (
    "The score of a class is a sum over the inputs of the last layer, which are the activations of "
    "the layer before: each input times its learned weight, plus a bias. These are the largest "
    "terms: positive ones speak for the class, negative ones against it."
)
TOP = 8


def evidence(run: RunFolder) -> Content:
    """List the largest terms of the score, for a right and for a wrong prediction."""
    images, positions = run.images, chosen_positions(run)
    network = run.network

    @jax.jit
    def explain(image: Array) -> ClassEvidence:
        return class_evidence(network, image, top=TOP)

    shown = dict.fromkeys((int(positions[0]), int(positions[-1])))
    try:
        found = {position: explain(images[position]) for position in shown}
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    note = (
        "This is the score that the last dense layer computes. A network can scale it afterwards."
    )
    parts = (_part(run, position, terms) for position, terms in found.items())
    return Content(EVIDENCE, (*parts, element("p", note)))


def _part(run: RunFolder, position: int, terms: ClassEvidence) -> Html:
    name = run.interface.class_names[int(terms.target)]
    words = f"predicted as {describe_prediction(run, position)}"
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
    picture = element("div", image(run.images[position], words), class_="query")
    return element("div", picture, table(head, rows, caption=caption), class_="beside")
