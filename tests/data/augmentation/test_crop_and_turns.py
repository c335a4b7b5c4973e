import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import random_quarter_turn, random_resized_crop, random_vertical_flip
from jaxcnn.data.augmentation import _crop

KEYS = jax.random.split(jax.random.key(0), 2000)


def over_keys(transform, image):
    return np.asarray(jax.vmap(transform, in_axes=(0, None))(KEYS, jnp.asarray(image)))


@pytest.mark.thorough
def test_vertical_flips_and_turns_are_equally_often_each():
    image = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    flipped = (over_keys(random_vertical_flip, image) == image[::-1]).all((1, 2, 3))
    assert flipped.mean() == pytest.approx(0.5, abs=0.04)
    turned = over_keys(random_quarter_turn, image)
    each = [(turned == np.rot90(image, turns)).all((1, 2, 3)) for turns in range(4)]
    assert np.sum(each) == len(KEYS)
    np.testing.assert_allclose(np.mean(each, axis=1), 0.25, atol=0.035)
    with pytest.raises(ValueError, match="quarter_turns: expected square images, got 2×3 pixels"):
        random_quarter_turn(KEYS[0], np.zeros((2, 3, 1), np.uint8))


@pytest.mark.thorough
def test_a_crop_is_torchvisions():
    # torchvision 0.29: v2.functional.resized_crop(image, 1, 0, 2, 3, [4, 5], antialias=True)
    image = (np.arange(20, dtype=np.float32) ** 2 / 400).reshape(4, 5, 1)
    expected = [
        [0.0625, 0.0735, 0.09, 0.1095, 0.1225],
        [0.109375, 0.122875, 0.143125, 0.166375, 0.181875],
        [0.203125, 0.221625, 0.249375, 0.280125, 0.300625],
        [0.25, 0.271, 0.3025, 0.337, 0.36],
    ]
    found = _crop.crop_and_resize(jnp.asarray(image), 1, 0, 2, 3)[..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def boxes(height, width, area=(0.08, 1.0), aspect=(3 / 4, 4 / 3)):
    draw = jax.vmap(lambda key: jnp.stack(_crop._box(key, height, width, area, aspect)))
    return np.asarray(draw(KEYS)).T


@pytest.mark.thorough
def test_boxes_lie_within_the_image_and_have_the_area_and_ratio():
    top, left, rows, columns = boxes(400, 300)
    assert min(top.min(), left.min()) >= 0
    assert (top + rows <= 400).all()
    assert (left + columns <= 300).all()
    areas, ratios = rows * columns / 120_000, columns / rows
    assert areas.min() > 0.07
    assert 0.74 < ratios.min() < ratios.max() < 1.35
    # A large box often does not fit, and is drawn again.
    small = areas[areas < 0.5]
    assert np.quantile(small, [0.25, 0.5, 0.75]) == pytest.approx([0.185, 0.29, 0.395], abs=0.02)
    assert np.median(np.log(ratios[areas < 0.5])) == pytest.approx(0, abs=0.03)
    assert np.ptp(boxes(400, 300, area=(0.2, 0.2))[0]) > 150


@pytest.mark.thorough
def test_where_no_box_fits_it_is_the_central_one():
    found = boxes(10, 100, area=(0.9, 1.0))
    np.testing.assert_array_equal(found, np.broadcast_to([[0], [43], [10], [13]], found.shape))


@pytest.mark.thorough
def test_dtype_shape_and_constant_images_stay():
    image = np.full((6, 8, 3), 77, np.uint8)
    out = random_resized_crop(KEYS[0], image, (0.2, 0.9))
    assert out.dtype == jnp.uint8
    np.testing.assert_array_equal(out, image)


@pytest.mark.parametrize(
    ("area", "error", "message"),
    [
        ((0, 1), ValueError, r"area: expected 0 < low <= high <= 1, got \(0, 1\)"),
        ((0.5, 1.5), ValueError, "area: expected 0 < low"),
        (0.5, TypeError, "area: expected a pair of numbers"),
    ],
)
def test_wrong_ranges(area, error, message):
    with pytest.raises(error, match=message):
        random_resized_crop(KEYS[0], np.zeros((4, 4, 1), np.uint8), area)
