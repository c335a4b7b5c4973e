"""An augmentation policy as plain data, applied to a batch inside a compiled step."""

import dataclasses
from functools import partial
from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data._transforms import alternating_flip, cutout, random_flip, random_shift

Flip = Literal["none", "random", "alternating"]


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How training images are varied: flip, then shift, then cutout.

    How an example looks is a pure function of the key, the epoch and the example's index:
    neither the batch it is in nor its place there matters. `dataclasses.asdict` gives the
    policy as JSON-able data.

    Attributes:
        flip: `"none"`, `"random"` (a coin an epoch) or `"alternating"` (see `alternating_flip`).
        shift: Largest shift in pixels along each axis; 0 for none.
        cutout: Side of the painted square in pixels; 0 for none.

    Raises:
        ValueError: If `flip` is none of the three, or a number is negative or not whole.

    Example:
        >>> policy = Augmentation(flip="alternating", shift=2)
        >>> images = jnp.zeros((4, 32, 32, 3), jnp.uint8)
        >>> indices = jnp.array([7, 1, 0, 3])
        >>> policy.apply(images, key=jax.random.key(0), epoch=0, indices=indices).shape
        (4, 32, 32, 3)
    """

    flip: Flip = "none"
    shift: int = 0
    cutout: int = 0

    def __post_init__(self):
        if self.flip not in get_args(Flip):
            raise ValueError(f"flip: expected one of {get_args(Flip)}, got {self.flip!r}")
        for field in ("shift", "cutout"):
            value = getattr(self, field)
            if not isinstance(value, int) or value < 0:
                raise ValueError(f"{field}: expected a whole number of pixels, got {value!r}")

    def apply(
        self, images: ArrayLike, *, key: Array, epoch: ArrayLike, indices: ArrayLike
    ) -> Array:
        """Return a varied copy of a batch.

        Args:
            images: `(B, H, W, C)`, uint8 or floating point.
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: Which examples of the data set these are, `(B,)` integers.

        Returns:
            The varied images; shape and dtype stay.
        """
        one = partial(self._apply_to_one, key, epoch)
        return jax.vmap(one)(jnp.asarray(images), jnp.asarray(indices))

    def _apply_to_one(self, key: Array, epoch: ArrayLike, image: Array, index: Array) -> Array:
        own_key = jax.random.fold_in(key, index)
        flip_key, shift_key, cutout_key = jax.random.split(jax.random.fold_in(own_key, epoch), 3)
        if self.flip == "random":
            image = random_flip(flip_key, image)
        elif self.flip == "alternating":
            image = alternating_flip(own_key, image, epoch)
        if self.shift:
            image = random_shift(shift_key, image, self.shift)
        if self.cutout:
            image = cutout(cutout_key, image, self.cutout)
        return image
