"""What an exported file says of its network, and what is not exported."""

import dataclasses
import json
import sys
from unittest.mock import Mock

import numpy as np
import onnx
import pytest
from flax import nnx
from onnx_files import distance, in_onnx, inputs_for, network, session
from small import FlaxModule

import jaxcnn
from jaxcnn import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Embedding,
    Flatten,
    GlobalAvgPool,
    Residual,
    Sequential,
)
from jaxcnn.data import Multilabel, Preprocessing, Regression
from jaxcnn.export.onnx_graph._graph import Graph
from jaxcnn.inference import Network, Normalization, Origin, functionalize

NET = Sequential([Conv(4, 3, name="stem"), BatchNorm(), GlobalAvgPool(), Dense(3)])
SHAPE = (7, 9, 3)
ORIGIN = Origin("timm/resnet18.a1_in1k", "0" * 40, "1" * 64)


@pytest.fixture
def found():
    return network(NET, SHAPE, names=("cat", "dog", "ü"), origin=ORIGIN)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


def test_what_is_written_is_printed(found, path):
    written = jaxcnn.export.onnx(found, path)
    assert written.path == path
    assert written.bytes == path.stat().st_size
    taken, returned = "images uint8 (N, 7, 9, 3)", "logits float32 (N, 3)"
    assert str(written).startswith(f"{path}: {taken} to {returned}; 9 nodes of opset 18, ")
    (one,), (other,) = session(path).get_inputs(), session(path).get_outputs()
    assert (one.name, one.type, one.shape) == ("images", "tensor(uint8)", ["N", *SHAPE])
    assert (other.name, other.shape) == ("logits", ["N", 3])


def test_the_same_network_gives_the_same_bytes(found, path):
    jaxcnn.export.onnx(found, path)
    first = path.read_bytes()
    jaxcnn.export.onnx(jaxcnn.Run(found), str(path), overwrite=True)
    assert path.read_bytes() == first


def test_weights_have_the_names_of_the_module_and_nodes_those_of_layers(found, path):
    jaxcnn.export.onnx(found, path)
    graph = onnx.load(path).graph
    names = {each.name for each in graph.initializer}
    assert names >= {"layers.stem.kernel", "layers.1.var", "layers.3.bias"}
    assert [node.name for node in graph.node][-5:] == [
        *("layers.stem/Conv", "layers.1/BatchNormalization", "layers.2/GlobalAveragePool"),
        *("layers.2/Flatten", "layers.3/Gemm"),
    ]
    assert all(each.raw_data for each in graph.initializer)


def test_classes_input_and_provenance_are_in_the_file(found, path):
    how = Preprocessing("bicubic", 0.95)
    jaxcnn.export.onnx(dataclasses.replace(found, preprocessing=how), path)
    model = onnx.load(path)
    content = {each.key: json.loads(each.value) for each in model.metadata_props}
    assert content["class_names"] == ["cat", "dog", "ü"]
    assert content["input"] == {"name": "images", "dtype": "uint8", "shape": ["N", *SHAPE]}
    assert content["inside"] == {"from_pixels": True, "resize": False, "softmax": False}
    assert content["normalization"] == {"mean": [0.4] * 3, "std": [0.3] * 3}
    assert content["preprocessing"] == how.to_dict()
    assert content["origin"] == ORIGIN.to_dict()
    assert content["versions"]["onnx"] == onnx.__version__
    assert (model.producer_name, model.producer_version) == ("jaxcnn", jaxcnn.__version__)


@pytest.mark.thorough
@pytest.mark.parametrize("task", [jaxcnn.data.SingleLabel(), Multilabel()])
def test_probabilities_are_computed_inside(task, path):
    found = network(NET, SHAPE, task=task)
    inputs = inputs_for(found, 3, normalized=False)
    written = jaxcnn.export.onnx(found, path, softmax=True)
    assert written.outputs[0].name == "probabilities"
    (probabilities,) = in_onnx(path, inputs)
    assert distance(probabilities, found.predict_proba(inputs)) < 1e-5


def test_a_regression_returns_numbers(path):
    found = network(NET, SHAPE, task=Regression())
    assert jaxcnn.export.onnx(found, path).outputs[0].name == "numbers"
    with pytest.raises(ValueError, match="softmax: expected False for a regression"):
        jaxcnn.export.onnx(found, path, softmax=True, overwrite=True)


def test_texts_are_int64(path):
    found = network(Sequential([Embedding(10, 4), Flatten(), Dense(3)]), (7,))
    assert str(jaxcnn.export.onnx(found, path).inputs[0]) == "tokens int64 (N, 7)"


@pytest.mark.parametrize("opset", [20, 23])
def test_newer_opsets_compute_the_same(opset, found, tmp_path):
    inputs = inputs_for(found, 3, normalized=False)
    outputs = []
    for each in (18, opset):
        jaxcnn.export.onnx(found, tmp_path / f"{each}.onnx", opset=each)
        assert onnx.load(tmp_path / f"{each}.onnx").opset_import[0].version == each
        outputs += in_onnx(tmp_path / f"{each}.onnx", inputs)
    assert np.array_equal(*outputs)


@dataclasses.dataclass(frozen=True)
class Twice(jaxcnn.Layer):
    """A layer of the user's own."""

    def output_shape(self, input_shape):
        return input_shape

    def build(self, input_shape, *, rngs):
        del input_shape, rngs
        return nnx.Sequential()


@dataclasses.dataclass(frozen=True)
class MyConv(Conv):
    """A layer of the library, changed in ways that nobody knows."""


