import dataclasses
import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import Augmentation

KEY = jax.random.key(7)
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 10, 3), dtype=np.uint8)
ALL = Augmentation(flip="random", shift=2, cutout=3)


@partial(jax.jit, static_argnums=0)
def compiled(policy, images, key, epoch, indices):
    return policy.apply(images, key=key, epoch=epoch, indices=indices)


def apply(policy, indices, epoch=0, key=KEY):
    indices = np.asarray(indices)
    return np.asarray(compiled(policy, IMAGES[indices], key, epoch, indices))


@pytest.mark.parametrize("flip", ["none", "random", "alternating"])
def test_an_example_looks_the_same_anywhere_in_a_batch(flip):
    policy = dataclasses.replace(ALL, flip=flip)
    everything = apply(policy, range(12), epoch=2)
    for indices in (np.arange(12)[::-1], [11, 3, 0, 3] * 3):
        np.testing.assert_array_equal(apply(policy, indices, epoch=2), everything[indices])


def test_an_example_looks_the_same_in_a_batch_of_any_size():
    np.testing.assert_array_equal(apply(ALL, [3], epoch=2), apply(ALL, range(12), epoch=2)[[3]])


def test_key_epoch_and_example_each_matter():
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
    policy = Augmentation(flip="alternating")
    for epoch in range(4):
        first, second = apply(policy, range(12), epoch), apply(policy, range(12), epoch + 1)
        np.testing.assert_array_equal(first, second[:, :, ::-1])
    mirrored = (apply(policy, range(12)) != IMAGES).any(axis=(1, 2, 3))
    assert 0 < mirrored.sum() < 12


def test_the_parts_are_drawn_independently():
    policy = Augmentation(flip="random", shift=1)
    ramp = np.broadcast_to(np.arange(10, dtype=np.uint8)[None, None, :, None], (2000, 4, 10, 1))
    out = np.asarray(compiled(policy, ramp, KEY, 0, np.arange(2000)))
    middle = out[:, 0, 4:6, 0].astype(int)
    mirrored = middle[:, 0] > middle[:, 1]
    shift = middle[:, 0] - np.where(mirrored, 5, 4)
    counts = [np.bincount(shift[side] + 1, minlength=3) for side in (mirrored, ~mirrored)]
    np.testing.assert_allclose(counts, 2000 / 6, rtol=0.25)


def test_epochs_do_not_compile_again():
    traces = []

    @jax.jit
    def step(images, epoch, indices):
        traces.append(epoch)
        return ALL.apply(images, key=KEY, epoch=epoch, indices=indices)

    indices = jnp.arange(12)
    first, second = step(IMAGES, 0, indices), step(IMAGES, 1, indices)
    assert (first != second).any()
    assert len(traces) == 1


@pytest.mark.parametrize("dtype", [jnp.uint8, jnp.float32, jnp.bfloat16])
def test_the_dtype_stays(dtype):
    images = jnp.asarray(IMAGES).astype(dtype)
    result = jax.eval_shape(partial(ALL.apply, key=KEY, epoch=0), images, indices=jnp.arange(12))
    assert (result.shape, result.dtype) == (images.shape, dtype)


def test_a_policy_goes_through_json():
    text = json.dumps(dataclasses.asdict(ALL))
    assert Augmentation(**json.loads(text)) == ALL


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flip": "vertical"}, "flip: expected one of .*'alternating'.* got 'vertical'"),
        ({"shift": -1}, "shift: expected a whole number of pixels, got -1"),
        ({"shift": 1.5}, "shift: expected a whole number of pixels, got 1.5"),
        ({"cutout": -2}, "cutout: expected a whole number of pixels, got -2"),
    ],
)
def test_bad_policies_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**options)
