import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import (
    alternating_flip,
    cutout,
    rand_augment,
    random_affine,
    random_blur,
    random_brightness,
    random_contrast,
    random_erase,
    random_flip,
    random_grayscale,
    random_hue,
    random_saturation,
    random_shift,
)

SHAPE = (5, 7, 3)
TRANSFORMS = {
    "random_flip": random_flip,
    "alternating_flip": lambda key, image: alternating_flip(key, image, 3),
    "random_shift": lambda key, image: random_shift(key, image, 2),
    "cutout": lambda key, image: cutout(key, image, 3),
    "affine": lambda key, image: random_affine(key, image, rotate=20, scale=0.2, shear=9),
    "brightness": lambda key, image: random_brightness(key, image, 0.3),
    "contrast": lambda key, image: random_contrast(key, image, 0.3),
    "saturation": lambda key, image: random_saturation(key, image, 0.3),
    "hue": lambda key, image: random_hue(key, image, 0.3),
    "grayscale": lambda key, image: random_grayscale(key, image, 0.5),
    "erase": lambda key, image: random_erase(key, image, 0.5),
    "blur": lambda key, image: random_blur(key, image, 1.0),
    "rand_augment": lambda key, image: rand_augment(key, image, 2, 5),
}
EACH = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)


def an_image(dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 256, SHAPE).astype(dtype)


def over_keys(transform, image):
    keys = jax.random.split(jax.random.key(0), 3000)
    return np.asarray(jax.vmap(transform, in_axes=(0, None))(keys, jnp.asarray(image)))


def counts_of(results, candidates):
    """How often each candidate occurs; every result must be a candidate."""
    same = (results[:, None] == np.stack(candidates)[None]).all(axis=(2, 3, 4))
    assert same.any(axis=1).all()
    return same.sum(axis=0)


def assert_equally_often(counts):
    mean = counts.sum() / len(counts)
    assert np.abs(counts - mean).max() < 5 * np.sqrt(mean)  # five standard deviations


def test_a_flip_is_a_coin():
    image = an_image()
    assert_equally_often(counts_of(over_keys(random_flip, image), [image, image[:, ::-1]]))


def test_alternating_flips_take_turns():
    image = an_image()
    epochs = [
        over_keys(lambda key, x, e=epoch: alternating_flip(key, x, e), image) for epoch in range(4)
    ]
    assert_equally_often(counts_of(epochs[0], [image, image[:, ::-1]]))
    for before, after in itertools.pairwise(epochs):
        np.testing.assert_array_equal(after, before[:, :, ::-1])


@pytest.mark.thorough
@pytest.mark.parametrize("max_shift", [0, 1, 3])
def test_a_shift_is_any_shift_reflected(max_shift):
    image = an_image()
    padded = np.pad(image, ((max_shift,) * 2, (max_shift,) * 2, (0, 0)), mode="reflect")
    shifts = range(2 * max_shift + 1)
    candidates = [padded[top : top + 5, left : left + 7] for top in shifts for left in shifts]
    results = over_keys(lambda key, x: random_shift(key, x, max_shift), image)
    assert_equally_often(counts_of(results, candidates))


@pytest.mark.thorough
@pytest.mark.parametrize("size", [0, 1, 2, 3, 20])
def test_cutout_paints_one_square_around_any_pixel(size):
    image = an_image()
    color = image.mean(axis=(0, 1)).astype(np.uint8)
    candidates = []
    for row in range(5):
        for column in range(7):
            painted = image.copy()
            top, left = row - size // 2, column - size // 2
            painted[max(top, 0) : top + size, max(left, 0) : left + size] = color
            candidates.append(painted)
    results = over_keys(lambda key, x: cutout(key, x, size), image)
    counts = counts_of(results, candidates)
    if 0 < size < 4:  # else some of the candidates are the same image
        assert_equally_often(counts)


@EACH
@pytest.mark.parametrize("dtype", [jnp.uint8, jnp.float32, jnp.bfloat16])
def test_shape_and_dtype_stay(transform, dtype):
    image = jax.ShapeDtypeStruct(SHAPE, dtype)
    result = jax.eval_shape(transform, jax.random.key(0), image)
    assert (result.shape, result.dtype) == (image.shape, image.dtype)


# RandAugment under vmap is held to its operations one by one in test_rand_augment.
@pytest.mark.thorough
@pytest.mark.parametrize("transform", [*TRANSFORMS.values()][:-1], ids=[*TRANSFORMS][:-1])
def test_vmap_is_a_loop(transform):
    keys = jax.random.split(jax.random.key(1), 4)
    images = np.random.default_rng(1).integers(0, 256, (4, *SHAPE), np.uint8)

    @jax.jit
    def both(keys, images):
        one_by_one = jax.lax.map(lambda pair: transform(*pair), (keys, images))
        return jax.vmap(transform)(keys, images), one_by_one

    np.testing.assert_array_equal(*both(keys, images))


@EACH
@pytest.mark.parametrize("shape", [(5, 7), (2, 5, 7, 3)])
def test_anything_but_one_image_is_told(transform, shape):
    with pytest.raises(ValueError, match=r"image: expected one image of shape \(H, W, C\), got"):
        jax.eval_shape(transform, jax.random.key(0), jax.ShapeDtypeStruct(shape, jnp.float32))


@pytest.mark.parametrize(
    ("transform", "amount", "message"),
    [
        (random_shift, -1, r"max_shift: expected at least 0 .* \(5, 7\), got -1"),
        (random_shift, 5, "max_shift: expected at least 0 and below the height.* got 5"),
        (cutout, -1, "size: expected at least 0, got -1"),
    ],
)
def test_bad_amounts_are_told(transform, amount, message):
    with pytest.raises(ValueError, match=message):
        transform(jax.random.key(0), an_image(), amount)
