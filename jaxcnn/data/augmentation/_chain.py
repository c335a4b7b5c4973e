"""The chain of an augmentation: all changes in order, and the caller's functions between them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_choice, check_function
from jaxcnn.data.augmentation._crop import random_resized_crop
from jaxcnn.data.augmentation._flips import (
    alternating_flip,
    random_flip,
    random_quarter_turn,
    random_vertical_flip,
)
from jaxcnn.data.augmentation._geometric import random_affine, random_shift
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

if TYPE_CHECKING:
    from jaxcnn.data.augmentation._augmentation import Augmentation

Before = Callable[[Array, Array], Array]
"""A function ``f(image, key)`` of the caller's that returns an image of the same shape."""

# Numbers folded into an example's key for an epoch, one per random choice; flip, shift and cutout
# take the first three keys instead. They never change, so that an augmentation gives the same
# images in all versions.
_AFFINE, _RAND_AUGMENT, _BRIGHTNESS, _CONTRAST, _SATURATION, _HUE = range(3, 9)
_GRAYSCALE, _BLUR, _ERASE, PARTNER, WHICH_MIX, MIX = range(9, 15)
_VERTICAL, _TURN, _CROP = range(15, 18)
_FUNCTIONS = {
    "flip": 18,
    "vertical_flip": 19,
    "quarter_turns": 20,
    "resized_crop": 21,
    "rotate": 22,
    "shift": 23,
    "rand_augment": 24,
    "brightness": 25,
    "contrast": 26,
    "saturation": 27,
    "hue": 28,
    "grayscale": 29,
    "blur": 30,
    "cutout": 31,
    "erase": 32,
    "end": 33,
}
"""The numbers of the caller's functions, by the name of the change that each runs before."""


def key_for(key: Array, epoch: ArrayLike, index: Array, number: int) -> Array:
    """Return the key of one random choice for an example."""
    own_key = jax.random.fold_in(key, index)
    return jax.random.fold_in(jax.random.fold_in(own_key, epoch), number)


def apply_changes(
    augmentation: "Augmentation", key: Array, epoch: ArrayLike, image: Array, index: Array
) -> Array:
    """Apply all changes of an augmentation to one image.

    Args:
        augmentation: The augmentation.
        key: The key of the whole run.
        epoch: The number of the epoch.
        image: ``(H, W, C)``.
        index: The example's index in the data set.
    """
    own_key = jax.random.fold_in(key, index)
    epoch_key = jax.random.fold_in(own_key, epoch)
    functions = dict(augmentation.before or ())
    for place, (amount, change) in _changes(augmentation, own_key, epoch_key, epoch).items():
        if place in functions:
            function_key = jax.random.fold_in(epoch_key, _FUNCTIONS[place])
            image = _call(place, functions[place], image, function_key)
        if amount:
            image = change(image)
    return image


def _changes(
    of: "Augmentation", own_key: Array, epoch_key: Array, epoch: ArrayLike
) -> dict[str, tuple[Any, Callable[[Array], Array]]]:
    """Return the amount of each change, which is 0 or None if the change is off, and the change."""
    flip_key, shift_key, cutout_key = jax.random.split(epoch_key, 3)
    draw = partial(jax.random.fold_in, epoch_key)
    affine = {"rotate": of.rotate, "scale": of.scale, "shear": of.shear}

    def flip(image: Array) -> Array:
        if of.flip == "alternating":
            return alternating_flip(own_key, image, epoch)
        return random_flip(flip_key, image)

    def by(number: int, transform: Callable[..., Array], *amounts: Any, **more: Any):
        return lambda image: transform(draw(number), image, *amounts, **more)

    return {
        "flip": (of.flip != "none", flip),
        "vertical_flip": (of.vertical_flip, by(_VERTICAL, random_vertical_flip)),
        "quarter_turns": (of.quarter_turns, by(_TURN, random_quarter_turn)),
        "resized_crop": (of.resized_crop, by(_CROP, random_resized_crop, of.resized_crop)),
        "rotate": (any(affine.values()), by(_AFFINE, random_affine, **affine)),
        "shift": (of.shift, lambda image: random_shift(shift_key, image, of.shift)),
        "rand_augment": (
            of.rand_augment,
            by(_RAND_AUGMENT, rand_augment, *(of.rand_augment or ())),
        ),
        "brightness": (of.brightness, by(_BRIGHTNESS, random_brightness, of.brightness)),
        "contrast": (of.contrast, by(_CONTRAST, random_contrast, of.contrast)),
        "saturation": (of.saturation, by(_SATURATION, random_saturation, of.saturation)),
        "hue": (of.hue, by(_HUE, random_hue, of.hue)),
        "grayscale": (of.grayscale, by(_GRAYSCALE, random_grayscale, of.grayscale)),
        "blur": (of.blur, by(_BLUR, random_blur, of.blur)),
        "cutout": (of.cutout, lambda image: cutout(cutout_key, image, of.cutout)),
        "erase": (of.erase, by(_ERASE, random_erase, of.erase)),
        "end": (None, lambda image: image),
    }


def as_before(functions: Any) -> tuple[tuple[str, Before], ...] | None:
    """Return the caller's functions as pairs, in the order of the chain; raise if one is wrong."""
    if not functions:
        return None
    if not isinstance(functions, Mapping | tuple):
        raise TypeError(
            "before: expected a mapping from changes to functions such as {'cutout': f}, got "
            f"{functions!r:.80}"
        )
    functions = dict(functions)
    for place, function in functions.items():
        check_choice("before", place, [*_FUNCTIONS])
        check_function("before", function, "image", "key")
    return tuple((place, functions[place]) for place in _FUNCTIONS if place in functions)


def name_of(function: Before) -> str:
    """Return the name of a function, which is the same in each process: ``"mine.speckle"``."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def _call(place: str, function: Before, image: Array, key: Array) -> Array:
    """Call a function of the caller's, and check what it returns."""
    changed = function(image, key)
    found = getattr(changed, "shape", None), getattr(changed, "dtype", None)
    if found != (image.shape, image.dtype):
        got = f"shape {found[0]} and {found[1]}" if found[0] else f"{changed!r:.80}"
        raise ValueError(
            f"before: expected the function before {place} to return an image of shape "
            f"{image.shape} and {image.dtype}, got {got}"
        )
    return jnp.asarray(changed)
