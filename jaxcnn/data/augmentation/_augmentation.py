"""An augmentation as plain data, applied to a batch inside a compiled step."""

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any, Self

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int, make_plain
from jaxcnn._support.arrays import as_operand
from jaxcnn._support.results import Result
from jaxcnn.data._array_checks import Kind
from jaxcnn.data.augmentation._chain import (
    MIX,
    PARTNER,
    WHICH_MIX,
    Before,
    apply_changes,
    as_before,
    key_for,
    name_of,
)
from jaxcnn.data.augmentation._fields import Flip, check_fields, fields_from_json, fields_to_json
from jaxcnn.data.augmentation._mixing import cutmix, mixup


@dataclasses.dataclass(frozen=True)
class Augmentation(Result):
    """Random changes of training images, as plain data.

    Each field says how strong one change is; 0, ``"none"``, False or None turns the change off. The
    order of the changes is always the same: 1. flips and quarter turns; 2. resized crop; 3. rotate,
    scale and shear, in one resampling; 4. shift; 5. RandAugment; 6. brightness, contrast,
    saturation, hue, grayscale; 7. blur; 8. cutout; 9. erase. Functions of your own run before any
    of them, or at the end. Then, if `mixes` is true, the training step mixes each image with a
    partner.

    The result for an example is a pure function of the key, the epoch and the example's index. It
    does not depend on the other examples of the batch, or on the example's position in the batch.
    `to_json` writes an augmentation as text, and `from_json` reads it, unless it has functions,
    which are only named in the text.

    Attributes:
        flip: ``"none"``, ``"random"`` (with probability 1/2 in each epoch) or ``"alternating"`` (in
            every second epoch; see `alternating_flip`).
        shift: Largest shift in pixels along each axis.
        cutout: Side of the painted square in pixels.
        rotate: Largest angle in degrees, in either direction.
        scale: Largest change of size: 0.2 scales by 0.8 to 1.2.
        shear: Largest shear angle along each axis in degrees, in either direction.
        brightness: Largest change of brightness: 0.2 multiplies by 0.8 to 1.2.
        contrast: Largest change of contrast: 0.2 multiplies by 0.8 to 1.2.
        saturation: Largest change of saturation: 0.2 multiplies by 0.8 to 1.2.
        hue: Largest rotation of the hue, in either direction, in turns of the color circle, at most
            0.5.
        grayscale: Probability of removing all color.
        erase: Probability of random erasing.
        blur: Largest standard deviation of a Gaussian blur in pixels.
        rand_augment: RandAugment's number of operations and their magnitude from 0 to 10, such as
            ``(2, 5)``; None turns RandAugment off.
        mixup: Alpha of mixup's Beta distribution.
        cutmix: Alpha of CutMix's Beta distribution. If both mixup and cutmix are given, each
            example is mixed by one of the two, with probability 1/2.
        vertical_flip: Whether to turn images upside down with probability 1/2.
        quarter_turns: Whether to turn images by 0, 90, 180 or 270 degrees. Images must be square.
        resized_crop: Smallest and largest area of a random box, as shares of the image's area. The
            box is enlarged to the whole image (see `random_resized_crop`): ``(0.08, 1)`` is usual
            for ImageNet.
        before: Functions ``f(image, key)`` of your own, by the name of the change that each runs
            before: ``{"cutout": f}``; ``"end"`` runs after all changes. The change itself may be
            off. A function gets and returns one image ``(H, W, C)``, by JAX's functions.

    Raises:
        TypeError: If a number, `rand_augment` or a function has the wrong type.
        ValueError: If `flip` is none of the three values, a number is out of range or not finite,
            or `before` names no change.

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
    vertical_flip: bool = False
    quarter_turns: bool = False
    resized_crop: tuple[float, float] | None = None
    before: Mapping[str, Before] | None = None  # kept as a tuple of pairs, which hashes

    def __post_init__(self):
        object.__setattr__(self, "before", as_before(self.before))
        make_plain(self)
        check_fields(self._fields())

    def apply(
        self, images: ArrayLike, *, key: Array, epoch: ArrayLike, indices: ArrayLike
    ) -> Array:
        """Change the images of a batch at random; `mix` then mixes them.

        Args:
            images: ``(B, H, W, C)``, uint8 or floating point.
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: The examples' indices in the data set, ``(B,)`` integers.

        Returns:
            The changed images, of the same shape and dtype.
        """
        one = partial(apply_changes, self, key, epoch)
        return jax.vmap(one)(as_operand("images", images), as_operand("indices", indices))

    def check_takes(self, kind: Kind) -> None:
        """Raise ValueError unless the augmentation can be applied to inputs of this kind.

        Args:
            kind: `dataset.kind`. An augmentation can change only images. An augmentation that
                changes nothing can be applied to all kinds.

        Example:
            >>> Augmentation(flip="random").check_takes("tokens")
            Traceback (most recent call last):
            ValueError: augmentation: expected None for tokens, got one that changes images
        """
        if kind != "images" and self != Augmentation():
            raise ValueError(f"augmentation: expected None for {kind}, got one that changes images")

    @property
    def mixes(self) -> bool:
        """True if the training step mixes images, together with their labels."""
        return bool(self.mixup or self.cutmix)

    def partners(self, *, key: Array, epoch: ArrayLike, indices: ArrayLike, examples: int) -> Array:
        """Choose a partner to mix each example with: any example of the data set, even itself.

        Args:
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: The examples' indices in the data set, ``(B,)`` integers.
            examples: The number of examples in the data set.

        Returns:
            The partners' indices, ``(B,)`` int32, uniform from 0 to examples - 1. Call `apply` on a
            partner with the partner's own index.

        Raises:
            ValueError: If `examples` is below 1.
        """
        check_int("examples", examples)

        def one(index: Array) -> Array:
            own_key = key_for(key, epoch, index, PARTNER)
            return jax.random.randint(own_key, (), 0, examples, jnp.int32)

        return jax.vmap(one)(as_operand("indices", indices))

    def mix(
        self,
        images: ArrayLike,
        others: ArrayLike,
        *,
        key: Array,
        epoch: ArrayLike,
        indices: ArrayLike,
    ) -> tuple[Array, Array]:
        """Mix each image of a batch with its partner, by mixup or CutMix.

        Args:
            images: ``(B, H, W, C)``, uint8 or floating point, changed by `apply`.
            others: The partners' images, of the same shape and dtype, changed by `apply`, too.
            key: The key of the whole run.
            epoch: The number of the epoch, from 0; it may be traced.
            indices: The indices of `images` in the data set, ``(B,)`` integers.

        Returns:
            A pair: the mixed images, of the same shape and dtype, and the weights of the images'
            own labels in the loss, ``(B,)`` float32. The weight of a partner's label is one minus
            the weight of the image's own label.
        """
        images, others = as_operand("images", images), as_operand("others", others)
        if not self.mixes:
            return images, jnp.ones(len(images), jnp.float32)
        one = partial(self._mix_one, key, epoch)
        return jax.vmap(one)(images, others, as_operand("indices", indices))

    def to_json(self, *, indent: int | None = 1) -> str:
        """Write the augmentation as JSON text; `from_json` reads this text.

        Functions are written as their names, which `from_json` refuses.

        Args:
            indent: Number of spaces per level; None for a single line.

        Example:
            >>> Augmentation.from_json(Augmentation(blur=0.5).to_json())
            Augmentation(flip='none', ..., blur=0.5, rand_augment=None, mixup=0, cutmix=0, ...)
        """
        return fields_to_json(self._content(), indent)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read an augmentation from a JSON object; missing fields turn their changes off.

        Raises:
            ValueError: If the text is not a JSON object, a field is unknown or out of range, or
                the augmentation had functions of its own.
            TypeError: If a field has the wrong type.

        Example:
            >>> Augmentation.from_json('{"brigthness": 0.2}')
            Traceback (most recent call last):
            ValueError: text: expected fields of Augmentation, got 'brigthness' (did you mean ...?)
        """
        return cls(**fields_from_json(text, [field.name for field in dataclasses.fields(cls)]))

    def _mix_one(
        self, key: Array, epoch: ArrayLike, image: Array, other: Array, index: Array
    ) -> tuple[Array, Array]:
        mix_key = key_for(key, epoch, index, MIX)
        if not self.cutmix:
            return mixup(mix_key, image, other, self.mixup)
        if not self.mixup:
            return cutmix(mix_key, image, other, self.cutmix)
        blended, blended_share = mixup(mix_key, image, other, self.mixup)
        pasted, pasted_share = cutmix(mix_key, image, other, self.cutmix)
        coin = jax.random.bernoulli(key_for(key, epoch, index, WHICH_MIX))
        return jnp.where(coin, blended, pasted), jnp.where(coin, blended_share, pasted_share)

    def _fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def _content(self) -> Mapping[str, Any]:
        """Return the fields as plain data, with functions as their names."""
        named = {place: name_of(function) for place, function in dict(self.before or ()).items()}
        return self._fields() | {"before": named or None}