def test_custom_layers_and_modules_are_refused_by_name(found, path):
    nested = dataclasses.replace(found, architecture=Sequential([Residual([Twice()]), Dense(3)]))
    expected = r"got the custom Twice at layers\[0\].layers\[0\] \(rebuild it"
    with pytest.raises(ValueError, match=expected):
        jaxcnn.export.onnx(nested, path)
    changed = dataclasses.replace(found, architecture=MyConv(3, 3))
    with pytest.raises(ValueError, match=r"got the custom MyConv \(rebuild it"):
        jaxcnn.export.onnx(changed, path)
    module = Network(
        *functionalize(FlaxModule(nnx.Rngs(0))), Normalization((0.5,), (0.5,)), (8, 8, 1), "abc"
    )
    with pytest.raises(ValueError, match="got a network that was given as a Flax module"):
        jaxcnn.export.onnx(module, path)
    with pytest.raises(TypeError, match="network: expected a trained network or a run, got str"):
        jaxcnn.export.onnx("runs/mine", path)
    assert not path.exists()


def test_paths_that_are_refused(found, path, tmp_path):
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .onnx, got 'a.pb'"):
        jaxcnn.export.onnx(found, "a.pb")
    with pytest.raises(TypeError, match="path: expected the path of a file, got None"):
        jaxcnn.export.onnx(found, None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(FileNotFoundError, match="expected an existing folder, got none"):
        jaxcnn.export.onnx(found, tmp_path / "none" / "network.onnx")
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"expected a new file, got .* \(overwrite=True"):
        jaxcnn.export.onnx(found, path)
    assert path.read_bytes() == b"mine"


def test_options_that_are_refused(found, path):
    for opset in (17, 1000):
        with pytest.raises(ValueError, match=rf"opset: expected 18 to \d+, got {opset}"):
            jaxcnn.export.onnx(found, path, opset=opset)
    with pytest.raises(ValueError, match="resize: expected False without from_pixels"):
        jaxcnn.export.onnx(found, path, from_pixels=False, resize=True)
    signals = network(NET, (9, 2))
    with pytest.raises(ValueError, match="resize: expected False for a network of signals"):
        jaxcnn.export.onnx(signals, path, resize=True)
    for how in (
        Preprocessing("lanczos"),
        Preprocessing("nearest"),
        Preprocessing(crop_mode="border"),
    ):
        with pytest.raises(ValueError, match="resize: expected False for a preprocessing with"):
            jaxcnn.export.onnx(dataclasses.replace(found, preprocessing=how), path, resize=True)
    assert not path.exists()


def test_weights_beyond_2_gb_are_in_a_second_file(path, monkeypatch):
    monkeypatch.setattr("jaxcnn.export.onnx_graph._model.MAX_BYTES", 0)
    net = Sequential([Flatten(), Dense(40), Activation("relu"), Dense(40), Dense(3)])
    found = network(net, (8, 8, 1))
    export = jaxcnn.export.onnx(found, path)
    assert export.data == path.with_name("network.onnx.data")
    assert str(export).startswith(f"{path} and network.onnx.data: images uint8")
    assert export.bytes == path.stat().st_size + export.data.stat().st_size
    assert path.stat().st_size < 8_000
    onnx.checker.check_model(path, full_check=True)
    arrays = onnx.load(path, load_external_data=False).graph.initializer
    offsets = [int(each.external_data[1].value) for each in arrays if each.external_data]
    assert offsets == [0, 12_288]  # 64 × 40 numbers, in whole pages
    inputs = inputs_for(found, 5, normalized=False)
    assert distance(in_onnx(path, inputs)[0], found.logits(inputs)) < 1e-6
    assert jaxcnn.export.OnnxNetwork(path).class_names == found.class_names
    with pytest.raises(ValueError, match=r"one of less than 2 GB, which fits into one ONNX file"):
        jaxcnn.export.OnnxNetwork(found)


def test_a_second_file_is_replaced_with_the_first_and_missed_without_it(path, monkeypatch):
    data = path.with_name("network.onnx.data")
    large = network(Sequential([Flatten(), Dense(40), Dense(3)]), (8, 8, 1))
    monkeypatch.setattr("jaxcnn.export.onnx_graph._model.MAX_BYTES", 0)
    jaxcnn.export.onnx(large, path)
    kept = path.read_bytes(), data.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("onnx.checker.check_model", Mock(side_effect=onnx.checker.ValidationError))
        with pytest.raises(onnx.checker.ValidationError):
            jaxcnn.export.onnx(large, path, overwrite=True)
    assert (path.read_bytes(), data.read_bytes()) == kept
    assert {each.name for each in path.parent.iterdir()} == {path.name, data.name, "predict.py"}
    data.rename(path.with_name("other.data"))
    with pytest.raises(ValueError, match=r"expected its weights beside it in network.onnx.data"):
        jaxcnn.export.OnnxNetwork(path)
    path.with_name("other.data").rename(data)
    path.unlink()
    with pytest.raises(FileExistsError, match=r"network.onnx.data: expected a new file"):
        jaxcnn.export.onnx(large, path, predictor=False)
    monkeypatch.undo()
    jaxcnn.export.onnx(large, path, predictor=False)
    assert data.exists()  # it may be of something else
    jaxcnn.export.onnx(large, path, overwrite=True)
    assert not data.exists()


def test_nothing_is_written_that_the_checker_refuses(found, path, monkeypatch):
    make = Graph.node
    monkeypatch.setattr(
        Graph, "node", lambda self, op, *rest: make(self, op.replace("Gemm", "Germ"), *rest)
    )
    with pytest.raises(onnx.checker.ValidationError, match="Germ"):
        jaxcnn.export.onnx(found, path)
    assert not path.exists()


def test_without_the_package_the_error_names_what_installs_it(found, path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"'onnx': pip install 'jaxcnn\[onnx\]'"):
        jaxcnn.export.onnx(found, path)
