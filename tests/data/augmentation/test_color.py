import colorsys

import jax
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from jaxcnn.data import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    random_brightness,
    random_contrast,
    random_grayscale,
    random_hue,
    random_saturation,
)

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 7, 3), dtype=np.uint8)
GRAY = IMAGE[..., :1]
HUE = jax.jit(adjust_hue)
BY_PILLOW = [
    (jax.jit(adjust_brightness), ImageEnhance.Brightness),
    (jax.jit(adjust_contrast), ImageEnhance.Contrast),
    (jax.jit(adjust_saturation), ImageEnhance.Color),
]


@pytest.mark.parametrize(("adjust", "enhance"), BY_PILLOW, ids=["brightness", "contrast", "color"])
@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.7])
def test_factors_do_what_pillows_do(adjust, enhance, factor):
    expected = np.array(enhance(Image.fromarray(IMAGE)).enhance(factor))
    # Pillow cuts fractions off, also of the gray that it starts from.
    np.testing.assert_allclose(adjust(IMAGE, factor).astype(int), expected, atol=2)
    floats = adjust((IMAGE / 255).astype(np.float32), factor)
    np.testing.assert_allclose(floats, expected / 255, atol=2 / 255)


@pytest.mark.parametrize("adjust", [pair[0] for pair in BY_PILLOW] + [HUE])
def test_a_factor_of_one_leaves_every_bit(adjust):
    for image in (IMAGE, (IMAGE / 255).astype(np.float32)):
        if adjust is HUE:
            np.testing.assert_allclose(adjust(image, 1.0), image, atol=1e-6)
        else:
            np.testing.assert_array_equal(adjust(image, 1.0), image)


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.25, 1 / 3])
def test_the_hue_turns_as_in_colorsys(turn):
    image = np.concatenate([IMAGE / 255, np.full((1, 7, 3), 0.5), np.zeros((1, 7, 3))])

    def turned(rgb):
        hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
        return colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)

    expected = np.apply_along_axis(turned, -1, image)
    np.testing.assert_allclose(HUE(image.astype(np.float32), turn), expected, atol=1e-5)


@pytest.mark.parametrize("adjust", [HUE, jax.jit(adjust_saturation)])
def test_gray_images_have_no_color_to_change(adjust):
    np.testing.assert_array_equal(adjust(GRAY, 0.3), GRAY)
    gray_as_rgb = np.repeat(GRAY, 3, axis=-1)
    np.testing.assert_array_equal(adjust(gray_as_rgb, 0.3), gray_as_rgb)


@pytest.mark.parametrize(
    ("transform", "adjust"),
    [
        (random_brightness, lambda factor: factor),
        (random_contrast, lambda factor: 0.5 + factor * (np.array([0.25, 0.75]) - 0.5).max()),
    ],
)
def test_factors_are_uniform(transform, adjust):
    image = np.array([0.25, 0.75], np.float32).reshape(1, 2, 1)
    keys = jax.random.split(jax.random.key(0), 2000)
    of_each = jax.jit(jax.vmap(lambda key: transform(key, image, 0.2)))
    results = np.asarray(of_each(keys))[:, 0, 1, 0]
    low, high = (
        (0.75 * 0.8, 0.75 * 1.2) if transform is random_brightness else (adjust(0.8), adjust(1.2))
    )
    share = (results - low) / (high - low)
    assert -1e-5 < share.min() < share.max() < 1 + 1e-5
    np.testing.assert_allclose([share.mean(), share.var()], [1 / 2, 1 / 12], rtol=0.1)


def test_hues_and_saturations_are_drawn_to_either_side():
    image = np.array([0.8, 0.4, 0.4], np.float32).reshape(1, 1, 3)
    keys = jax.random.split(jax.random.key(0), 2000)

    @jax.jit
    @jax.vmap
    def changed(key):
        return random_hue(key, image, 0.1), random_saturation(key, image, 0.4)

    hues, saturations = (
        [colorsys.rgb_to_hsv(*rgb) for rgb in np.asarray(images)[:, 0, 0].tolist()]
        for images in changed(keys)
    )
    hues = (np.array(hues)[:, 0] + 0.5) % 1 - 0.5
    assert -0.1 < hues.min() < -0.095
    assert 0.095 < hues.max() < 0.1
    np.testing.assert_allclose(hues.var(), 0.2**2 / 12, rtol=0.1)
    np.testing.assert_allclose(np.array(saturations)[:, 0], 0, atol=1e-5)
    assert np.ptp(np.array(saturations)[:, 1]) > 0.2


def test_grayscale_has_its_probability_and_rec_601():
    keys = jax.random.split(jax.random.key(0), 1000)
    results = np.asarray(jax.jit(jax.vmap(lambda k: random_grayscale(k, IMAGE, 0.3)))(keys))
    gray = np.repeat(np.round(IMAGE @ [0.299, 0.587, 0.114])[..., None], 3, axis=-1)
    is_gray = (np.abs(results - gray) <= 1).all(axis=(1, 2, 3))
    assert ((results == IMAGE).all(axis=(1, 2, 3)) | is_gray).all()
    assert abs(is_gray.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 1000)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: random_hue(k, IMAGE, 0.6), ValueError, "hue: .* at most 0.5, got 0.6"),
        (lambda k: random_contrast(k, IMAGE, -0.1), ValueError, "contrast: expected at least 0"),
        (lambda k: random_brightness(k, IMAGE, True), TypeError, "brightness: expected a number"),
        (lambda k: random_grayscale(k, IMAGE, 2), ValueError, "grayscale: .* at most 1, got 2"),
        (lambda _: adjust_hue(IMAGE[..., :2], 0.1), ValueError, "image: expected 1 or 3 channels"),
    ],
)
def test_bad_input_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call(jax.random.key(0))
