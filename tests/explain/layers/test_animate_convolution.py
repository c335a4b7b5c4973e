from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d

from jaxcnn import explain
from jaxcnn import functional as F
from jaxcnn.explain.layers._animations import filter_slide

RNG = np.random.default_rng(0)
IMAGE, KERNEL = RNG.integers(-9, 10, (5, 6)), RNG.integers(-3, 4, (3, 2))


def test_outputs_are_the_correlation():  # guide row A8.18
    slide = filter_slide(IMAGE, KERNEL, 1, "VALID")
    np.testing.assert_array_equal(slide.outputs, correlate2d(IMAGE, KERNEL, "valid"))
    assert not slide.is_padding.any()
    assert slide.names == ("image", "filter", "output")


@pytest.mark.parametrize(
    ("strides", "padding"), [(1, "SAME"), ((2, 1), "CIRCULAR"), ((1, 2), 1), (2, [(0, 2), 1])]
)
def test_strides_and_padding_are_those_of_the_library(strides, padding):
    slide = filter_slide(IMAGE, KERNEL, strides, padding)
    images, kernel = IMAGE[None, ..., None] * 1.0, KERNEL[..., None, None] * 1.0
    expected = F.conv(images, kernel, strides=strides, padding=padding)[0, ..., 0]
    np.testing.assert_allclose(slide.outputs, expected, atol=1e-4)
    assert slide.numbers[~slide.is_padding].tolist() == IMAGE.ravel().tolist()


def test_the_sum_behind_a_number_is_written_out():
    slide = filter_slide([[50, 20], [0, -1]], [[30, -2], [1, 0.5]], 1, 0)
    assert slide.formulas == ["50·30 + 20·(−2) + 0·1 + (−1)·0.5 = 1460"]


@pytest.mark.thorough
def test_a_gif_has_a_frame_for_each_number(tmp_path):
    image = np.eye(5)[:, :4]
    path = explain.animate_convolution(image, np.ones((3, 3)), tmp_path / "a.gif", milliseconds=500)
    with Image.open(path) as gif:
        assert gif.format == "GIF"
        assert gif.n_frames == 3 * 2
        assert gif.width == 800
        assert gif.info["loop"] == 0
        assert gif.info["duration"] == 500
        frames = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            frames.append(np.asarray(gif.convert("RGB")))
    assert all((a != b).any() for a, b in pairwise(frames))
    assert frames[0][0, 0].min() > 250  # white
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.zeros((2, 2, 1))}, r"image: expected shape \(H, W\), .* got \(2, 2, 1\)"),
        ({"image": [[np.nan]]}, "image: expected finite"),
        ({"kernel": np.ones(3)}, r"kernel: expected shape \(h, w\), .* got \(3,\)"),
        ({"kernel": np.ones((6, 2))}, "at least as large as the window, 6×2, got 5×6"),
        ({"image": np.zeros((8, 13))}, "image: expected at most 12×12 .* got 8×13"),
        (
            {"image": np.zeros((12, 12))},
            r"at most 100 positions of the window, .* got 110 \(take larger",
        ),
        ({"padding": "same"}, "padding: expected one of SAME, VALID"),
        ({"strides": 0}, "strides: expected at least 1, got 0"),
        ({"path": "a.png"}, r"path: expected a name that ends in \.gif, got a\.png"),
        ({"milliseconds": 5}, "milliseconds: expected at least 20, got 5"),
    ],
)
def test_errors(change, message):
    arguments = {"image": IMAGE, "kernel": KERNEL, "path": "a.gif"} | change
    with pytest.raises(ValueError, match=message):
        explain.animate_convolution(**arguments)
