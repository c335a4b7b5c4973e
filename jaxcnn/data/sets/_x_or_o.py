"""X or O: generated images of the two letters, shifted, scaled, rotated and bent."""

import numpy as np

from jaxcnn._support.arguments import check_int, check_seed
from jaxcnn.data._dataset import Dataset, Splits

# In a letter's coordinates, in which the image reaches from -1 to 1.
RADIUS = 0.65
HALF_STROKE = 0.1


def x_or_o(
    n_train: int = 4000,
    n_test: int = 1000,
    *,
    size: int = 32,
    seed: int = 0,
    shift: float = 0.15,
    scale: float = 0.5,
    rotate: float = 30.0,
    deform: float = 0.1,
    noise: float = 0.1,
) -> Splits:
    """Generate images of an X (class 0) or an O (class 1); each letter has half of the images.

    The images are a pure function of the arguments. Test images are drawn independently of training
    images.

    Args:
        n_train: Number of images to train on.
        n_test: Number of images to test on.
        size: Height and width in pixels.
        seed: Random seed, in [0, 2**32).
        shift: Largest shift along each axis, as a fraction of `size`. Up to 0.17, the letter stays
            inside the image.
        scale: The smallest size of a letter: 1 is full size, 0.5 is half size.
        rotate: Largest angle in degrees, in either direction.
        deform: Amplitude of a smooth wave that bends the strokes, as a fraction of half the image.
        noise: Standard deviation of the noise added to each pixel; black is 0 and white is 1.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, size, size, 1)`` uint8, white on black.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> train, test = x_or_o(n_train=6, n_test=4, size=16)
        >>> train.images.shape, train.class_names, sorted(test.labels.tolist())
        ((6, 16, 16, 1), ('X', 'O'), [0, 0, 1, 1])
    """
    check_int("n_train", n_train)
    check_int("n_test", n_test)
    check_int("size", size, minimum=8)
    check_seed("seed", seed)
    _check("shift", shift, 0, 0.5)
    _check("scale", scale, 0.1, 1)
    _check("rotate", rotate, 0, 180)
    _check("deform", deform, 0, 1)
    _check("noise", noise, 0, 1)

    def split(n: int, rng: np.random.Generator) -> Dataset:
        labels = rng.permutation(np.arange(n) % 2)
        grid = _letter_coordinates(n, size, rng, shift, scale, rotate)
        images = _draw(_bend(grid, rng, deform), labels, size)
        images += noise * rng.standard_normal(images.shape, np.float32)
        return Dataset(_to_bytes(images), labels, ("X", "O"), "X or O")

    train_seed, test_seed = np.random.SeedSequence(seed).spawn(2)
    return Splits(
        train=split(n_train, np.random.default_rng(train_seed)),
        test=split(n_test, np.random.default_rng(test_seed)),
    )


def x_or_o_templates(size: int = 32) -> np.ndarray:
    """Return a clean X and a clean O in the center of the image, ``(2, size, size, 1)`` uint8.

    Example:
        >>> x_or_o_templates(9).shape
        (2, 9, 9, 1)
    """
    check_int("size", size, minimum=8)
    grid = np.broadcast_to(_pixel_centers(size), (2, 2, size, size))
    return _to_bytes(_draw(grid, np.array([0, 1]), size))


def _pixel_centers(size: int) -> np.ndarray:
    """Return x and y of the center of each pixel, ``(2, size, size)``, within -1 to 1."""
    axis = ((np.arange(size) + 0.5) * 2 / size - 1).astype(np.float32)
    return np.stack(np.meshgrid(axis, axis))


def _letter_coordinates(
    n: int, size: int, rng: np.random.Generator, shift: float, scale: float, rotate: float
) -> np.ndarray:
    """Return the position of each pixel in the letter's coordinates, ``(n, 2, size, size)``."""
    center = rng.uniform(-2 * shift, 2 * shift, (n, 2)).astype(np.float32)
    factor = rng.uniform(scale, 1, n).astype(np.float32)
    angle = np.deg2rad(rng.uniform(-rotate, rotate, n)).astype(np.float32)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / factor
    offset = _pixel_centers(size) - center[:, :, None, None]
    return np.einsum("ijn,njhw->nihw", matrix, offset)


def _bend(grid: np.ndarray, rng: np.random.Generator, deform: float) -> np.ndarray:
    """Move every point by a wave of random direction, length and phase, one wave per axis."""
    n = len(grid)
    waves = rng.uniform(-np.pi, np.pi, (n, 2, 2)).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, (n, 2, 1, 1)).astype(np.float32)
    return grid + np.float32(deform) * np.sin(np.einsum("nij,njhw->nihw", waves, grid) + phases)


def _draw(grid: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Return the ink on each pixel, ``(n, size, size, 1)`` float32 in [0, 1]."""
    x, y = grid[:, 0], grid[:, 1]
    is_x = (labels == 0)[:, None, None]
    distance = np.where(is_x, _distance_to_x(x, y), _distance_to_o(x, y))
    # Ink fades over one pixel around the edge of the stroke.
    ink = np.clip((HALF_STROKE - distance) * (size / 2) + 0.5, 0, 1)
    return ink[..., None].astype(np.float32)


def _distance_to_x(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, along = np.abs(x - y) / np.sqrt(2), np.abs(x + y) / np.sqrt(2)
    # The nearest stroke is the diagonal with the smaller distance across it; its ends are round.
    near, far = np.minimum(across, along), np.maximum(across, along)
    return np.hypot(near, np.maximum(far - RADIUS, 0))


def _distance_to_o(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(np.hypot(x, y) - RADIUS)


def _to_bytes(images: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def _check(argument: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{argument}: expected {low} to {high}, got {value}")
