"""An augmentation as plain data, applied to a batch inside a compiled step."""

import dataclasses
from functools import partial
from typing import Self

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data._array_checks import Kind
from jaxcnn.data.augmentation._fields import Flip, check_policy, policy_from_json, policy_to_json
from jaxcnn.data.augmentation._geometric import (
    alternating_flip,
    random_affine,
    random_flip,
    random_shift,
)
from jaxcnn.data.augmentation._mixing import cutmix, mixup
from jaxcnn.data.augmentation._occlusion import cutout, random_erase
from jaxcnn.data.augmentation._photometric import (
    random_blur,
    random_brightness,
    random_contrast,
    random_grayscale,
    random_hue,
    random_saturation,
)
from jaxcnn.data.augmentation._rand_augment import rand_augment

# What is drawn for an example in an epoch, besides flip, shift and cutout, which take the first
# three keys. These numbers never change, so that an augmentation gives the same images in all
# versions.
_AFFINE, _RAND_AUGMENT, _BRIGHTNESS, _CONTRAST, _SATURATION, _HUE = range(3, 9)
_GRAYSCALE, _BLUR, _ERASE, _PARTNER, _WHICH_MIX, _MIX = range(9, 15)


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How training images are varied, in this order, each part only where its field is not 0.

    1. flip; 2. rotate, scale and shear, as one resampling; 3. shift; 4. RandAugment;
    5. brightness, contrast, saturation, hue, grayscale; 6. blur; 7. cutout; 8. erase.
    The training step then mixes each image with a partner, where `mixes` says so.

    How an example looks is a pure function of the key, the epoch and the example's index:
    neither the batch it is in nor its place there matters. An augmentation is data: `to_json`
    writes it, `from_json` reads it.

    Attributes:
        flip: `"none"`, `"random"` (a coin an epoch) or `"alternating"` (see `alternating_flip`).
        shift: Largest shift in pixels along each axis.
        cutout: Side of the painted square in pixels.
        rotate: Largest angle in degrees, either way.
        scale: Largest change of size: 0.2 scales by 0.8 to 1.2.
        shear: Largest slant along each axis in degrees, either way.
        brightness: Largest change of brightness: 0.2 multiplies by 0.8 to 1.2.
        contrast: Largest change of contrast, likewise.
        saturation: Largest change of saturation, likewise.
        hue: Largest turn of the hue, either way, in turns of the color circle, at most 0.5.
        grayscale: Probability of taking all color away.
        erase: Probability of random erasing.
        blur: Largest standard deviation of a Gaussian blur in pixels.
        rand_augment: RandAugment's number of operations and their magnitude from 0 to 10, such as
            `(2, 5)`; None for none.
        mixup: Alpha of mixup's Beta distribution.
        cutmix: Alpha of cutmix's; with both given, a coin decides for each example.

    Raises:
        TypeError: If a number or `rand_augment` is of another type.
        ValueError: If `flip` is none of the three, or a number is out of range or not finite.

    Example:
        >>> augmentation = Augmentation(flip="alternating", shift=2, rotate=10)
        >>> images = jnp.zeros((4, 32, 32, 3), jnp.uint8)
        >>> indices = jnp.array([7, 1, 0, 3])
        >>> vary = jax.jit(augmentation.apply)
        >>> vary(images, key=jax.random.key(0), epoch=0, indices=indices).shape
        (4, 32, 32, 3)
    """

    flip: Flip = "none"
    shift: int = 0
    cutout: int = 0
    rotate: float = 0
    scale: float = 0
    shear: float = 0
    brightness: float = 0
    contrast: float = 0
    saturation: float = 0
    hue: float = 0
    grayscale: float = 0
    erase: float = 0
    blur: float = 0
    rand_augment: tuple[int, float] | None = None
    mixup: float = 0
    cutmix: float = 0

    def __post_init__(self):
        check_policy(dataclasses.asdict(self))

    def apply(
        self, images: ArrayLike, *, key: Array, epoch: ArrayLike, indices: ArrayLike
    ) -> Array:
        """Return a varied copy of a batch, not mixed yet.

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

    def check_takes(self, kind: Kind) -> None:
        """Raise ValueError unless the augmentation can vary inputs of this kind.

        Args:
            kind: `dataset.kind`. Only images can be varied; an augmentation that changes
                nothing takes all.

        Example:
            >>> Augmentation(flip="random").check_takes("tokens")
            Traceback (most recent call last):
            ValueError: augmentation: expected none for tokens, because its changes are for images
        """
        if kind != "images" and self != Augmentation():
            raise ValueError(
                f"augmentation: expected none for {kind}, because its changes are for images"
            )

    @property
    def mixes(self) -> bool:
        """Whether the training step is to mix images, and so their labels."""
        return bool(self.mixup or self.cutmix)

    def partners(self, *, key: Array, epoch: ArrayLike, indices: ArrayLike, examples: int) -> Array:
        """Say which example each one is mixed with: any of the data set, itself too.

        Args:
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: Which examples of the data set are asked for, `(B,)` integers.
            examples: How many examples the data set has.

        Returns:
            The partners' indices, `(B,)` int32, uniform from 0 to examples - 1. A partner is to
            be varied as itself: by `apply` with its own index.

        Raises:
            ValueError: If there is no example.
        """
        if examples < 1:
            raise ValueError(f"examples: expected at least 1, got {examples}")

        def one(index: Array) -> Array:
            own_key = _key_of(key, epoch, index, _PARTNER)
            return jax.random.randint(own_key, (), 0, examples, jnp.int32)

        return jax.vmap(one)(jnp.asarray(indices))

    def mix(
        self,
        images: ArrayLike,
        others: ArrayLike,
        *,
        key: Array,
        epoch: ArrayLike,
        indices: ArrayLike,
    ) -> tuple[Array, Array]:
        """Mix each image of a batch with its partner; see `mixup` and `cutmix`.

        Args:
            images: `(B, H, W, C)`, uint8 or floating point, varied by `apply`.
            others: The partners' images, of the same shape and dtype, varied too.
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: Which examples of the data set `images` are, `(B,)` integers.

        Returns:
            The mixed images, whose shape and dtype stay, and `(B,)` float32: the weight of each
            image's own label. The rest of the loss is the partner's.
        """
        images, others = jnp.asarray(images), jnp.asarray(others)
        if not self.mixes:
            return images, jnp.ones(len(images), jnp.float32)
        one = partial(self._mix_one, key, epoch)
        return jax.vmap(one)(images, others, jnp.asarray(indices))

    def to_json(self) -> str:
        """Write the augmentation as JSON text that `from_json` reads back to an equal one.

        Example:
            >>> Augmentation.from_json(Augmentation(blur=0.5).to_json())
            Augmentation(flip='none', ..., blur=0.5, rand_augment=None, mixup=0, cutmix=0)
        """
        return policy_to_json(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read an augmentation from a JSON object; fields that are not in it are off.

        Raises:
            ValueError: If the text is no such JSON, or a field unknown or out of range.
            TypeError: If a field is of another type.

        Example:
            >>> Augmentation.from_json('{"brigthness": 0.2}')
            Traceback (most recent call last):
            ValueError: an augmentation has no 'brigthness' (did you mean brightness?)
        """
        return cls(**policy_from_json(text, [field.name for field in dataclasses.fields(cls)]))

    def _apply_to_one(self, key: Array, epoch: ArrayLike, image: Array, index: Array) -> Array:
        own_key = jax.random.fold_in(key, index)
        epoch_key = jax.random.fold_in(own_key, epoch)
        flip_key, shift_key, cutout_key = jax.random.split(epoch_key, 3)
        draw = partial(jax.random.fold_in, epoch_key)
        if self.flip == "random":
            image = random_flip(flip_key, image)
        elif self.flip == "alternating":
            image = alternating_flip(own_key, image, epoch)
        if self.rotate or self.scale or self.shear:
            image = random_affine(
                draw(_AFFINE), image, rotate=self.rotate, scale=self.scale, shear=self.shear
            )
        if self.shift:
            image = random_shift(shift_key, image, self.shift)
        if self.rand_augment:
            image = rand_augment(draw(_RAND_AUGMENT), image, *self.rand_augment)
        for number, transform, amount in (
            (_BRIGHTNESS, random_brightness, self.brightness),
            (_CONTRAST, random_contrast, self.contrast),
            (_SATURATION, random_saturation, self.saturation),
            (_HUE, random_hue, self.hue),
            (_GRAYSCALE, random_grayscale, self.grayscale),
            (_BLUR, random_blur, self.blur),
        ):
            if amount:
                image = transform(draw(number), image, amount)
        if self.cutout:
            image = cutout(cutout_key, image, self.cutout)
        if self.erase:
            image = random_erase(draw(_ERASE), image, self.erase)
        return image

    def _mix_one(
        self, key: Array, epoch: ArrayLike, image: Array, other: Array, index: Array
    ) -> tuple[Array, Array]:
        mix_key = _key_of(key, epoch, index, _MIX)
        if not self.cutmix:
            return mixup(mix_key, image, other, self.mixup)
        if not self.mixup:
            return cutmix(mix_key, image, other, self.cutmix)
        blended, blended_share = mixup(mix_key, image, other, self.mixup)
        pasted, pasted_share = cutmix(mix_key, image, other, self.cutmix)
        coin = jax.random.bernoulli(_key_of(key, epoch, index, _WHICH_MIX))
        return jnp.where(coin, blended, pasted), jnp.where(coin, blended_share, pasted_share)


def _key_of(key: Array, epoch: ArrayLike, index: Array, number: int) -> Array:
    own_key = jax.random.fold_in(key, index)
    return jax.random.fold_in(jax.random.fold_in(own_key, epoch), number)
