"""Test-time augmentation: views of an image, over which a network's logits are averaged."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_bool, check_int, is_int, make_plain
from jaxcnn._support.arrays import as_operand
from jaxcnn.data.augmentation._pixels import check_amount


@dataclasses.dataclass(frozen=True)
class View:
    """One view of an image for test-time augmentation, and its weight in the mean.

    Attributes:
        flip: Whether the image is flipped left to right, after the shift.
        shift: Pixels by which the image moves down and to the right; negative for up and left.
        weight: The weight of this view in the mean; the weights of all views sum to 1.

    Raises:
        TypeError: If an attribute has the wrong type.
        ValueError: If `weight` is not between 0 and 1.
    """

    flip: bool = False
    shift: tuple[int, int] = (0, 0)
    weight: float = 1.0

    def __post_init__(self):
        make_plain(self)
        check_bool("flip", self.flip)
        shift = self.shift
        if not isinstance(shift, tuple) or len(shift) != 2 or not all(map(is_int, shift)):
            raise TypeError(f"shift: expected two whole numbers (dy, dx), got {self.shift!r}")
        check_amount("weight", self.weight, 1)


def flip_views() -> tuple[View, ...]:
    """Return two views, the image and its mirror image, with weight 1/2 each.

    Example:
        >>> [(view.flip, view.weight) for view in flip_views()]
        [(False, 0.5), (True, 0.5)]
    """
    return View(weight=0.5), View(flip=True, weight=0.5)


def flip_and_shift_views(pixels: int = 1) -> tuple[View, ...]:
    """Return the six views of airbench: unshifted, shifted up and left, shifted down and right.

    Each of these three images comes with and without a flip. The two unshifted views have a weight
    of 1/4 each, and the four shifted views 1/8 each. The views' logits are averaged, not their
    probabilities.

    Args:
        pixels: The shift along each axis.

    Returns:
        Six views.

    Raises:
        TypeError: If `pixels` is not a whole number.
        ValueError: If `pixels` is below 1.

    Example:
        >>> [view.weight for view in flip_and_shift_views()]
        [0.25, 0.25, 0.125, 0.125, 0.125, 0.125]

    Source: Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024,
    https://arxiv.org/abs/2404.00498
    """
    check_int("pixels", pixels)
    return tuple(
        View(flip, (step, step), 1 / 8 if step else 1 / 4)
        for step in (0, -pixels, pixels)
        for flip in (False, True)
    )


def check_views(views: Sequence[View]) -> None:
    """Raise TypeError or ValueError unless these are views whose weights sum to 1.

    Args:
        views: The argument `views=` of `evaluate` and other functions.

    Raises:
        TypeError: If an element is not a `View`.
        ValueError: If their weights do not sum to 1.

    Example:
        >>> check_views([View(weight=0.5)])
        Traceback (most recent call last):
        ValueError: views: expected weights that sum to 1, got [0.5] (their sum is 0.5)
    """
    is_list = isinstance(views, Iterable) and not isinstance(views, str)
    if not is_list or not all(isinstance(view, View) for view in views):
        raise TypeError(
            f"views: expected a sequence of View, such as flip_views(), got {views!r:.80}"
        )
    weights = [view.weight for view in views]
    if not math.isclose(sum(weights), 1, abs_tol=1e-6):
        raise ValueError(
            f"views: expected weights that sum to 1, got {weights} (their sum is {sum(weights):g})"
        )


def apply_view(images: ArrayLike, view: View) -> Array:
    """Shift and flip a batch of images as the given view describes.

    Beyond its borders an image is reflected, without repeating the border pixels.

    Args:
        images: ``(B, H, W, C)``, any dtype. Any shape if the view changes nothing.
        view: The view; its weight is not used.

    Returns:
        The images, shifted, then flipped, of the same shape and dtype.

    Raises:
        ValueError: If `images` has the wrong rank, or the shift is not below height and width.

    Example:
        >>> images = jnp.arange(4).reshape(1, 1, 4, 1)
        >>> apply_view(images, View(shift=(0, 1))).ravel().tolist()
        [1, 0, 1, 2]
    """
    images = as_operand("images", images)
    if images.ndim != 4:
        if not view.flip and view.shift == (0, 0):
            return images
        raise ValueError(
            f"images: expected shape (B, H, W, C), got {images.shape} (only images can be flipped "
            "or shifted)"
        )
    _, height, width, _ = images.shape
    down, right = view.shift
    if abs(down) >= height or abs(right) >= width:
        raise ValueError(
            f"shift: expected less than the height and width {(height, width)}, got {view.shift}"
        )
    margins = [(max(step, 0), max(-step, 0)) for step in view.shift]
    padded = jnp.pad(images, ((0, 0), *margins, (0, 0)), mode="reflect")
    top, left = max(-down, 0), max(-right, 0)
    shown = padded[:, top : top + height, left : left + width]
    return shown[:, :, ::-1] if view.flip else shown
