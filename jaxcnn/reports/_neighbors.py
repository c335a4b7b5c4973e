"""The section about nearest neighbors: images that are alike to the network."""

from functools import partial

import jax
import numpy as np

from jaxcnn.data import padded_batches
from jaxcnn.explain import embeddings, nearest_neighbors
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import chosen_positions, describe_prediction, selection_rule
from jaxcnn.reports._example_files import file_lines
from jaxcnn.reports._html import Content, Html, MissingError, element
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "The inputs of the last layer describe an image by a list of numbers, its embedding. Images "
    "whose embeddings point in nearly the same direction are alike to the network, whatever their "
    "pixels. Each row shows a test image and its five nearest neighbors among the saved ones, with "
    "the cosine of the angle between their embeddings (1: the same direction)."
)
COUNT = 5
BATCH_SIZE = 250


def neighbors(run: RunFolder) -> Content:
    """Show the chosen images, each beside its nearest neighbors."""
    images, positions = run.images, chosen_positions(run)
    count = min(COUNT, len(images) - 1)
    if count < 1:
        raise MissingError("it needs at least two saved images.")
    vectors = _vectors(run.network, images)
    # One more neighbor, because each image is nearest to itself.
    indices, cosines = map(np.asarray, nearest_neighbors(vectors[positions], vectors, count + 1))
    rows = []
    for position, near, cosine in zip(
        positions.tolist(), indices.tolist(), cosines.tolist(), strict=True
    ):
        others = [(i, c) for i, c in zip(near, cosine, strict=True) if i != position][:count]
        rows.append(_row(run, position, others))
    note = element("p", selection_rule(run))
    return Content(LEAD, (note, element("div", *rows, class_="strips")))


def _vectors(network: Network, images: np.ndarray) -> np.ndarray:
    """Compute the embedding of each image."""
    embed = jax.jit(partial(embeddings, network))
    # Padded batches of one size need only one compiled program.
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    try:
        vectors = [np.asarray(embed(images[batch])) for batch in indices]
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    return np.concatenate(vectors)[: len(images)]


def _row(run: RunFolder, position: int, others: list[tuple[int, float]]) -> Html:
    query = _tile(run, position, describe_prediction(run, position))
    tiles = [_tile(run, i, f"{describe_prediction(run, i)}, {cosine:.2f}") for i, cosine in others]
    return element("div", query, *tiles, class_="strip")


def _tile(run: RunFolder, position: int, words: str) -> Html:
    files = file_lines(run, int(run.test_set.shown[position]))
    return element("div", image(run.images[position], words), element("p", words), *files)
