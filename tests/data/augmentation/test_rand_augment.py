import jax
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from scipy import ndimage, stats

from jaxcnn.data import RAND_AUGMENT_OPERATIONS, distort, rand_augment

RNG = np.random.default_rng(0)
SMOOTH = ndimage.gaussian_filter(RNG.random((20, 23, 3)), (2, 2, 0))
IMAGE = (40 + 170 * (SMOOTH - SMOOTH.min()) / np.ptp(SMOOTH)).astype(np.uint8)
PILLOW = Image.fromarray(IMAGE)
SIGNED = ("rotate", "color", "contrast", "brightness", "sharpness")
SIGNED += ("shear_x", "shear_y", "translate_x", "translate_y")

distort_jit = jax.jit(distort)


def distorted(name, magnitude, image=IMAGE):
    # A float in any case: for whole numbers it would be compiled once more.
    operation = RAND_AUGMENT_OPERATIONS.index(name)
    return np.asarray(distort_jit(image, operation, float(magnitude)))


def moved(*coefficients):
    """Pillow's affine map around the center of the image."""
    a, b, c, d, e, f = coefficients
    x, y = PILLOW.width / 2, PILLOW.height / 2
    matrix = (a, b, c + x - a * x - b * y, d, e, f + y - d * x - e * y)
    return PILLOW.transform(PILLOW.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "magnitude", "expected", "tolerance"),
    [
        ("identity", 7, PILLOW, 0),
        ("autocontrast", 7, ImageOps.autocontrast(PILLOW), 1),
        ("equalize", 7, ImageOps.equalize(PILLOW), 0),
        ("solarize", 5, ImageOps.solarize(PILLOW, 128), 0),
        ("posterize", 10, ImageOps.posterize(PILLOW, 4), 0),
        ("posterize", -2.5, ImageOps.posterize(PILLOW, 7), 0),
        ("color", 8, ImageEnhance.Color(PILLOW).enhance(1.72), 2),
        ("contrast", -5, ImageEnhance.Contrast(PILLOW).enhance(0.55), 1),
        ("brightness", 3, ImageEnhance.Brightness(PILLOW).enhance(1.27), 1),
        ("sharpness", 9, ImageEnhance.Sharpness(PILLOW).enhance(1.81), 2),
        ("sharpness", -9, ImageEnhance.Sharpness(PILLOW).enhance(0.19), 1),
    ],
)
def test_photometric_operations_are_pillows(name, magnitude, expected, tolerance):
    result = distorted(name, magnitude).astype(int)
    np.testing.assert_allclose(result, np.array(expected), atol=tolerance)
    floats = distorted(name, magnitude, (IMAGE / 255).astype(np.float32))
    np.testing.assert_allclose(floats, result / 255, atol=(0.501 + tolerance) / 255)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "magnitude", "expected"),
    [
        ("rotate", 5, PILLOW.rotate(15, Image.Resampling.BILINEAR)),
        ("shear_x", 10, moved(1, 0.3, 0, 0, 1, 0)),
        ("shear_y", -10, moved(1, 0, 0, -0.3, 1, 0)),
        ("translate_x", 2, moved(1, 0, 2, 0, 1, 0)),  # 0.09 of 23 pixels
        ("translate_y", -3, moved(1, 0, 0, 0, 1, -3)),  # 0.135 of 20 pixels
    ],
)
def test_geometric_operations_are_pillows_inside(name, magnitude, expected):
    inside = np.s_[5:-5, 5:-5]
    result = distorted(name, magnitude).astype(int)[inside]
    np.testing.assert_allclose(result, np.array(expected)[inside], atol=1)


@pytest.mark.thorough
def test_equalize_is_pillows_for_any_histogram():
    for image in (RNG.integers(0, 256, IMAGE.shape), RNG.geometric(0.1, IMAGE.shape) + 20):
        image = image.clip(0, 255).astype(np.uint8)
        expected = np.array(ImageOps.equalize(Image.fromarray(image)))
        np.testing.assert_array_equal(distorted("equalize", 1, image), expected)
    flat = np.full_like(IMAGE, 9)
    for name in ("equalize", "autocontrast"):
        np.testing.assert_array_equal(distorted(name, 1, flat), flat)


@pytest.mark.slow
def test_all_operations_are_drawn_equally_often_and_to_both_sides():
    keys = jax.random.split(jax.random.key(5), 1400)
    one = jax.jit(jax.vmap(lambda key: rand_augment(key, IMAGE, 1, 6.0)))
    results = np.asarray(one(keys)).astype(int)
    candidates, chances = [], []
    for name in RAND_AUGMENT_OPERATIONS:
        for magnitude in (6.0, -6.0) if name in SIGNED else (6.0,):
            candidates.append(distorted(name, magnitude))
            chances.append(1 / 28 if name in SIGNED else 1 / 14)
    distance = np.stack([np.abs(results - c).mean(axis=(1, 2, 3)) for c in candidates])
    assert distance.min(axis=0).max() < 0.05
    counts = np.bincount(distance.argmin(axis=0), minlength=len(candidates))
    assert stats.chisquare(counts, len(keys) * np.array(chances)).pvalue > 1e-3


@pytest.mark.thorough
def test_several_operations_follow_one_another():
    keys = jax.random.split(jax.random.key(1), 300)
    results = jax.jit(jax.vmap(lambda key: rand_augment(key, IMAGE, 3, 6.0)))(keys)
    unchanged = (np.asarray(results) == IMAGE).all(axis=(1, 2, 3)).mean()
    assert unchanged < 0.03  # about (1/14)³, where a single operation would give 1/14


@pytest.mark.parametrize(
    ("count", "magnitude", "error", "message"),
    [
        (0, 5, ValueError, "rand_augment: expected a count of at least 1, got 0"),
        (1.0, 5, TypeError, "rand_augment: expected a whole count, got 1.0"),
        (True, 5, TypeError, "rand_augment: expected a whole count, got True"),
        (2, 11, ValueError, "rand_augment: magnitude: expected .* at most 10, got 11"),
        (2, None, TypeError, "rand_augment: magnitude: expected a number, got None"),
    ],
)
def test_bad_input_is_told(count, magnitude, error, message):
    with pytest.raises(error, match=message):
        rand_augment(jax.random.key(0), IMAGE, count, magnitude)
