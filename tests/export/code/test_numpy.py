"""Python files with NumPy: how they predict, and what is not written."""

import dataclasses
import subprocess
import sys

import jax
import numpy as np
import pytest
from code_files import module
from onnx_files import distance, inputs_for, network
from PIL import Image

import jaxcnn
from jaxcnn import Conv, Dense, Embedding, Flatten, GlobalAvgPool, Sequential
from jaxcnn.data import Multilabel, Preprocessing, Regression
from jaxcnn.inference import Origin

NET = Sequential([Conv(4, 3, name="a-stem"), GlobalAvgPool(), Dense(3)])
NAMES = ("cat", 'd"og', "ü")
NUMPY_ONLY = """
import runpy, sys
sys.modules |= dict.fromkeys(["jax", "jaxlib", "flax", "jaxcnn", "PIL"])  # cannot be imported
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def printed(path, *files):
    """What a file prints in a process that can import little."""
    command = [sys.executable, "-c", NUMPY_ONLY, *map(str, (path, *files))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.py"


@pytest.fixture
def found():
    return network(NET, (9, 8, 3), names=NAMES)


@pytest.mark.thorough
def test_a_file_predicts_as_the_network(found, path):
    written = jaxcnn.export.numpy(jaxcnn.Run(found), path)
    assert written.bytes == path.stat().st_size
    assert str(written).startswith(f"{path}: images uint8 (N, 9, 8, 3) to logits float32 (N, 3); ")
    inputs, made = inputs_for(found, 35, normalized=False), module(path)  # more than a batch
    assert distance(made.logits(inputs), found.logits(inputs)) < 1e-6
    assert distance(made.predict(inputs), found.predict_proba(inputs)) < 1e-6
    assert made.logits(inputs).dtype == np.float32
    assert made.logits(inputs[:0]).shape == (0, 3)
    assert made.ABOUT["class_names"] == [*NAMES]
    with pytest.raises(ValueError, match=r"expected shape \('N', 9, 8, 3\), got \(9, 8, 3\)"):
        made.logits(inputs[0])
    with pytest.raises(ValueError, match="expected pixels as uint8, got float32"):
        made.logits(inputs / np.float32(255))


def test_one_line_is_one_layer_and_functions_are_those_used(found, path):
    jaxcnn.export.numpy(found, path)
    text = path.read_text(encoding="utf-8")
    assert '    x = dense(x, w["layers.2.kernel"], w["layers.2.bias"])  # (3,)\n' in text
    assert "def conv(" in text
    assert "def max_pool(" not in text
    compile(text, path, "exec", dont_inherit=True)
    jaxcnn.export.numpy(found, path, overwrite=True)
    assert path.read_text(encoding="utf-8") == text


def test_tasks_and_origin(found, path):
    inputs = inputs_for(found, 3, normalized=False)
    origin = Origin("timm/resnet18.a1_in1k", "0" * 40, "1" * 64)
    for task in (Multilabel(), Regression()):
        other = dataclasses.replace(found, task=task, origin=origin)
        jaxcnn.export.numpy(other, path, overwrite=True)
        expected = np.asarray(task.predictions(other.logits(inputs)))
        assert distance(module(path).predict(inputs), expected) < 1e-6
    assert module(path).ABOUT["origin"] == origin.to_dict()


@pytest.mark.parametrize("how", [None, Preprocessing("bicubic", 0.9)], ids=str)
def test_a_picture_gets_the_classes_of_the_network(how, found, path, tmp_path, capsys, monkeypatch):
    found = dataclasses.replace(found, preprocessing=how)
    jaxcnn.export.numpy(found, path)
    photo, rng, made = tmp_path / "photo.png", np.random.default_rng(0), module(path)
    Image.fromarray(rng.integers(0, 256, (30, 41, 3), np.uint8)).save(photo)
    classes = ", ".join(f"{name} {number:.4g}" for name, number in found.classify(photo))
    made.main(str(photo))
    assert capsys.readouterr().out == f"{photo} {classes}\n"
    monkeypatch.setattr(made, "Image", None)
    with pytest.raises(SystemExit, match="2"):
        made.main(str(photo))
    assert "pip install pillow" in capsys.readouterr().err


def test_arrays_need_numpy_alone(path, tmp_path, capsys):
    found = network(Sequential([Embedding(10, 4), Flatten(), Dense(3)]), (7,), names=NAMES)
    jaxcnn.export.numpy(found, path)
    inputs = inputs_for(found, 2)
    np.save(tmp_path / "tokens.npy", inputs)
    lines = printed(path, tmp_path / "tokens.npy").splitlines()
    best = [float(line.split(", ")[0].split()[-1]) for line in lines]
    assert np.allclose(best, found.predict_proba(inputs).max(axis=1), atol=1e-3)
    with pytest.raises(ValueError, match="tokens: expected 0 to 9"):
        module(path).predict(inputs + 9)
    with pytest.raises(SystemExit, match="2"):
        module(path).main("photo.png")
    assert capsys.readouterr().err == "photo.png: expected a .npy file\n"


def test_signals_of_uint8_are_numbers_of_0_to_255(path):
    found = network(Sequential([Conv(4, 3), GlobalAvgPool(), Dense(3)]), (9, 2), names=NAMES)
    jaxcnn.export.numpy(found, path)
    inputs = np.random.default_rng(0).integers(0, 256, (2, 9, 2), np.uint8)
    assert distance(module(path).predict(inputs), found.predict_proba(inputs)) < 1e-6


def test_networks_that_are_refused(found, path, monkeypatch):
    leaf = np.full((4,), np.nan, np.float32)
    broken = jax.tree.map(lambda each: leaf if each.shape == (4,) else each, found.variables)
    with pytest.raises(ValueError, match="expected finite weights, got others in layers"):
        jaxcnn.export.numpy(found.with_variables(broken), path)
    module_of_flax = dataclasses.replace(found, architecture=None)
    with pytest.raises(ValueError, match="got a network that was given as a Flax module"):
        jaxcnn.export.numpy(module_of_flax, path)
    with pytest.raises(TypeError, match="network: expected a trained network or a run, got str"):
        jaxcnn.export.numpy("runs/mine", path)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .py, got 'net.onnx'"):
        jaxcnn.export.numpy(found, "net.onnx")
    for name in ("my net", '"""', "a\\", "1", "class"):
        with pytest.raises(ValueError, match="path: expected the name of a module"):
            jaxcnn.export.numpy(found, path.with_name(f"{name}.py"))
    monkeypatch.setattr("jaxcnn.export.code._numpy.MAX_BYTES", 100)
    expected = "expected at most 100 bytes of weights in a file of Python, got 508 "
    with pytest.raises(ValueError, match=expected):
        jaxcnn.export.numpy(found, path)
    assert not path.exists()
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"expected a new file, got .* \(overwrite=True"):
        jaxcnn.export.numpy(found, path)
