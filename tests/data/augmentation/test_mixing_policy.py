"""Which partner an example is mixed with, and how: by its index alone."""

import jax
import numpy as np
import pytest
from scipy import stats

from jaxcnn.data import Augmentation

KEY = jax.random.key(7)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 100, (12, 6, 8, 3), dtype=np.uint8)
OTHERS = RNG.integers(150, 256, (12, 6, 8, 3), dtype=np.uint8)
BOTH = Augmentation(mixup=1.0, cutmix=1.0)


@jax.jit
def compiled_partners(indices, epoch, key):
    return BOTH.partners(key=key, epoch=epoch, indices=indices, examples=50)


def partners(indices, epoch=0, key=KEY):
    return np.asarray(compiled_partners(indices, epoch, key))


@jax.jit
def mix(images, others, indices, epoch):
    return BOTH.mix(images, others, key=KEY, epoch=epoch, indices=indices)


@pytest.mark.thorough
def test_partners_are_uniform_over_the_data_set():
    found = partners(np.arange(5000))
    assert found.dtype == np.int32
    assert stats.chisquare(np.bincount(found, minlength=50)).pvalue > 1e-3
    assert (found == np.arange(5000)).sum() < 5  # 1 is expected
    assert abs((partners(np.arange(5000), 1) == found).mean() - 1 / 50) < 0.01
    assert abs((partners(np.arange(5000), 0, jax.random.key(8)) == found).mean() - 1 / 50) < 0.01


def test_partners_follow_from_the_index():
    everyone = partners(np.arange(5000), 3)
    some = RNG.permutation(5000)
    np.testing.assert_array_equal(partners(some, 3), everyone[some])


@pytest.mark.thorough
def test_mixing_follows_from_the_index():
    images, shares = map(np.asarray, mix(IMAGES, OTHERS, np.arange(12), 2))
    assert (images.dtype, shares.dtype, shares.shape) == (np.uint8, np.float32, (12,))
    order = np.array([5, 5, 3, 0, 11, 2, 1, 4, 6, 7, 9, 10])
    again, same = mix(IMAGES[order], OTHERS[order], order, 2)
    np.testing.assert_array_equal(again, images[order])
    np.testing.assert_array_equal(same, shares[order])
    assert len(np.unique(shares)) > 8
    _, later = mix(IMAGES, OTHERS, np.arange(12), 3)
    assert (np.asarray(later) != shares).mean() > 0.7


@pytest.mark.thorough
def test_with_both_a_coin_decides():
    pasted = 0
    for epoch in range(40):
        images, shares = map(np.asarray, mix(IMAGES, OTHERS, np.arange(12), epoch))
        is_pasted = ((images == IMAGES) | (images == OTHERS)).all(axis=(1, 2, 3))
        weights = shares[:, None, None, None]
        expected = weights * IMAGES + (1 - weights) * OTHERS
        is_blended = (np.abs(images - expected) < 0.51).all(axis=(1, 2, 3))
        assert (is_pasted | is_blended).all()
        pasted += is_pasted.sum()
    assert abs(pasted / 480 - 1 / 2) < 5 * np.sqrt(1 / 4 / 480) + 0.02  # λ near 0 or 1 is both


def test_mixes_says_whether_to():
    assert [Augmentation(**fields).mixes for fields in ({}, {"mixup": 0.1}, {"cutmix": 1})] == [
        False,
        True,
        True,
    ]
    images, shares = Augmentation().mix(IMAGES, OTHERS, key=KEY, epoch=0, indices=np.arange(12))
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(shares, np.ones(12))


def test_no_examples_are_told():
    with pytest.raises(ValueError, match="examples: expected at least 1, got 0"):
        BOTH.partners(key=KEY, epoch=0, indices=np.arange(3), examples=0)
