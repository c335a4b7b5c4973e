"""Photo search: the images of a set that lie nearest to others."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import as_floating

MOST_SIMILARITIES = 2**25
"""So many are in memory at once: 128 MB."""


class Neighbours(NamedTuple):
    """The nearest images of each query, the nearest first.

    Attributes:
        indices: their places in the gallery, ``(Q, count)`` integers.
        similarities: the cosines of the angles to the query, ``(Q, count)``, -1 to 1.
    """

    indices: Array
    similarities: Array


def nearest_neighbours(queries: ArrayLike, gallery: ArrayLike, count: int = 5) -> Neighbours:
    """Find the vectors of a gallery that point most nearly the same way as each query.

    All pairs are compared, some queries at a time, so that memory stays bounded.

    Args:
        queries: ``(Q, D)``, from `embeddings`, say.
        gallery: ``(M, D)``. A query that is in it, too, finds itself first.
        count: how many neighbours each query gets, at most M.

    Returns:
        Their indices and cosine similarities; of equal ones the earlier first. A vector of
        zeros, which points nowhere, has similarity 0 to all.

    Raises:
        TypeError: if an array is not floating point.
        ValueError: if the shapes do not fit together, or `count` is out of range.

    Example:
        >>> found = nearest_neighbours([[1.0, 1.0]], [[0.0, 1.0], [2.0, 2.0], [-1.0, 0.0]], 2)
        >>> print(found.indices, found.similarities.round(2))
        [[1 0]] [[1.   0.71]]
    """
    sought, among = as_floating("queries", queries), as_floating("gallery", gallery)
    for name, vectors in (("queries", sought), ("gallery", among)):
        if vectors.ndim != 2:
            raise ValueError(f"{name} must have shape (N, D); got {vectors.shape}")
    if sought.shape[1] != among.shape[1]:
        raise ValueError(
            f"queries and gallery must have vectors of one length; got {sought.shape[1]} and "
            f"{among.shape[1]}"
        )
    if not 1 <= count <= len(among):
        raise ValueError(f"count must be 1 to the gallery's {len(among)}; got {count}")
    among = _unit(among).T

    def nearest(query: Array) -> tuple[Array, Array]:
        return jax.lax.top_k(jnp.matmul(_unit(query), among, precision="highest"), count)

    at_once = max(1, MOST_SIMILARITIES // among.shape[1])
    similarities, indices = jax.lax.map(nearest, sought, batch_size=min(at_once, len(sought)))
    return Neighbours(indices, similarities)


def _unit(vectors: Array) -> Array:
    """The vectors with length 1, but for those of length 0."""
    lengths = jnp.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / jnp.where(lengths == 0, 1, lengths)
