"""Pixels that are normalized inside the file, and pictures of any size that are resized there."""

import numpy as np
import pytest
from onnx_files import distance, exported, in_onnx, inputs_for, network
from PIL import Image

from jaxcnn import Conv, Dense, GlobalAvgPool, Sequential
from jaxcnn.data import Preprocessing
from jaxcnn.data.pictures._load_image import fit_image

NET = Sequential([Conv(4, 3), GlobalAvgPool(), Dense(3)])
SAME = Sequential([])
"""Returns the normalized image, so that each pixel can be compared."""

SMALL = [(16, 24), (40, 31), (11, 9)]
LARGE = [(200, 300), (301, 200), (90, 99)]


@pytest.mark.parametrize("shape", [(9, 2), (7, 9, 3), (4, 5, 6, 2)])
def test_inputs_are_normalized_inside(shape, tmp_path):
    found = network(NET, shape)
    inputs = inputs_for(found, 3, normalized=False)
    (logits,) = in_onnx(exported(found, tmp_path), inputs)
    assert distance(logits, found.logits(inputs)) < 1e-5


def smooth(height, width):
    """A picture of soft colors with a little noise, as a photo has."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (7, 9, 3), np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noisy = picture.astype(int) + rng.integers(-8, 9, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


PREPROCESSINGS = [
    *(Preprocessing(name, 0.875) for name in ("bilinear", "bicubic")),
    Preprocessing("bilinear"),
    Preprocessing("bicubic", 0.95, "squash"),
]


def pixels(preprocessing, target, picture, folder):
    """The resized picture as 0 to 255, in ONNX Runtime and as jaxcnn does it with Pillow."""
    found = network(SAME, (*target, 3), preprocessing=preprocessing)
    (outputs,) = in_onnx(exported(found, folder, resize=True), picture[None])
    mean, std = (np.array(each) for each in (found.normalization.mean, found.normalization.std))
    expected = fit_image(picture, (*target, 3), preprocessing)
    return (outputs[0] * std + mean) * 255, expected.astype(float)


@pytest.mark.parametrize("target", [(16, 16), (16, 24)], ids=str)
@pytest.mark.parametrize("preprocessing", PREPROCESSINGS, ids=str)
def test_pictures_become_the_pixels_of_pillow(preprocessing, target, tmp_path):
    for size in [*SMALL, *LARGE]:
        found, expected = pixels(preprocessing, target, smooth(*size), tmp_path)
        distances = np.abs(found - expected)
        is_enlarged = size[0] < target[0]  # where ONNX has other weights at the edges
        assert distances.max() < (8.1 if is_enlarged else 3.1)
        assert distances.mean() < (0.6 if is_enlarged else 0.3)


@pytest.mark.parametrize("target", [(16, 16), (16, 24)], ids=str)
def test_without_a_preprocessing_pictures_are_cropped_by_whole_pixels(target, tmp_path):
    for size, largest, mean in [(200, 300), 3.1, 0.5], [(301, 200), 3.1, 0.5], [(90, 99), 10, 2]:
        distances = np.abs(np.subtract(*pixels(None, target, smooth(*size), tmp_path)))
        assert distances.max() < largest
        assert distances.mean() < mean
    for size in [(1, 50), (50, 1), target]:
        assert pixels(None, target, smooth(*size), tmp_path)[0].shape == (*target, 3)
