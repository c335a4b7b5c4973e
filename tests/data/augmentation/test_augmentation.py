import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import Augmentation, cutout, random_flip, random_shift

KEY = jax.random.key(7)
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 10, 3), dtype=np.uint8)
ALL = Augmentation(flip="random", shift=2, cutout=3)
EVERYTHING = dataclasses.replace(
    ALL,
    rotate=10,
    scale=0.1,
    shear=5,
    brightness=0.2,
    contrast=0.2,
    saturation=0.2,
    hue=0.1,
    grayscale=0.2,
    erase=0.5,
    blur=0.5,
    rand_augment=(2, 4.5),
)


TRACED = []


@partial(jax.jit, static_argnums=0)
def compiled(augmentation, images, key, epoch, indices):
    TRACED.append(augmentation)
    return augmentation.apply(images, key=key, epoch=epoch, indices=indices)


def apply(augmentation, indices, epoch=0, key=KEY):
    indices = np.asarray(indices)
    return np.asarray(compiled(augmentation, IMAGES[indices], key, epoch, indices))


@pytest.mark.thorough
@pytest.mark.parametrize("flip", ["random", "alternating"])
def test_an_example_looks_the_same_anywhere_in_a_batch(flip):  # guide row A8.14
    augmentation = dataclasses.replace(ALL, flip=flip)
    everything = apply(augmentation, range(12), epoch=2)
    for indices in (np.arange(12)[::-1], [11, 3, 0, 3] * 3):
        np.testing.assert_array_equal(apply(augmentation, indices, epoch=2), everything[indices])


@pytest.mark.thorough
def test_an_example_looks_the_same_with_everything_at_once():
    everything = apply(EVERYTHING, range(12), epoch=2)
    shuffled = np.array([7, 3, 7, 0, 11, 2, 1, 5, 4, 6, 8, 10])
    np.testing.assert_array_equal(apply(EVERYTHING, shuffled, epoch=2), everything[shuffled])
    np.testing.assert_array_equal(apply(EVERYTHING, range(12), epoch=2), everything)
    assert (apply(EVERYTHING, range(12), epoch=1) != everything).any(axis=(1, 2, 3)).all()


@pytest.mark.thorough
def test_the_first_three_parts_keep_their_keys():
    """Fields added since take keys of their own: old runs are repeated bit for bit."""

    @jax.jit
    def expected(image):
        keys = jax.random.split(jax.random.fold_in(jax.random.fold_in(KEY, 3), 2), 3)
        return cutout(keys[2], random_shift(keys[1], random_flip(keys[0], image), 2), 3)

    found = apply(ALL, range(12), epoch=2)[3]
    np.testing.assert_array_equal(found, expected(IMAGES[3]))


@pytest.mark.thorough
def test_an_example_looks_the_same_in_a_batch_of_any_size():
    np.testing.assert_array_equal(apply(ALL, [3], epoch=2), apply(ALL, range(12), epoch=2)[[3]])


@pytest.mark.thorough
def test_key_epoch_and_example_each_matter():  # guide row A6.18
    base = apply(ALL, range(12))
    np.testing.assert_array_equal(apply(ALL, range(12)), base)
    assert (apply(ALL, range(12), epoch=1) != base).any()
    assert (apply(ALL, range(12), key=jax.random.key(8)) != base).any()
    same_pixels = np.repeat(IMAGES[:1], 12, axis=0)
    results = compiled(ALL, same_pixels, KEY, 0, np.arange(12))
    assert len(np.unique(results, axis=0)) > 6


def test_no_augmentation_changes_nothing():
    np.testing.assert_array_equal(apply(Augmentation(), range(12), epoch=3), IMAGES)


def test_alternating_flips_show_both_sides_in_two_epochs():
    augmentation = Augmentation(flip="alternating")
    for epoch in range(4):
        first, second = (
            apply(augmentation, range(12), epoch),
            apply(augmentation, range(12), epoch + 1),
        )
        np.testing.assert_array_equal(first, second[:, :, ::-1])
    mirrored = (apply(augmentation, range(12)) != IMAGES).any(axis=(1, 2, 3))
    assert 0 < mirrored.sum() < 12


@pytest.mark.thorough
def test_the_parts_are_drawn_independently():
    augmentation = Augmentation(flip="random", shift=1)
    ramp = np.broadcast_to(np.arange(10, dtype=np.uint8)[None, None, :, None], (2000, 4, 10, 1))
    out = np.asarray(compiled(augmentation, ramp, KEY, 0, np.arange(2000)))
    middle = out[:, 0, 4:6, 0].astype(int)
    mirrored = middle[:, 0] > middle[:, 1]
    shift = middle[:, 0] - np.where(mirrored, 5, 4)
    counts = [np.bincount(shift[side] + 1, minlength=3) for side in (mirrored, ~mirrored)]
    np.testing.assert_allclose(counts, 2000 / 6, rtol=0.25)


