import functools

import jax
import numpy as np
import pytest
from scipy import stats

from jaxcnn.data import cutmix, mixup

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 128, (6, 9, 3), dtype=np.uint8)
OTHER = RNG.integers(128, 256, (6, 9, 3), dtype=np.uint8)  # to be told from the other


@functools.cache
def mixed(function, alpha):
    keys = jax.random.split(jax.random.key(2), 3000)
    one = jax.jit(jax.vmap(lambda key: function(key, IMAGE, OTHER, alpha)))
    return tuple(map(np.asarray, one(keys)))


@pytest.mark.thorough
def test_shares_of_mixup_follow_beta():
    alpha = 0.2
    _, shares = mixed(mixup, alpha)
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 1e-3
    np.testing.assert_allclose(shares.mean(), 1 / 2, atol=0.05)
    np.testing.assert_allclose(shares.var(), 1 / (4 * (2 * alpha + 1)), rtol=0.1)


@pytest.mark.thorough
def test_tiny_alphas_choose_one_image():
    _, shares = mixed(mixup, 1e-3)
    assert ((shares < 0.01) | (shares > 0.99)).mean() > 0.97


@pytest.mark.thorough
def test_mixup_is_the_weighted_mean():
    images, shares = mixed(mixup, 0.2)
    weights = shares[:, None, None, None]
    expected = weights * IMAGE + (1 - weights) * OTHER
    np.testing.assert_allclose(images.astype(int), expected, atol=0.501)


@pytest.mark.thorough
def test_cutmix_pastes_one_rectangle_whose_area_is_the_others_share():
    images, shares = mixed(cutmix, 1.0)
    pasted = (images >= 128).all(axis=-1)
    np.testing.assert_array_equal(images, np.where(pasted[..., None], OTHER, IMAGE))
    np.testing.assert_allclose(1 - pasted.mean(axis=(1, 2)), shares, atol=1e-6)
    sides = [pasted.any(axis=axis).sum(axis=1) for axis in (2, 1)]
    np.testing.assert_array_equal(pasted.sum(axis=(1, 2)), sides[0] * sides[1])
    # Where the border cuts nothing off, the rectangle has the shape of the image.
    uncut = ~(pasted[:, [0, -1]].any(axis=(1, 2)) | pasted[:, :, [0, -1]].any(axis=(1, 2)))
    height, width = sides[0][uncut], sides[1][uncut]
    assert uncut.sum() > 100
    assert (np.abs(height / 6 - width / 9) < 1 / 6).all()


@pytest.mark.thorough
def test_the_area_of_cutmix_follows_from_beta_and_the_clipping():
    """By sampling the paper's procedure in NumPy."""
    _, shares = mixed(cutmix, 1.0)
    rng, areas = np.random.default_rng(0), []
    for lam in rng.beta(1, 1, 3000):
        area = 1
        for size in IMAGE.shape[:2]:
            side = int(size * np.sqrt(1 - lam))
            start = rng.integers(size) - side // 2
            area *= min(start + side, size) - max(start, 0)
        areas.append(area)
    assert stats.ks_2samp(np.round(54 * (1 - shares)), areas).pvalue > 1e-3


@pytest.mark.parametrize("function", [mixup, cutmix])
@pytest.mark.parametrize(
    ("other", "alpha", "error", "message"),
    [
        (OTHER[:3], 1.0, ValueError, r"other: expected shape \(6, 9, 3\), got \(3, 9, 3\)"),
        (OTHER / np.float32(255), 1.0, TypeError, "other: expected uint8, got float32"),
        (OTHER, 0, ValueError, "expected an alpha above 0, got 0"),
        (OTHER, -1.0, ValueError, "expected at least 0 and at most 1000, got -1.0"),
        (OTHER, "1", TypeError, "expected a number, got '1'"),
    ],
)
def test_bad_input_is_told(function, other, alpha, error, message):
    with pytest.raises(error, match=message):
        function(jax.random.key(0), IMAGE, other, alpha)
