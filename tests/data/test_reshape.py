import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import Dataset, to_shape


def dataset(shape, dtype=np.uint8, n=3):
    pixels = np.random.default_rng(0).integers(0, 256, (n, *shape))
    pixels = pixels if dtype == np.uint8 else pixels / 255
    return Dataset(pixels.astype(dtype), np.arange(n) % 2, ("a", "b"), "noise")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("method", ["bilinear", "nearest", "pad"])
@pytest.mark.parametrize("channels", [(1, 3), (3, 1), (1, 1), (3, 3)])
def test_shape_changes_and_the_rest_stays(dtype, method, channels):
    before = dataset((6, 8, channels[0]), dtype)
    after = to_shape(before, (12, 10, channels[1]), method=method)
    assert after.input_shape == (12, 10, channels[1])
    assert after.images.dtype == dtype
    assert after.labels is before.labels
    assert (after.name, after.class_names) == (before.name, before.class_names)


def test_nearest_repeats_pixels():
    before = dataset((4, 5, 1))
    after = to_shape(before, (8, 15, 1), method="nearest")
    np.testing.assert_array_equal(after.images, before.images.repeat(2, axis=1).repeat(3, axis=2))


def test_padding_puts_the_image_in_the_middle():
    before = dataset((28, 28, 1))
    after = to_shape(before, (32, 32, 1), method="pad")
    np.testing.assert_array_equal(after.images[:, 2:30, 2:30], before.images)
    assert after.images.sum(dtype=int) == before.images.sum(dtype=int)


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(32, 32), (20, 44), (4, 6)])
def test_bilinear_is_pillows_bilinear(size):
    before = dataset((8, 8, 1))
    after = to_shape(before, (*size, 1))
    for image, resized in zip(before.images, after.images, strict=True):
        pillow = Image.fromarray(image[..., 0]).resize(size[::-1], Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(pillow, int) - resized[..., 0]).max() <= 1


@pytest.mark.thorough
def test_many_images_are_resized_like_one(monkeypatch):
    before = dataset((4, 4, 1), n=7)
    at_once = to_shape(before, (8, 8, 1)).images
    monkeypatch.setattr("jaxcnn.data._reshape.CHUNK", 3)
    np.testing.assert_array_equal(to_shape(before, (8, 8, 1)).images, at_once)


@pytest.mark.parametrize(
    ("shape", "method", "message"),
    [
        ((32, 32), "pad", r"shape: expected \(H, W, C\) with C 1 or 3, got \(32, 32\)"),
        ((32, 32, 2), "pad", "shape: expected"),
        ((0, 32, 3), "nearest", "shape: expected"),
        ((4, 32, 1), "pad", r"shape: expected at least \(6, 8\), .* got \(4, 32\)"),
        ((32, 32, 1), "bicubic", "method: expected one of .* got 'bicubic'"),
    ],
)
def test_bad_arguments_are_told(shape, method, message):
    with pytest.raises(ValueError, match=message):
        to_shape(dataset((6, 8, 1)), shape, method=method)
