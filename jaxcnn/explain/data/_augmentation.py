"""Draw how an augmentation varies one image."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array, as_operand
from jaxcnn.data import RAND_AUGMENT_OPERATIONS, Augmentation, distort
from jaxcnn.explain.drawing._drawable import as_rgb_images
from jaxcnn.explain.drawing._figure import as_written, new_figure, remove_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# The label of each field. Rotation, scale and shear are applied as one, but get a row each.
LABELS = {
    "flip": "flip: {}",
    "vertical_flip": "flip upside\ndown",
    "quarter_turns": "quarter turns",
    "resized_crop": "resized crop\nof {0[0]:.0%}–{0[1]:.0%}",
    "rotate": "rotate by\nup to ±{:g}°",
    "scale": "scale by\nup to ±{:.0%}",
    "shear": "shear by\nup to ±{:g}°",
    "shift": "shift by up\nto ±{} pixels",
    "brightness": "brightness\n±{:.0%}",
    "contrast": "contrast\n±{:.0%}",
    "saturation": "saturation\n±{:.0%}",
    "hue": "hue ±{:g}\nof the circle",
    "grayscale": "grayscale with\nprobability {:g}",
    "blur": "blur: σ up to\n{:g} pixels",
    "cutout": "cutout of\n{0}×{0} pixels",
    "erase": "erase with\nprobability {:g}",
}
TILE, TITLE, GAP, WIDTH_OF_LABELS, MARGIN = 0.95, 0.15, 0.08, 1.1, 0.9  # in inches


class _Row(NamedTuple):
    """A row of images `(N, H, W, C)` with its label and a title per image."""

    words: str
    pictures: np.ndarray
    titles: Sequence[str]


def plot_augmentation(
    augmentation: Augmentation,
    image: ArrayLike,
    *,
    key: Array,
    columns: int = 8,
    others: ArrayLike | None = None,
    title: str = "Augmentation",
) -> "Figure":
    """Draw how an augmentation varies one image from epoch to epoch, as a whole and in parts.

    The first row shows the whole augmentation. Each further row shows one part alone, with the same
    random numbers. An augmentation with a single part has a single row. RandAugment is shown as its
    fourteen operations, in alternating directions. An augmentation that mixes images has two more
    rows: the partners of the image, and the mixed images with the share of the image's own label.

    Args:
        augmentation: The augmentation of training images.
        image: `(H, W, C)` with C 1 or 3, uint8 or floats from 0 to 1.
        key: The random key of a run. The image is augmented as example 0 of this run.
        columns: Number of epochs to show.
        others: `(N, H, W, C)`: images to mix with, for an augmentation that mixes.
        title: The figure's title, such as the augmentation and the image.

    Returns:
        The figure: ``figure.savefig("augmentation.png")`` writes it.

    Raises:
        TypeError: If the images are neither uint8 nor floating point, or `key` is not a random key.
        ValueError: If shapes do not fit, or floats lie outside 0 to 1. Also if the augmentation
            mixes images and `others` is missing.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> varied = Augmentation(flip="random", shift=1)
        >>> image = np.zeros((8, 8, 3), np.uint8)
        >>> figure = explain.plot_augmentation(varied, image, key=jax.random.key(0), columns=4)
        >>> len(figure.axes)  # the augmentation, flip and shift: a row of 4 each
        12
    """
    check_int("columns", columns)
    image = _checked_image(image)
    if not (isinstance(key, Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)):
        raise TypeError(f"key: expected a random key such as jax.random.key(0), got {key!r:.80}")
    rows = _rows_of_parts(augmentation, image, key, columns)
    if len(rows) != 1 or augmentation.rand_augment:
        words = "all together,\nbefore mixing" if augmentation.mixes else "the whole augmentation"
        rows.insert(0, _Row(words, _varied(augmentation, image, key, columns), [""] * columns))
    rows[0] = rows[0]._replace(titles=[f"epoch {epoch}" for epoch in range(columns)])
    if augmentation.rand_augment:
        rows += _rows_of_operations(image, augmentation.rand_augment[1], columns)
    if augmentation.mixes:
        rows += _rows_of_mixing(augmentation, image, _checked(others, image), key, columns)
    return _draw(rows, columns, title)


def _rows_of_parts(
    augmentation: Augmentation, image: Array, key: Array, columns: int
) -> list[_Row]:
    rows = []
    for field, words in LABELS.items():
        value = getattr(augmentation, field)
        if value != getattr(Augmentation(), field):
            alone = dataclasses.replace(Augmentation(), **{field: value})
            pictures = _varied(alone, image, key, columns)
            rows.append(_Row(words.format(value), pictures, [""] * columns))
    for place, function in dict(augmentation.before or ()).items():
        pictures = _varied(Augmentation(before={place: function}), image, key, columns)
        words = "at the end" if place == "end" else f"before\n{place}"
        rows.append(_Row(f"function\n{words}", pictures, [""] * columns))
    return rows


def _rows_of_operations(image: Array, magnitude: float, columns: int) -> list[_Row]:
    numbers = np.arange(len(RAND_AUGMENT_OPERATIONS))
    signed = magnitude * np.where(numbers % 2, -1, 1)
    pictures = np.asarray(jax.vmap(distort, (None, 0, 0))(image, numbers, signed))
    titles = [name.replace("_", " ") for name in RAND_AUGMENT_OPERATIONS]
    return [
        _Row(
            f"RandAugment's\noperations at\nmagnitude {magnitude:g}" if start == 0 else "",
            pictures[start : start + columns],
            titles[start : start + columns],
        )
        for start in range(0, len(titles), columns)
    ]


def _rows_of_mixing(
    augmentation: Augmentation, image: Array, others: Array, key: Array, columns: int
) -> list[_Row]:
    own_index = jnp.zeros(1, jnp.int32)

    def one(epoch: Array) -> tuple[Array, Array, Array]:
        partner = augmentation.partners(
            key=key, epoch=epoch, indices=own_index, examples=len(others)
        )
        own = augmentation.apply(image[None], key=key, epoch=epoch, indices=own_index)
        other = augmentation.apply(others[partner], key=key, epoch=epoch, indices=partner)
        mixed, share = augmentation.mix(own, other, key=key, epoch=epoch, indices=own_index)
        return other[0], mixed[0], share[0]

    partners, mixed, shares = map(np.asarray, jax.jit(jax.vmap(one))(jnp.arange(columns)))
    names = " or ".join(name for name in ("mixup", "cutmix") if getattr(augmentation, name))
    return [
        _Row("the partner\nof that epoch", partners, [""] * columns),
        _Row(f"{names}\nof both", mixed, [f"{share:.0%} own label" for share in shares]),
    ]


def _varied(augmentation: Augmentation, image: Array, key: Array, columns: int) -> np.ndarray:
    def one(epoch: Array) -> Array:
        return augmentation.apply(
            image[None], key=key, epoch=epoch, indices=jnp.zeros(1, jnp.int32)
        )[0]

    return np.asarray(jax.jit(jax.vmap(one))(jnp.arange(columns)))


def _checked_image(image: ArrayLike) -> Array:
    shape = np.shape(image)
    if len(shape) != 3 or shape[-1] not in (1, 3) or 0 in shape:
        raise ValueError(f"image: expected one image (H, W, 1) or (H, W, 3), got shape {shape}")
    as_rgb_images(as_array("image", image)[None])  # checks dtype and range
    return as_operand("image", image)


def _checked(others: ArrayLike | None, image: Array) -> Array:
    if others is None:
        raise ValueError("others: expected images to mix with, as the augmentation mixes, got None")
    as_rgb_images(others)
    others = as_operand("others", others)
    if others.shape[1:] != image.shape or others.dtype != image.dtype:
        raise ValueError(
            f"others: expected shape (N, {', '.join(map(str, image.shape))}) and dtype "
            f"{image.dtype}, as the image has, got {others.shape} of {others.dtype}"
        )
    return others


def _draw(rows: Sequence[_Row], columns: int, title: str) -> "Figure":
    caption = (
        "Each column is an epoch, except in the rows of RandAugment's operations. The key, the "
        "epoch and the example's index determine what an example looks like. Beyond its border, "
        "an image continues as its mirror image."
    )
    height, width = rows[0].pictures.shape[1:3]
    heights = [TILE * height / width + TITLE * any(row.titles) + GAP for row in rows]
    figure = new_figure(
        max(WIDTH_OF_LABELS + columns * (TILE + GAP), 5),
        sum(heights) + MARGIN,
        title=title,
        caption=caption,
    )
    cells = figure.add_gridspec(len(rows), columns, height_ratios=heights)
    for line, row in enumerate(rows):
        for place, (picture, words) in enumerate(
            zip(as_rgb_images(row.pictures), row.titles, strict=True)
        ):
            axes = figure.add_subplot(cells[line, place])
            axes.imshow(picture, interpolation="nearest")
            remove_frame(axes)
            axes.set_title(as_written(words, 20), fontsize=8, pad=2)
            if place == 0:
                axes.set_ylabel(row.words, rotation=0, ha="right", va="center", fontsize=9)
    return figure
