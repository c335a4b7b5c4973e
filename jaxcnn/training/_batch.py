"""What a training step learns from."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Mixing(NamedTuple):
    """What was mixed into each image of a batch, by mixup or cutmix.

    Attributes:
        labels: those of the images mixed in, like the batch's own.
        share: ``(N,)`` in [0, 1], how much of each image is its own.
    """

    labels: Array
    share: Array


class Batch(NamedTuple):
    """Images as the network takes them, with their labels.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: in the form of the task, for single labels ``(N,)`` integers.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        mixing: what was mixed into the images; None: nothing.
    """

    images: Array
    labels: Array
    where: Array | None = None
    mixing: Mixing | None = None

    def how_many(self) -> Array:
        """How many examples count."""
        return jnp.asarray(len(self.labels)) if self.where is None else self.where.sum()

    @property
    def main_labels(self) -> Array:
        """The labels of what each image shows most of."""
        if self.mixing is None:
            return self.labels
        mostly_own = (self.mixing.share >= 0.5).reshape(-1, *(1,) * (self.labels.ndim - 1))
        return jnp.where(mostly_own, self.labels, self.mixing.labels)
