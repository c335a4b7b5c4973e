"""The sum behind a class's score."""

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import Evidence, class_evidence
from jaxcnn.reports._chosen_images import chosen_places, described
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
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
    def explain(image: Array) -> Evidence:
        return class_evidence(network, image, top=TOP)

    shown = dict.fromkeys((int(places[0]), int(places[-1])))
    try:
        found = {place: explain(pictures[place]) for place in shown}
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    note = "It is the score as the last dense layer makes it. A network may scale it afterwards."
    parts = (_part(run, place, terms) for place, terms in found.items())
    return Content(LEAD, (*parts, element("p", note)))


def _part(run: RunFolder, place: int, terms: Evidence) -> Html:
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
