"""Find similar images with a network: embeddings and their nearest neighbors."""

from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.data import LabeledImages
from jaxcnn.explain._inputs import Model, as_array, as_inputs, check_one_label, subject_of
from jaxcnn.explain._layer_calls import record_call
from jaxcnn.explain._layer_names import last_layer_with_weights
from jaxcnn.explain.drawing._drawable import as_rgb_images
from jaxcnn.explain.drawing._figure import BLUE, ORANGE, as_written, new_figure, remove_frame
from jaxcnn.inference import check_same_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


BATCH_SIZE = 256
"""Number of images that go through the network at once."""


def embeddings(model: Model, images: ArrayLike, layer: str | None = None) -> Array:
    """Compute embeddings of images: the inputs of the network's last dense layer.

    Use embeddings to compare or search images with `nearest_neighbors`. An embedding is the
    network's description of an image, just before the last layer computes the class scores.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects.
        layer: The name of a layer, as in `layer_names`. The embeddings are then the flattened
            outputs of this layer. None means the inputs of the last dense layer.

    Returns:
        ``(N, D)``, one vector per image.

    Raises:
        TypeError: If `model` or `images` has the wrong type.
        ValueError: If there is no layer with this name. Also if `layer` is None and the network
            does not end in a dense layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(6, 3), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> embeddings(model, jnp.ones((4, 8, 8, 1))).shape
        (4, 6)
    """
    subject = subject_of(model)
    dense = _last_dense(subject.module) if layer is None else None

    def embed(image: Array) -> Array:
        inputs = as_inputs(subject, image[None])
        if dense is not None:
            return record_call(subject, inputs, dense).inputs.ravel()
        assert layer is not None
        return record_call(subject, inputs, layer).outputs.ravel()

    return jax.lax.map(embed, as_array(images), batch_size=BATCH_SIZE)


def _last_dense(module: nnx.Module) -> str:
    """Return the path of the dense layer at the end of the network."""
    path, last = last_layer_with_weights(module) or (None, None)
    if path is None or not isinstance(last, nnx.Linear):
        raise ValueError(
            "layer: expected a name, as the network does not end in a dense layer, got None"
        )
    return path


MAX_SIMILARITIES = 2**25
"""Maximum number of similarities in memory at once: 128 MiB of float32."""


class Neighbors(NamedTuple):
    """The nearest images of each query, in descending order of similarity.

    Attributes:
        indices: The neighbors' indices in the gallery, ``(Q, count)`` integers.
        similarities: The cosine similarities of the neighbors to the query, ``(Q, count)``, -1 to
            1.
    """

    indices: Array
    similarities: Array


