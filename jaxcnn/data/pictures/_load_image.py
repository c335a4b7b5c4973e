"""Load one image file at a given size, and convert between gray and color."""

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn._support.extras import import_extra
from jaxcnn.data.augmentation._pixels import LUMA
from jaxcnn.data.pictures._decode import MAX_PIXELS, ImageSource, decode
from jaxcnn.data.pictures._preprocessing import Preprocessing


def load_image(
    path: ImageSource,
    shape: tuple[int, ...] | None = None,
    *,
    preprocessing: Preprocessing | None = None,
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Load a JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC file, whatever its name, as an array.

    HEIC files need the package pillow-heif. The image is rotated as its EXIF data say, and
    transparent parts become white. 16-bit values are reduced to their upper 8 bits. Color profiles
    are not applied. If the file is an animation, only the first frame is read.

    Args:
        path: The path of the file, or a file opened to read bytes.
        shape: The shape of the result, ``(H, W, C)`` with C 1 (gray) or 3. The image is resized
            until it covers this shape, and cropped to its center. None means the size of the file,
            in color.
        preprocessing: How the image is resized and cropped instead, as for a pretrained network.
        max_pixels: An image with more pixels raises an error before it is decoded.

    Returns:
        The image, uint8, of `shape`; without `shape`, ``(H, W, 3)``. Colors are in the order red,
        green, blue.

    Raises:
        ValueError: If `shape` is not ``(H, W, C)`` with C 1 or 3.
        FileNotFoundError: If the file does not exist.
        DataError: If the file has another format or is damaged.
        TooManyPixelsError: If it has more than `max_pixels` pixels; this is a DataError, too.
        ImportError: If Pillow is not installed.
    """
    if shape is None:
        return to_rgb(decode(path, max_pixels=max_pixels))
    check_shape(shape)
    return fit_image(decode(path, max_pixels=max_pixels), shape, preprocessing)


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise ValueError unless this is the shape of a gray or a color image."""
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise ValueError(f"shape: expected (H, W, C) with C 1 or 3, got {shape}")


def fit_image(
    image: np.ndarray, shape: tuple[int, ...], preprocessing: Preprocessing | None = None
) -> np.ndarray:
    """Resize an image until it covers a shape, crop it to its center, and convert gray and color.

    The side that is shorter in proportion to `shape` is kept whole. The other side is cropped at
    both ends. When an image shrinks, Pillow's bilinear filter averages over all pixels that a new
    pixel covers. An image that already has this size keeps its pixels.

    Args:
        image: ``(H, W, C)`` uint8 with C 1 or 3.
        shape: The new shape, ``(H, W, C)`` with C 1 or 3.
        preprocessing: How the image is resized and cropped instead.

    Returns:
        The image, of `shape`.
    """
    if preprocessing is not None:
        return preprocessing.apply(image, shape)
    height, width, channels = shape
    if image.shape[:2] != (height, width):
        pillow, operations = import_extra("PIL.Image"), import_extra("PIL.ImageOps")
        whole = pillow.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
        # `fit` crops before it resizes, so that an image of 1×100,000 is not enlarged first.
        fitted = operations.fit(whole, (width, height), pillow.Resampling.BILINEAR)
        image = np.asarray(fitted).reshape(height, width, -1)
    return to_rgb(image) if channels == 3 else to_grayscale(image)


def to_rgb(images: ArrayLike) -> np.ndarray:
    """Convert images to three channels: repeat gray, drop alpha, and keep RGB.

    Args:
        images: One gray image ``(H, W)``, or ``(..., H, W, C)`` with 1, 3 or 4 channels.

    Returns:
        ``(..., H, W, 3)`` of the same dtype.

    Raises:
        ValueError: If the images have the wrong shape.

    Example:
        >>> to_rgb(np.array([[0, 255]], np.uint8)).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    images = _with_channels(images)
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images[..., :3]


def to_grayscale(images: ArrayLike) -> np.ndarray:
    """Convert images to one channel, their brightness :math:`0.299 R + 0.587 G + 0.114 B`.

    Args:
        images: One gray image ``(H, W)``, or ``(..., H, W, C)`` with 1, 3 or 4 channels.

    Returns:
        ``(..., H, W, 1)`` of the same dtype; integers are rounded.

    Raises:
        ValueError: If the images have the wrong shape.

    Example:
        >>> to_grayscale(np.array([[[255, 105, 180]]], np.uint8)).tolist()
        [[[158]]]

    Source: ITU-R Recommendation BT.601
    """
    images = _with_channels(images)
    if images.shape[-1] == 1:
        return images
    gray = images[..., :3] @ np.array(LUMA)[:, None]
    return (np.rint(gray) if np.issubdtype(images.dtype, np.integer) else gray).astype(images.dtype)


def over_white(image: np.ndarray) -> np.ndarray:
    """Return an RGBA image on a white ground, ``(H, W, 3)`` of the same dtype, as `decode` does."""
    is_bytes = image.dtype == np.uint8
    white = 255 if is_bytes else 1
    values = image.astype(np.float32 if is_bytes else image.dtype)
    colors, alpha = values[..., :3], values[..., 3:] / white
    blended = colors * alpha + white * (1 - alpha)
    return np.rint(blended).astype(np.uint8) if is_bytes else blended


def _with_channels(images: ArrayLike) -> np.ndarray:
    images = as_array("images", images)
    if images.ndim == 2:
        images = images[..., None]
    if images.ndim < 3 or images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            f"images: expected shape (H, W) or (..., H, W, C) with 1, 3 or 4 channels, got "
            f"{images.shape}"
        )
    return images
