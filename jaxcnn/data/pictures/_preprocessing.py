"""`Preprocessing`: the resizing and cropping of pictures for a pretrained network."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal, Self, get_args

import numpy as np

from jaxcnn._support.arguments import (
    check_choice,
    check_number,
    check_tuple_of_ints,
    make_plain,
    type_in_words,
)
from jaxcnn._support.extras import import_extra
from jaxcnn._support.results import Result
from jaxcnn.data.pictures._decode import MAX_PIXELS

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
"""How pixels are computed from others when an image is resized; Pillow's filters."""

CropMode = Literal["center", "squash", "border"]
"""How an image of another shape is fitted; timm's words."""

SMALLEST_CROP = 0.01
"""The smallest `crop_pct`: a hundredth of the height and width."""


@dataclasses.dataclass(frozen=True)
class Preprocessing(Result):
    """The resizing and cropping of pictures for a network, as in the evaluations of timm.

    Use it for weights from timm or torchvision: they predict best if pictures are resized as in
    their evaluation. An image is resized to ``floor(size / crop_pct)``, and the middle of this is
    cut out. The pixels equal those of timm's ``create_transform(is_training=False)`` before its
    normalization. Without a preprocessing (None), jaxcnn resizes an image until it covers the
    input, bilinearly, and crops it to its center; this differs from ``Preprocessing()`` by the
    rounding of the size, less than a pixel.

    Attributes:
        interpolation: Pillow's filter: ``"bilinear"``, ``"bicubic"``, ``"lanczos"``, ``"box"``,
            ``"hamming"`` or ``"nearest"``. All but the last average when an image shrinks.
        crop_pct: The side of the crop over that of the resized image, from 0.01 to 1. Torchvision's
            ``resize_size=256, crop_size=224`` is 0.875.
        crop_mode: ``"center"`` keeps proportions, and cuts off what does not fit. ``"squash"``
            changes proportions instead. ``"border"`` keeps proportions and the whole image, with a
            border in one color.
        fill: The color of this border: red, green and blue in 0..255. The default is the mean of
            ImageNet; timm takes ``round(255 * mean)`` of the normalization.

    Raises:
        TypeError: If a number or a color has the wrong type.
        ValueError: If a field is none of these values.

    Example:
        >>> photo = np.zeros((480, 640, 3), np.uint8)
        >>> preprocessing = Preprocessing("bicubic", crop_pct=0.95)
        >>> preprocessing.resized_size((480, 640), (224, 224))
        (235, 313)
        >>> preprocessing.apply(photo, (224, 224, 3)).shape
        (224, 224, 3)

    Source: timm (Wightman, 2019), `transforms_imagenet_eval`
    """

    interpolation: Interpolation = "bilinear"
    crop_pct: float = 1.0
    crop_mode: CropMode = "center"
    fill: tuple[int, int, int] = (124, 116, 104)

    def __post_init__(self) -> None:
        make_plain(self)
        check_choice("interpolation", self.interpolation, get_args(Interpolation))
        check_number("crop_pct", self.crop_pct, minimum=SMALLEST_CROP, maximum=1)
        check_choice("crop_mode", self.crop_mode, get_args(CropMode))
        check_tuple_of_ints("fill", self.fill, minimum=0)
        if len(self.fill) != 3 or max(self.fill) > 255:
            raise ValueError(f"fill: expected three numbers in 0..255, got {self.fill}")

    @classmethod
    def from_dict(cls, content: Any) -> Self:
        """Read what `to_dict` returned.

        Raises:
            TypeError: If a number has the wrong type.
            ValueError: If it is something else.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(content, dict) or content.keys() != {*names}:
            raise ValueError(f"preprocessing: expected {', '.join(names)}, got {content!r:.80}")
        try:
            return cls(**content)
        except (TypeError, ValueError) as error:
            raise type(error)(f"preprocessing: {error!s:.200}") from None

    def resized_size(self, size: Sequence[int], target: Sequence[int]) -> tuple[int, int]:
        """Return the height and width to which an image is resized before it is cropped.

        Args:
            size: Height and width of the image.
            target: Height and width of the crop.
        """
        height, width = size
        scaled = math.floor(target[0] / self.crop_pct), math.floor(target[1] / self.crop_pct)
        if self.crop_mode == "squash":
            return scaled
        if self.crop_mode == "center" and scaled[0] == scaled[1]:
            # Torchvision's `Resize` of one number, which cuts off fractions.
            longer = int(scaled[0] * max(size) / min(size))
            return (longer, scaled[0]) if width <= height else (scaled[0], longer)
        ratios = height / scaled[0], width / scaled[1]
        ratio = max(ratios) if self.crop_mode == "border" else min(ratios)
        return max(1, round(height / ratio)), max(1, round(width / ratio))

    def apply(self, image: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        """Resize and crop an image, and convert it between gray and color.

        Args:
            image: ``(H, W, C)`` uint8 with C 1 or 3.
            shape: The new shape, ``(H, W, C)`` with C 1 or 3.

        Returns:
            The image, uint8 of `shape`.

        Raises:
            ImportError: If Pillow is not installed.
        """
        pillow, (height, width, channels) = import_extra("PIL.Image"), shape
        mode = "L" if channels == 1 else "RGB"
        pixels = image.squeeze(-1) if image.shape[-1] == 1 else image
        whole = pillow.fromarray(pixels).convert(mode)
        rows, columns = self.resized_size(image.shape[:2], (height, width))
        top, left = _offset(rows, height), _offset(columns, width)
        seen = max(left, 0), max(top, 0), min(left + width, columns), min(top + height, rows)
        method = pillow.Resampling[self.interpolation.upper()]
        if rows * columns <= MAX_PIXELS:
            resized = whole.resize((columns, rows), method).crop(seen)
        else:  # an image of 1×100,000 would not fit in memory: only the part that is seen
            across, down = whole.width / columns, whole.height / rows
            box = seen[0] * across, seen[1] * down, seen[2] * across, seen[3] * down
            resized = whole.resize((seen[2] - seen[0], seen[3] - seen[1]), method, box=box)
        fitted = pillow.new("RGB", (width, height), self.fill).convert(mode)
        fitted.paste(resized, (max(-left, 0), max(-top, 0)))
        return np.asarray(fitted).reshape(height, width, channels)


def check_preprocessing(value: object) -> None:
    """Raise TypeError unless a value is a `Preprocessing` or None."""
    if value is not None and not isinstance(value, Preprocessing):
        raise TypeError(
            f"preprocessing: expected a jaxcnn.data.Preprocessing or None, got "
            f"{type_in_words(value)}"
        )


def _offset(resized: int, target: int) -> int:
    """Return where the crop begins in the resized image; below 0, the image gets a border."""
    if resized < target:
        return -((target - resized) // 2)
    return round((resized - target) / 2)
