"""Tiles of an image have the outputs of the whole image."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import small
from flax import nnx
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import jaxcnn
from jaxcnn import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    GlobalAvgPool,
    MaxPool,
    Parallel,
    Residual,
    Sequential,
)
from jaxcnn.architecture import Tiling
from jaxcnn.data import Regression
from jaxcnn.inference import Network, Normalization, functionalize

DENSE = Sequential(
    [
        Conv(4, 3, 2),
        BatchNorm(),
        MaxPool(3, 2, padding=1),
        Residual([Conv(4, 3), Activation("relu")]),
        ConvTranspose(2, 4, 2),
    ]
)
POINTWISE = Sequential([Dense(2)])
"""For what is asserted of any network: it compiles in a tenth of the time."""


def network_of(architecture, input_shape=(32, 32, 1), kind="images"):
    module = jaxcnn.build(architecture, input_shape, rngs=nnx.Rngs(0))
    apply, variables = functionalize(module)
    names = tuple(map(str, range(architecture.output_shape(input_shape)[-1])))
    normalization = Normalization((0.5,), (0.25,))
    return Network(apply, variables, normalization, input_shape, names, architecture, kind=kind)


def image_of(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def untiled(network, image):
    outputs, _ = network.apply(network.variables, network.normalization(image[None]), train=False)
    return np.asarray(outputs)[0]


@pytest.mark.thorough
def test_outputs_are_those_of_the_whole_image(tmp_path):
    network, image = network_of(DENSE), image_of(61, 90, 1)
    expected = untiled(network, image)
    found = network.predict_tiled(image, tile=(37, 46))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    stored = np.memmap(tmp_path / "image", np.uint8, "w+", shape=image.shape)
    stored[:] = image
    out = np.memmap(tmp_path / "out", np.float32, "w+", shape=expected.shape)
    assert network.predict_tiled(stored, tile=(37, 46), out=out, batch_size=2) is out
    out.flush()
    read = np.fromfile(tmp_path / "out", np.float32).reshape(expected.shape)
    np.testing.assert_allclose(read, expected, rtol=1e-6, atol=1e-6)


def test_a_private_memory_map_keeps_its_changes(tmp_path):
    np.zeros((20, 20, 1), np.uint8).tofile(tmp_path / "image")
    image = np.memmap(tmp_path / "image", np.uint8, "c", shape=(20, 20, 1))
    image[3, 4] = 200
    network = network_of(POINTWISE)
    found = network.predict_tiled(image, tile=8)
    assert image[3, 4] == 200
    np.testing.assert_array_equal(found, network.predict_tiled(np.array(image), tile=8))


def test_volumes():
    network = network_of(POINTWISE, (9, 10, 11, 1), "volumes")
    values = np.random.default_rng(0).normal(size=(9, 10, 11, 1)).astype(np.float32)
    found = network.predict_tiled(values, tile=7)
    np.testing.assert_allclose(found, untiled(network, values), rtol=1e-6, atol=1e-6)


class Slices:
    """An image as other libraries hold them: a shape, and arrays for slices."""

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def __getitem__(self, key):
        return self.array[key]


def test_other_arrays_on_disk():
    network, image = network_of(POINTWISE), image_of(20, 30, 1)
    found = network.predict_tiled(Slices(image), tile=8)
    np.testing.assert_array_equal(found, network.predict_tiled(image, tile=8))


def test_the_backbone_has_the_features_before_the_head():
    network = network_of(Sequential([Dense(5), GlobalAvgPool(), Dense(2)]))
    maps, image = network.backbone(), image_of(32, 32, 1)
    assert (maps.architecture, maps.task) == (Sequential([Dense(5)]), Regression())
    assert maps.class_names == tuple(f"feature {n}" for n in range(5))
    found = maps.predict_tiled(image, tile=16)
    kernel, bias = (network.variables.params["layers"][2][name][...] for name in ("kernel", "bias"))
    logits = network.logits(image[None])[0]
    np.testing.assert_allclose(found.mean((0, 1)) @ kernel + bias, logits, rtol=1e-4, atol=1e-5)


def test_a_head_without_weights_leaves_the_classes():
    network = network_of(Sequential([Dense(2), GlobalAvgPool()]))
    maps = network.backbone()
    assert (maps.class_names, maps.task) == (network.class_names, network.task)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"image": "a.tif"}, TypeError, r"image: expected an array or a memory map \(H, W, 1\)"),
        ({"image": image_of(9, 9)}, ValueError, r"got \(9, 9\) \(add the channel axis"),
        ({"image": image_of(1, 9, 9, 1)}, ValueError, r"\(pass one image, without a batch axis"),
        ({"image": image_of(1, 9, 8)}, ValueError, r"\(move the channels last: np.moveaxis"),
        ({"image": image_of(9, 9, 1).astype(np.int32) - 300}, TypeError, "expected dtype uint8"),
        ({"image": np.full((9, 9, 1), 7.0)}, ValueError, "image: expected"),
        ({"tile": 0}, ValueError, "tile: expected at least 1, got 0"),
        ({"tile": 4}, ValueError, "tile: expected at least 5, got 4"),
        ({"tile": (4, 9, 9)}, ValueError, r"tile: expected an integer, or one per axis \(2\)"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1"),
        ({"out": np.empty((9, 9, 1))}, ValueError, r"out: expected shape \(9, 9, 2\), got"),
        ({"out": np.empty((9, 9, 2), int)}, TypeError, "out: expected floating point, got int64"),
    ],
)
def test_what_does_not_fit_is_named(options, error, message):
    network = network_of(Sequential([Conv(2, 5)]))
    with pytest.raises(error, match=message):
        network.predict_tiled(**{"image": image_of(9, 9, 1), "tile": 9} | options)


def test_networks_that_cannot_be_cut():
    network = network_of(small.LINEAR, (8, 8, 1))
    with pytest.raises(ValueError, match=r"^layers\[0\] Flatten: expected .* Network.backbone"):
        network.predict_tiled(image_of(8, 8, 1))
    module = dataclasses.replace(network, architecture=None)
    with pytest.raises(ValueError, match="network: expected one that was built from layers"):
        module.predict_tiled(image_of(8, 8, 1))
    tokens = dataclasses.replace(network, kind="tokens", input_shape=(8,), normalization=NOTHING)
    with pytest.raises(ValueError, match="network: expected one of images, signals or volumes"):
        tokens.predict_tiled(image_of(8))


NOTHING = Normalization((), ())


sides = st.integers(1, 4)
windows = {
    "strides": st.integers(1, 3),
    "padding": st.sampled_from(["SAME", "VALID", 1, ((0, 1), (1, 0))]),
}
pooled = {"strides": st.integers(1, 3), "ceil_mode": st.booleans()}
layers = st.one_of(
    st.builds(Conv, sides, sides, kernel_dilation=st.integers(1, 2), **windows),
    st.builds(DepthwiseConv, sides, **windows),
    st.builds(ConvTranspose, sides, sides, **windows),
    st.builds(MaxPool, st.integers(2, 3), padding=st.sampled_from(["SAME", 0, 1]), **pooled),
    st.builds(AvgPool, sides, count_include_pad=st.booleans(), **pooled),
    st.builds(lambda side: Residual([Conv(3, side)], [Conv(3, 1)]), sides),
    st.builds(
        lambda side: Parallel([Conv(2, side, 2), MaxPool(2, padding="SAME")], "concat"), sides
    ),
)


def is_small(net, shape):
    try:
        return max(np.prod(size) for size in net.layer_shapes(shape)) < 50_000
    except ValueError:
        return False  # a window does not fit


def tiles_fit(net, shape, tile):
    try:
        return all(axis.spans(tile) for axis in Tiling.of(net, shape).axes)
    except ValueError:
        return False


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.lists(layers, min_size=1, max_size=4), st.integers(24, 60), st.integers(24, 60))
def test_any_chain_of_windows_is_exact(chain, height, tile):
    shape = (height, 40, 2)
    net = Sequential([*chain, Conv(2, 1)])
    assume(is_small(net, shape) and tiles_fit(net, shape, tile))
    network, image = network_of(net, shape), image_of(*shape)
    found = network.predict_tiled(image, tile=tile)
    expected = untiled(network, image)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.slow
def test_a_huge_image_takes_little_memory(tmp_path):
    script = Path(__file__).parents[2] / "experiments" / "benchmarks" / "tiled.py"
    command = [sys.executable, str(script), "--folder", str(tmp_path), "--side", "20000"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
