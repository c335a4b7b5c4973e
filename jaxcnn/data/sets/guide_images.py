"""Small images for the calculations by hand in the guides, and the template matcher of guide 3."""

import numpy as np
from numpy.typing import ArrayLike

_X = """
.........
.#.....#.
..#...#..
...#.#...
....#....
...#.#...
..#...#..
.#.....#.
.........
"""
_O = """
.........
...###...
..#...#..
.#.....#.
.#.....#.
.#.....#.
..#...#..
...###...
.........
"""
_SMILE = """
.......
..#.#..
..#.#..
.......
.#...#.
..###..
.......
"""


def guide_x() -> np.ndarray:
    """Return the guides' X of 9x9 pixels: ``(9, 9)`` float32, 1 on the strokes and -1 elsewhere.

    Example:
        >>> guide_x()[1].astype(int).tolist()
        [-1, 1, -1, -1, -1, -1, -1, 1, -1]
    """
    return _parse(_X)


def guide_o() -> np.ndarray:
    """Return the guides' O of 9x9 pixels: ``(9, 9)`` float32, 1 on the stroke and -1 elsewhere.

    Example:
        >>> guide_o()[1].astype(int).tolist()
        [-1, -1, -1, 1, 1, 1, -1, -1, -1]
    """
    return _parse(_O)


def guide_smile() -> np.ndarray:
    """Return the guides' smile of 7x7 pixels: ``(7, 7)`` float32, 1 on the strokes and 0 elsewhere.

    Example:
        >>> guide_smile()[5].astype(int).tolist()
        [0, 0, 1, 1, 1, 0, 0]
    """
    return (_parse(_SMILE) + 1) / 2


def naive_matcher(images: ArrayLike, templates: ArrayLike) -> np.ndarray:
    """Classify whole images by the template with the smallest squared difference of pixels.

    The comparison is pixel by pixel, so it fails if a shape has moved. Convolutional networks
    instead look for small features everywhere.

    Args:
        images: ``(N, H, W, C)``.
        templates: One image per class, ``(K, H, W, C)``.

    Returns:
        The class with the smallest sum of squared differences, ``(N,)`` int32.

    Raises:
        ValueError: If images and templates differ in shape.

    Example:
        >>> templates = np.stack([guide_x(), guide_o()])[..., None]
        >>> naive_matcher(templates, templates).tolist()
        [0, 1]
    """
    images, templates = np.asarray(images), np.asarray(templates)
    if images.shape[1:] != templates.shape[1:]:
        raise ValueError(
            f"templates: expected the shape of the images, {images.shape[1:]}, got "
            f"{templates.shape[1:]}"
        )
    x = images.reshape(len(images), -1).astype(np.float32)
    t = templates.reshape(len(templates), -1).astype(np.float32)
    # |x - t|^2 = |x|^2 - 2 x.t + |t|^2, and |x|^2 is the same for every template.
    differences = (t**2).sum(axis=1) - 2 * x @ t.T
    return differences.argmin(axis=1).astype(np.int32)


def _parse(rows: str) -> np.ndarray:
    return np.array([[1 if c == "#" else -1 for c in row] for row in rows.split()], np.float32)
