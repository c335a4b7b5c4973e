import sys

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, as_image, load_image, to_grayscale, to_rgb

HOT_PINK = (255, 105, 180)


def saved(path, array, mode=None):
    Image.fromarray(np.asarray(array, np.uint8), mode=mode).save(path)
    return path


@pytest.mark.parametrize("size", [(32, 32), (480, 480), (5, 9)])  # guide rows A1.1, A1.2
def test_a_jpeg_is_an_array_of_height_width_and_3(tmp_path, size):
    image = load_image(saved(tmp_path / "photo.jpg", np.full((*size, 3), 77)))
    assert image.shape == (*size, 3)
    assert image.dtype == np.uint8
    assert image.size == {(32, 32): 3072, (480, 480): 691_200, (5, 9): 135}[size]
    assert (image == 77).all()


def test_channels_are_red_green_blue(tmp_path):  # guide row A1.5
    image = load_image(saved(tmp_path / "pink.png", [[HOT_PINK]]))
    assert tuple(image[0, 0]) == HOT_PINK == tuple(bytes.fromhex("FF69B4"))


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[0, 255]], [[[0] * 3, [255] * 3]]),  # guide row A1.4: black and white
        ([[[*HOT_PINK, 128]]], [[[255, 180, 217]]]),  # half of it on white
    ],
    ids=["gray", "alpha"],
)
def test_a_png_of_any_colors_becomes_rgb(tmp_path, pixels, expected):
    assert load_image(saved(tmp_path / "a.png", pixels)).tolist() == np.array(expected).tolist()


@pytest.mark.parametrize("size", [(6, 5), (4, 4)])
def test_transparent_parts_of_arrays_are_white_as_in_files(tmp_path, size):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    file = load_image(saved(tmp_path / "a.png", pixels), (*size, 3))
    np.testing.assert_array_equal(as_image(pixels, (*size, 3)), file)
    floats = as_image(pixels / 255, (*size, 3))
    scale = 255 if floats.dtype != np.uint8 else 1
    assert np.abs(floats * scale - file.astype(float)).max() <= 1


def test_an_extension_does_not_matter(tmp_path):
    path = saved(tmp_path / "a.png", [[HOT_PINK]]).rename(tmp_path / "a.jpg")
    assert load_image(str(path)).shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", "expected an image, got an empty file"),
        (
            lambda _: b"no image",
            "expected a JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC image, .* begins with b'no imag",
        ),
        (lambda content: content[: len(content) // 2], "expected an image, got another or"),
    ],
)
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
def test_a_damaged_file_is_named(tmp_path, name, damage, message):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    path = saved(tmp_path / name, noise)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=f"{name}: {message}"):
        load_image(path)


def test_what_is_missing_is_told(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"none\.jpg"):
        load_image(tmp_path / "none.jpg")
    path = saved(tmp_path / "pink.png", [[HOT_PINK]])
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image")
    with pytest.raises(ImportError, match=r"'PIL': pip install pillow$"):
        load_image(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4), (2, 4, 6, 3)])
def test_colors_come_and_go(shape, dtype):  # guide row A1.4
    images = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    rgb, gray = to_rgb(images), to_grayscale(images)
    assert rgb.dtype == gray.dtype == dtype
    leading = shape if len(shape) == 2 else shape[:-1]
    assert rgb.shape == (*leading, 3)
    assert gray.shape == (*leading, 1)
    np.testing.assert_array_equal(to_grayscale(to_rgb(gray)), gray)
    np.testing.assert_array_equal(to_rgb(rgb), rgb)


def test_gray_is_pillows_gray():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    theirs = np.asarray(Image.fromarray(pixels).convert("L"), int)
    assert np.abs(to_grayscale(pixels)[..., 0] - theirs).max() <= 1


@pytest.mark.parametrize("convert", [to_rgb, to_grayscale])
@pytest.mark.parametrize("shape", [(5,), (4, 6, 2), (3, 4, 6)])
def test_other_shapes_are_told(convert, shape):
    with pytest.raises(ValueError, match=r"images: expected shape \(H, W\) or .*got"):
        convert(np.zeros(shape))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(40, 64), (64, 40), (16, 16), (5, 7)])
@pytest.mark.parametrize("size", [(16, 16), (16, 24), (30, 10)])
def test_an_image_is_resized_to_cover_and_cut_to_the_middle(tmp_path, shape, size, channels):
    # The oracle does the two one after the other, and therefore in whole pixels.
    image = np.add.outer(np.arange(shape[0]) * 2, np.arange(shape[1]) * 1.5).astype(np.uint8)
    scale = max(size[0] / shape[0], size[1] / shape[1])
    height, width = round(shape[0] * scale), round(shape[1] * scale)
    whole = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    expected = whole[top : top + size[0], left : left + size[1]].astype(int)
    fitted = load_image(saved(tmp_path / "a.png", image), (*size, channels))
    assert fitted.shape == (*size, channels)
    assert fitted.dtype == np.uint8
    # One pixel of the result is 2 / scale shades wide; rounding moves the image by half of one.
    np.testing.assert_allclose(fitted[..., 0], expected, atol=2 + 1.5 / scale)


def test_small_images_are_averages_of_large_ones(tmp_path):
    checkered = saved(tmp_path / "a.png", np.indices((64, 64)).sum(axis=0) % 2 * 200)
    assert np.abs(load_image(checkered, (8, 8, 1)).astype(int) - 100).max() <= 1


def test_an_image_of_the_size_keeps_its_pixels(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(load_image(saved(tmp_path / "a.png", image), (5, 9, 3)), image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 100_000), (100_000, 1)])
def test_odd_sizes_are_fitted(tmp_path, shape):
    path = saved(tmp_path / "a.png", np.full((*shape, 3), 9))
    assert (load_image(path, (32, 48, 3)) == 9).all()
