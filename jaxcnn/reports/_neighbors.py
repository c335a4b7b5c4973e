"""Which images look alike to the network."""

from functools import partial

import jax
import numpy as np

from jaxcnn.data import padded_batches
from jaxcnn.explain import embeddings, nearest_neighbors
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import chosen_places, described, how_chosen
from jaxcnn.reports._html import Content, Html, MissingError, element
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "What the last layer reads of an image is a list of numbers. Images whose lists point nearly "
    "the same way are alike to the network, whatever their pixels. Each row: a test image, and "
    "its five nearest among the kept ones, with the cosine of the angle between the lists (1: "
    "the same)."
)
COUNT = 5
BATCH_SIZE = 250


def neighbors(run: RunFolder) -> Content:
    """The chosen images, each beside its nearest ones."""
    pictures, places = run.pictures, chosen_places(run)
    count = min(COUNT, len(pictures) - 1)
    if count < 1:
        raise MissingError("it takes at least two kept images.")
    vectors = _vectors(run.network, pictures)
    # An image is the nearest to itself.
    indices, cosines = map(np.asarray, nearest_neighbors(vectors[places], vectors, count + 1))
    rows = []
    for place, near, cosine in zip(
        places.tolist(), indices.tolist(), cosines.tolist(), strict=True
    ):
        others = [(i, c) for i, c in zip(near, cosine, strict=True) if i != place][:count]
        rows.append(_row(run, place, others))
    note = element("p", how_chosen(run))
    return Content(LEAD, (note, element("div", *rows, class_="strips")))


def _vectors(network: Network, pictures: np.ndarray) -> np.ndarray:
    """What the last layer reads of each picture."""
    embed = jax.jit(partial(embeddings, network))
    # Batches of one size are one program.
    indices, _ = padded_batches(len(pictures), min(BATCH_SIZE, len(pictures)))
    try:
        vectors = [np.asarray(embed(pictures[batch])) for batch in indices]
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    return np.concatenate(vectors)[: len(pictures)]


def _row(run: RunFolder, place: int, others: list[tuple[int, float]]) -> Html:
    query = _tile(run, place, described(run, place))
    tiles = [_tile(run, i, f"{described(run, i)}, {cosine:.2f}") for i, cosine in others]
    return element("div", query, *tiles, class_="strip")


def _tile(run: RunFolder, place: int, words: str) -> Html:
    return element("div", image(run.pictures[place], words), element("p", words))