def nearest_neighbors(queries: ArrayLike, gallery: ArrayLike, count: int = 5) -> Neighbors:
    """Find the vectors of a gallery with the highest cosine similarity to each query.

    All pairs are compared, a few queries at a time to save memory.

    Args:
        queries: ``(Q, D)``, for example from `embeddings`.
        gallery: ``(M, D)``. A query that is also in the gallery finds itself first.
        count: Number of neighbors per query, at most M.

    Returns:
        A `Neighbors` with the indices and the cosine similarities of the neighbors, each
        ``(Q, count)``. If two neighbors are equally similar, the neighbor with the smaller index
        comes first. A vector of zeros has no direction: its similarity to every vector is 0.

    Raises:
        TypeError: If an array is not floating point.
        ValueError: If the shapes do not fit together, or `count` is out of range.

    Example:
        >>> found = nearest_neighbors([[1.0, 1.0]], [[0.0, 1.0], [2.0, 2.0], [-1.0, 0.0]], 2)
        >>> print(found.indices, found.similarities.round(2))
        [[1 0]] [[1.   0.71]]
    """
    query_vectors, gallery_vectors = as_operand("queries", queries), as_operand("gallery", gallery)
    for name, vectors in (("queries", query_vectors), ("gallery", gallery_vectors)):
        if not jnp.issubdtype(vectors.dtype, jnp.floating):
            raise TypeError(f"{name}: expected floating point, got {vectors.dtype}")
        if vectors.ndim != 2:
            raise ValueError(f"{name}: expected shape (N, D), got {vectors.shape}")
    if query_vectors.shape[1] != gallery_vectors.shape[1]:
        raise ValueError(
            f"queries: expected vectors of length {gallery_vectors.shape[1]}, as in gallery, got "
            f"{query_vectors.shape[1]}"
        )
    if not 1 <= count <= len(gallery_vectors):
        raise ValueError(f"count: expected 1 to the gallery's {len(gallery_vectors)}, got {count}")
    gallery_vectors = _unit(gallery_vectors).T

    def nearest(query: Array) -> tuple[Array, Array]:
        return jax.lax.top_k(jnp.matmul(_unit(query), gallery_vectors, precision="highest"), count)

    queries_per_batch = max(1, MAX_SIMILARITIES // gallery_vectors.shape[1])
    similarities, indices = jax.lax.map(
        nearest, query_vectors, batch_size=min(queries_per_batch, len(query_vectors))
    )
    return Neighbors(indices, similarities)


def _unit(vectors: Array) -> Array:
    """Scale the vectors to length 1, except those of length 0."""
    lengths = jnp.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / jnp.where(lengths == 0, 1, lengths)


SIDE, GAP_AFTER_QUERY = 1.05, 0.25  # in inches; in widths of a picture
MAX_LETTERS = 12


def plot_neighbors(
    queries: LabeledImages,
    gallery: LabeledImages,
    neighbors: Neighbors,
    *,
    title: str = "Nearest neighbors",
) -> "Figure":
    """Draw each query image beside its nearest neighbors, with their classes and similarities.

    Args:
        queries: The query images and no others, with one label each, such as ``test.take(5)``.
        gallery: The set that was searched.
        neighbors: From `nearest_neighbors`, one row per query.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("neighbors.png")`` writes it.

    Raises:
        ValueError: If there is not one row per query, or the two data sets number their classes
            differently. Also if images have several labels, or are neither gray nor color.
        ImportError: If matplotlib is not installed.
    """
    for dataset in (queries, gallery):
        check_one_label(dataset.labels)
    check_same_classes("queries", queries, gallery.class_names, "gallery")
    indices, similarities = map(np.asarray, neighbors)
    rows, count = indices.shape
    if rows != len(queries):
        raise ValueError(
            f"neighbors: expected one row for each of the {len(queries)} queries, got {rows} "
            f"(pass only the query images, as a Dataset such as test.take({rows}))"
        )
    labels = gallery.labels[indices]
    figure = new_figure(
        max(SIDE * (count + 1 + GAP_AFTER_QUERY), 5),
        (SIDE + 0.3) * rows + 1,
        title=title,
        caption=_caption(len(gallery), labels == queries.labels[:, None]),
    )
    widths = [1, GAP_AFTER_QUERY, *[1] * count]
    grid = figure.add_gridspec(rows, count + 2, width_ratios=widths)
    pictures = as_rgb_images(queries.read(np.arange(rows)))
    for row in range(rows):
        label = int(queries.labels[row])
        query = figure.add_subplot(grid[row, 0])
        name = as_written(queries.class_names[label], MAX_LETTERS)
        _draw(query, pictures[row], name)
        query.set_xlabel("query", fontsize=8, labelpad=2)
        found = as_rgb_images(gallery.read(indices[row]))
        for place in range(count):
            name, alike = gallery.class_names[labels[row, place]], labels[row, place] == label
            words = f"{'✓' if alike else '✗'} {as_written(name, MAX_LETTERS)}"
            axes = figure.add_subplot(grid[row, place + 2])
            _draw(axes, found[place], words, BLUE if alike else ORANGE)
            axes.set_xlabel(f"{similarities[row, place]:.2f}", fontsize=8, labelpad=2)
    return figure


def _draw(axes: "Axes", picture: np.ndarray, words: str, color: str = "black") -> None:
    axes.imshow(picture, interpolation="nearest")
    remove_frame(axes)
    axes.set_title(words, fontsize=8, fontweight="bold", color=color, pad=3)


def _caption(images: int, alike: np.ndarray) -> str:
    return (
        f"Left: the query. Beside it: the nearest of {images:,} images, with their cosine "
        "similarity (1: the same direction). "
        f"✓: the query's class ({alike.sum()} of {alike.size}). ✗: another class."
    )
