"""int8 files of ONNX Runtime's tool: what they predict, their size, and what is refused."""

import numpy as np
import onnx
import pytest
from onnx_files import network

import jaxcnn
from jaxcnn import Activation, BatchNorm, Conv, Dense, GlobalAvgPool, MaxPool, Sequential
from jaxcnn.data import Dataset, Regression
from jaxcnn.export import OnnxNetwork, quantize

NET = Sequential(
    [
        *(Conv(16, 3), BatchNorm(), Activation("relu"), MaxPool(2)),
        *(Conv(32, 3), BatchNorm(), Activation("relu"), GlobalAvgPool(), Dense(3)),
    ]
)
SHAPE = (8, 8, 3)


@pytest.fixture(scope="module")
def labeled():
    """Images of one color more than the others, and some noise."""
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    images = rng.integers(0, 160, (120, *SHAPE))
    images[np.arange(120), :, :, labels] += 90
    return Dataset(images.astype(np.uint8), labels, ("red", "green", "blue"))


@pytest.fixture(scope="module")
def folder(labeled, tmp_path_factory):
    """A network in two forms, whose classes are what it predicts of most images."""
    folder = tmp_path_factory.mktemp("quantized")
    found = network(NET, SHAPE, names=labeled.class_names)
    jaxcnn.export.onnx(found, folder / "given.onnx", predictor=False)
    rewritten = jaxcnn.rewrite(found, labeled).network
    jaxcnn.export.onnx(rewritten, folder / "small.onnx", predictor=False)
    return folder


@pytest.fixture(scope="module")
def predicted(labeled, folder):
    """The same images, labeled as the network in float32 predicts."""
    logits = OnnxNetwork(folder / "small.onnx").outputs(labeled.images)
    return Dataset(labeled.images, logits.argmax(1), labeled.class_names)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["given", "small"])
def test_an_int8_file_predicts_nearly_the_same(name, folder, predicted):
    source, target = folder / f"{name}.onnx", folder / f"{name}-int8.onnx"
    found = quantize(source, target, predicted.images[:60], test=predicted)
    assert found.path == target
    assert (found.calibrated_on, found.examples, found.measure) == (60, 120, "accuracy")
    assert found.before.score == 1
    assert found.after.score == found.same / 120 > 0.9
    low, high = found.after.interval
    assert low < found.after.score <= high
    assert found.after.bytes == target.stat().st_size
    model, given = onnx.load(target), onnx.load(source)
    assert [*model.metadata_props] == [*given.metadata_props]
    kernels = {each.data_type for each in model.graph.initializer if "kernel" in each.name}
    assert onnx.TensorProto.INT8 in kernels
    ops = [node.op_type for node in model.graph.node]
    assert {"QuantizeLinear", "DequantizeLinear"} <= {*ops}
    assert "BatchNormalization" not in ops  # the tool's pre-processing folds them, too
    outputs = OnnxNetwork(target).outputs(predicted.images)
    wanted = OnnxNetwork(source).outputs(predicted.images)
    assert 0 < np.linalg.norm(outputs - wanted) < 0.1 * np.linalg.norm(wanted)


def test_what_is_printed(folder, predicted):
    found = quantize(
        folder / "small.onnx", folder / "again.onnx", predicted, calibration="percentile"
    )
    assert (found.examples, found.same, found.after.score) == (0, None, None)
    heading, head, before, after = str(found).splitlines()
    assert heading == f"{folder / 'again.onnx'}, calibrated on 120 inputs:"
    assert head.split() == ["numbers", "size"]
    assert before.split()[0] == "float32"
    assert after.split()[0] == "int8"


def test_a_regression_has_an_error_in_place_of_the_accuracy(tmp_path):
    net = Sequential([Conv(4, 3), Activation("relu"), GlobalAvgPool(), Dense(1)])
    found = network(net, SHAPE, task=Regression())
    images = np.random.default_rng(0).integers(0, 256, (40, *SHAPE), np.uint8)
    test = Dataset(images, found.predict(images), found.class_names, task=Regression())
    jaxcnn.export.onnx(found, tmp_path / "a.onnx", predictor=False)
    made = quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", images / np.float32(255), test=test)
    assert made.measure == "mean squared error"
    assert made.before.score < 1e-8 < made.after.score
    assert (made.after.interval, made.same) == (None, None)


def test_inputs_that_are_normalized_already(tmp_path, labeled):
    found = network(NET, SHAPE, names=labeled.class_names)
    jaxcnn.export.onnx(found, tmp_path / "a.onnx", from_pixels=False, predictor=False)
    with pytest.raises(ValueError, match="images: expected an array of normalized inputs"):
        quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", labeled)
    with pytest.raises(TypeError, match="images: expected normalized floats, got uint8"):
        quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", labeled.images)
    normalized = np.asarray(found.normalization(labeled.images))
    made = quantize(tmp_path / "a.onnx", tmp_path / "b.onnx", normalized)
    assert made.calibrated_on == 120


def test_what_is_refused(folder, labeled, tmp_path):
    file, images = folder / "small.onnx", labeled.images
    other = Dataset(images, labeled.labels, ("red", "blue", "green"))
    for target, inputs, options, kind, match in (
        (file, images, {}, FileExistsError, "expected a new file, got one that exists"),
        (file, images, {"overwrite": True}, ValueError, "path: expected another file than"),
        ("int8", images, {}, ValueError, "path: expected a name that ends in .onnx"),
        ("a.onnx", images[:0], {}, ValueError, "images: expected at least one, got none"),
        ("a.onnx", images[:, :4], {}, ValueError, r"inputs: expected shape \(N, 8, 8, 3\), got"),
        ("a.onnx", images, {"test": other}, ValueError, "test: expected the classes of `network`"),
        ("a.onnx", images, {"test": images}, TypeError, "test: expected a data set"),
        ("a.onnx", images, {"calibration": "max"}, ValueError, "calibration: expected"),
    ):
        with pytest.raises(kind, match=match):
            quantize(file, tmp_path / target, inputs, **options)
    run = jaxcnn.Run(network(NET, SHAPE))
    with pytest.raises(
        TypeError, match=r"^file: expected the path of an ONNX file, got Run \(jaxc"
    ):
        quantize(run, tmp_path / "a.onnx", images)
    with pytest.raises(TypeError, match=r"^images: expected a labeled set or an array .*, got Run"):
        quantize(file, tmp_path / "a.onnx", run)
    assert not [*tmp_path.iterdir()]


def test_a_file_with_a_second_one_is_refused(labeled, tmp_path, monkeypatch):
    file = tmp_path / "a.onnx"
    monkeypatch.setattr("jaxcnn.export.onnx_graph._model.MAX_BYTES", 0)
    found = network(NET, SHAPE)
    assert jaxcnn.export.needs_data_file(found)
    jaxcnn.export.onnx(found, file, predictor=False)
    with pytest.raises(ValueError, match=r"^file: expected one without a second file, got"):
        quantize(file, tmp_path / "b.onnx", labeled.images)
    assert not (tmp_path / "b.onnx").exists()
