"""Images that can be seen as two things."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F


class Ambiguous(NamedTuple):
    """Examples between two classes, those most so first.

    Attributes:
        indices: which they are, ``(count,)`` integers.
        gaps: by how much the most probable class is more probable than the next, ``(count,)``.
        entropies: of what the network says of each, in nat, ``(count,)``: 0 where it is certain,
            log 2 = 0.69 for two classes at 50 % each, log K where it knows nothing.
    """

    indices: Array
    gaps: Array
    entropies: Array


def most_ambiguous(probabilities: ArrayLike, count: int = 10) -> Ambiguous:
    """Find the examples that could most nearly be one thing or another.

    These are they whose second guess is the most probable: at 50 % it is as probable as the
    first, and no third class comes into it. Where all classes are a little probable the network
    is not of two minds, it does not know.

    Args:
        probabilities: predicted distributions, ``(N, K)``, K at least 2.
        count: how many to find, at most N.

    Returns:
        The examples, the most probable second guess first.

    Raises:
        TypeError: if the probabilities are not floating point.
        ValueError: for another shape, or a `count` out of range.

    Example:
        A duck, a rabbit, and the picture that can be seen as both:

        >>> found = most_ambiguous(jnp.array([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55]]), 1)
        >>> print(found.indices, f"{found.gaps[0]:.2f} {found.entropies[0]:.2f}")
        [2] 0.10 0.69
    """
    likely = jnp.asarray(probabilities)
    if likely.ndim != 2 or likely.shape[1] < 2:
        raise ValueError(f"probabilities must have shape (N, K), K at least 2; got {likely.shape}")
    if not 1 <= count <= len(likely):
        raise ValueError(f"count must be 1 to the number of examples, {len(likely)}; got {count}")
    (first, second), _ = map(jnp.transpose, F.top_k(likely, 2))
    _, indices = F.top_k(second, count)
    return Ambiguous(indices, (first - second)[indices], F.entropy(likely)[indices])
