import jax
import numpy as np
import pytest
from scipy import ndimage

from jaxcnn.data import blur, random_blur

blur_jit = jax.jit(blur, static_argnums=2)
IMAGE = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)


@pytest.mark.thorough
@pytest.mark.parametrize(("sigma", "radius"), [(0.5, 2), (1.0, 3), (2.5, 8)])
def test_blur_is_scipys(sigma, radius):
    expected = ndimage.gaussian_filter(
        IMAGE.astype(float), sigma, mode="mirror", radius=radius, axes=(0, 1)
    )
    floats = blur_jit((IMAGE / 255).astype(np.float32), sigma, radius)
    np.testing.assert_allclose(floats, expected / 255, atol=1e-5)
    np.testing.assert_allclose(blur_jit(IMAGE, sigma, radius).astype(int), expected, atol=0.501)


def test_no_sigma_leaves_the_image():
    np.testing.assert_array_equal(blur_jit(IMAGE, 0.0, 3), IMAGE)


@pytest.mark.thorough
def test_sigmas_are_uniform():
    spot = np.zeros((1, 25, 1), np.float32)
    spot[0, 12] = 1
    keys = jax.random.split(jax.random.key(0), 1000)
    one = jax.jit(jax.vmap(lambda key: random_blur(key, spot, 2.0, least=1.0)))
    blurred = np.asarray(one(keys))[:, 0, :, 0]
    sigmas = np.sqrt(blurred @ (np.arange(25) - 12) ** 2)  # cut at three sigmas: a little less
    assert 0.95 < sigmas.min() < 1.05
    assert 1.9 < sigmas.max() < 2.05
    np.testing.assert_allclose(sigmas.mean(), 1.5, atol=0.05)


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="radius: expected at least 0, got -1"):
        blur(IMAGE, 1.0, -1)
    with pytest.raises(ValueError, match="blur: expected at least 0 and at most 1000, got nan"):
        random_blur(jax.random.key(0), IMAGE, float("nan"))
    with pytest.raises(ValueError, match="least: expected at least 0 and at most 1, got 2"):
        random_blur(jax.random.key(0), IMAGE, 1, least=2)
