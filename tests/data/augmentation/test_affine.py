import functools

import jax
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from jaxcnn.data import affine, random_affine, rotate

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (9, 12, 3), dtype=np.uint8)

affine_jit, rotate_jit = jax.jit(affine), jax.jit(rotate)


def by_scipy(image, matrix, offset):
    """The same in (row, column) order from the corner, where SciPy counts."""
    matrix, offset = np.array(matrix)[::-1, ::-1], np.array(offset)[::-1]
    center = (np.array(image.shape[:2]) - 1) / 2
    channels = [
        ndimage.affine_transform(
            c, matrix, center - matrix @ center + offset, order=1, mode="mirror"
        )
        for c in np.moveaxis(image.astype(np.float64), -1, 0)
    ]
    return np.stack(channels, axis=-1)


@pytest.mark.parametrize(
    ("matrix", "offset"),
    [
        ([[1, 0], [0, 1]], [0.25, -1.5]),
        ([[0.8, -0.6], [0.6, 0.8]], [0, 0]),
        ([[1, 0.3], [-0.2, 1]], [0, 30]),
        ([[3.5, 0], [0, 2]], [0, 0]),
    ],
)
def test_affine_is_scipys(matrix, offset):
    matrix, offset = np.array(matrix, np.float32), np.array(offset, np.float32)
    image = (IMAGE / 255).astype(np.float32)
    expected = by_scipy(image, matrix, offset)
    np.testing.assert_allclose(affine_jit(image, matrix, offset), expected, atol=1e-5)
    rounded = affine_jit(IMAGE, matrix, offset).astype(int)
    np.testing.assert_allclose(rounded, by_scipy(IMAGE, matrix, offset), atol=0.501)


@pytest.mark.parametrize("degrees", [0, 7, -30, 90, 180])
def test_rotation_is_pillows_inside(degrees):
    smooth = ndimage.gaussian_filter(RNG.random((21, 21)), 2)
    smooth = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
    expected = np.array(Image.fromarray(smooth).rotate(degrees, Image.Resampling.BILINEAR))
    turned = np.asarray(rotate_jit(smooth[..., None], degrees))[..., 0]
    y, x = np.mgrid[:21, :21] - 10
    inside = y**2 + x**2 < 9**2
    np.testing.assert_allclose(turned[inside].astype(int), expected[inside], atol=1)


def test_the_identity_gives_the_same_bits():
    same = affine_jit(IMAGE, np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    np.testing.assert_array_equal(same, IMAGE)
    one_pixel = np.full((1, 1, 1), 7, np.uint8)
    np.testing.assert_array_equal(rotate_jit(one_pixel, 33), one_pixel)


@functools.cache
def matrices_of(**amounts):
    """The matrices that `random_affine` used: in a linear ramp of colors they can be read off."""
    y, x = np.mgrid[-10:11, -10:11] / 100
    image = np.stack([x + 0.5, y + 0.5], axis=-1).astype(np.float32)
    keys = jax.random.split(jax.random.key(3), 3000)
    one = jax.jit(jax.vmap(lambda key: random_affine(key, image, **amounts)))
    out = np.asarray(one(keys))
    across, down = out[:, 10, 11] - out[:, 10, 10], out[:, 11, 10] - out[:, 10, 10]
    return np.stack([across, down], axis=-1) * 100


def assert_uniform(values, low, high):
    """Moments of a uniform distribution, to five standard errors."""
    values, width = (np.asarray(values) - low) / (high - low), 5 / np.sqrt(len(values))
    assert values.min() > -1e-3
    assert values.max() < 1 + 1e-3
    assert abs(values.mean() - 1 / 2) < width * np.sqrt(1 / 12)
    assert abs((values**2).mean() - 1 / 3) < width * np.sqrt(4 / 45)


@pytest.mark.thorough
def test_angles_are_uniform():
    matrices = matrices_of(rotate=20)
    assert_uniform(np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])), -20, 20)
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-3)


@pytest.mark.thorough
def test_sizes_are_uniform():
    matrices = matrices_of(scale=0.2)
    np.testing.assert_allclose(matrices[:, 0, 0], matrices[:, 1, 1], atol=1e-3)
    assert_uniform(1 / matrices[:, 0, 0], 0.8, 1.2)


@pytest.mark.thorough
def test_slants_are_uniform_and_independent():
    matrices = matrices_of(shear=15)
    slants = np.degrees(np.arctan([matrices[:, 0, 1], matrices[:, 1, 0]]))
    for slant in slants:
        assert_uniform(slant, -15, 15)
    assert abs(np.corrcoef(slants)[0, 1]) < 5 / np.sqrt(len(matrices))


@pytest.mark.thorough
def test_parts_together_are_one_map_with_their_product_of_areas():
    matrices = matrices_of(rotate=20, scale=0.2, shear=15)
    parts = matrices_of(rotate=20) @ matrices_of(scale=0.2) @ matrices_of(shear=15)
    np.testing.assert_allclose(matrices, parts, atol=2e-3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: affine(IMAGE, np.eye(3)), ValueError, r"matrix: expected shape \(2, 2\), got"),
        (lambda: affine(IMAGE, np.eye(2), 1.0), ValueError, r"offset: expected shape \(2,\)"),
        (lambda: rotate(IMAGE.astype(int), 3), TypeError, "image: expected uint8 or floating"),
    ],
)
def test_bad_input_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("amount", "error", "message"),
    [
        ({"rotate": 181}, ValueError, "rotate: .* at most 180"),
        ({"scale": 1}, ValueError, "scale: .* below 1, got 1"),
        ({"shear": 45}, ValueError, "shear: .* below 45"),
        ({"shear": "1"}, TypeError, "shear: expected a number"),
    ],
)
def test_bad_amounts_are_told(amount, error, message):
    with pytest.raises(error, match=message):
        random_affine(jax.random.key(0), IMAGE, **amount)
