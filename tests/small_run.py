"""Fixtures: a small network with weights drawn at random, in a folder, and pictures for it."""

import dataclasses

import numpy as np
import pytest
import small
from flax import nnx
from PIL import Image

import jaxcnn
from jaxcnn.data import Multilabel
from jaxcnn.inference import Network, Normalization, functionalize


@pytest.fixture(scope="session")
def network():
    data = small.dataset(channels=3)
    apply, variables = functionalize(
        jaxcnn.build(small.NETWORK, data.input_shape, rngs=nnx.Rngs(3))
    )
    normalization = Normalization.of(data)
    names = ("cat", "dog", "bird")
    return Network(apply, variables, normalization, data.input_shape, names, small.NETWORK)


@pytest.fixture(scope="session")
def many(network):
    """The same with any number of labels an image."""
    return dataclasses.replace(network, task=Multilabel())


@pytest.fixture(scope="session")
def run(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    jaxcnn.Run(network).save(folder)
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A photo of 480×480, nine PNG files of several sizes, a hidden one, a broken one and text."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)

    def save(path, height, width, *channels):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (height, width, *channels), np.uint8)).save(path)

    save(folder / "photo.jpg", 480, 480, 3)
    for number in range(2, 11):
        save(folder / "more" / f"{number}.png", number, 20 - number, *[3] * (number % 2))
    save(folder / "more" / ".hidden.png", 4, 4)
    (folder / "more" / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return folder