@pytest.mark.thorough
def test_epochs_do_not_compile_again():
    first = apply(ALL, range(12), epoch=0)
    traced = len(TRACED)
    assert (apply(ALL, range(12), epoch=1) != first).any()
    assert len(TRACED) == traced > 0


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", [jnp.uint8, jnp.float32, jnp.bfloat16])
def test_the_dtype_stays(dtype):
    images = jax.ShapeDtypeStruct(IMAGES.shape, dtype)
    result = jax.eval_shape(
        partial(EVERYTHING.apply, key=KEY, epoch=0), images, indices=np.arange(12)
    )
    assert (result.shape, result.dtype) == (images.shape, dtype)


@pytest.mark.parametrize(
    "augmentation", [Augmentation(), ALL, EVERYTHING, Augmentation(cutmix=0.5)]
)
def test_a_policy_goes_through_json(augmentation):
    assert Augmentation.from_json(augmentation.to_json()) == augmentation


def test_json_needs_only_what_is_not_off():
    assert Augmentation.from_json('{"rand_augment": [2, 5]}') == Augmentation(rand_augment=(2, 5))
    assert Augmentation.from_json("{}") == Augmentation()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("[1]", ValueError, r"text: expected a JSON object, got \[1\]"),
        (
            "{",
            ValueError,
            "expected the JSON of an augmentation, got '{' .Expecting property name .* column 2",
        ),
        (
            '{"blur": 1,}',
            ValueError,
            r"expected the JSON of an augmentation, got .*: line 1 column 1",
        ),
        (
            "p.json",
            ValueError,
            r"augmentation, .*; if it is a file, pass its text: Path\('p\.json'\)\.read",
        ),
        ("[" * 100_000, ValueError, "deeply nested"),
        (
            '{"rotaet": 3}',
            ValueError,
            "expected fields of Augmentation, got 'rotaet' .did you mean",
        ),
        ('{"blur": 1, "blur": 2}', ValueError, "text: expected each field once, got .'blur'"),
        ('{"blur": NaN}', ValueError, "text: expected finite numbers, got NaN"),
        ('{"blur": -Infinity}', ValueError, "text: expected finite numbers, got -Infinity"),
        ('{"blur": 1e999}', ValueError, "blur: expected at least 0 .* got inf"),
        ('{"blur": "1"}', TypeError, "blur: expected a number, got '1'"),
        ('{"blur": null}', TypeError, "blur: expected a number, got None"),
        ('{"rand_augment": 2}', TypeError, r"rand_augment: expected \(count, magnitude\) or None"),
        ('{"rand_augment": [2]}', TypeError, "rand_augment: expected .* got \\(2,\\)"),
    ],
)
def test_bad_json_is_told(text, error, message):
    with pytest.raises(error, match=message):
        Augmentation.from_json(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flip": "vertical"}, "flip: expected one of .*'alternating'.* got 'vertical'"),
        ({"shift": -1}, "shift: expected a whole number of pixels, got -1"),
        ({"shift": 1.5}, "shift: expected a whole number of pixels, got 1.5"),
        ({"cutout": -2}, "cutout: expected a whole number of pixels, got -2"),
        ({"shift": True}, "shift: expected a whole number of pixels, got True"),
        ({"rotate": -1}, "rotate: expected at least 0 and at most 180, got -1"),
        ({"scale": 1.0}, "scale: expected at least 0 and below 1, got 1.0"),
        ({"shear": 45}, "shear: expected at least 0 and below 45, got 45"),
        ({"hue": 0.6}, "hue: expected at least 0 and at most 0.5, got 0.6"),
        ({"erase": 1.1}, "erase: expected at least 0 and at most 1, got 1.1"),
        ({"contrast": float("nan")}, "contrast: expected at least 0 and at most 1, got nan"),
        ({"mixup": float("inf")}, "mixup: expected at least 0 and at most 1000, got inf"),
        ({"cutmix": 10**400}, "cutmix: expected at least 0 and at most 1000, got 10"),
        ({"rand_augment": (0, 5)}, "rand_augment: expected a count of at least 1, got 0"),
        ({"rand_augment": (2, 10.5)}, "rand_augment: magnitude: .* at most 10, got 10.5"),
    ],
)
def test_bad_policies_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**options)


@pytest.mark.parametrize("field", ["rotate", "brightness", "grayscale", "blur", "mixup"])
@pytest.mark.parametrize("value", [True, "0.1", None, 1j])
def test_numbers_of_another_type_are_told(field, value):
    with pytest.raises(TypeError, match=f"{field}: expected a number, got"):
        Augmentation(**{field: value})


@pytest.mark.parametrize("kind", ["signals", "volumes", "tokens"])
def test_only_images_are_varied(kind):
    Augmentation().check_takes(kind)
    Augmentation(flip="random").check_takes("images")
    with pytest.raises(ValueError, match=f"augmentation: expected None for {kind}, got one"):
        Augmentation(mixup=0.2).check_takes(kind)
