"""`predict.py`, which is written beside an exported file, predicts without JAX."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from code_files import module
from onnx_files import distance, inputs_for, network
from PIL import Image

import jaxcnn
from jaxcnn import Conv, Dense, Embedding, Flatten, GlobalAvgPool, Sequential
from jaxcnn.data import Multilabel, Preprocessing, Regression

NET = Sequential([Conv(4, 3), GlobalAvgPool(), Dense(3)])
NAMES = ("cat", "dog", "bird")
WITHOUT_JAX = """
import runpy, sys
sys.modules |= dict.fromkeys(["jax", "jaxlib", "flax", "jaxcnn", "onnx"])  # cannot be imported
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def predicted(folder, *files):
    """What the script prints, in a process that cannot import JAX."""
    arguments = [folder / "predict.py", folder / "network.onnx", *files]
    command = [sys.executable, "-c", WITHOUT_JAX, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(network, file):
    """The same line, by the network in JAX."""
    form = ".4g"
    return f"{file} " + ", ".join(f"{n} {p:{form}}" for n, p in network.classify(file)) + "\n"


def numbers(line):
    """The numbers at the ends of a line's parts."""
    return [float(part.split()[-1]) for part in line.split(", ")]


@pytest.fixture
def photo(tmp_path):
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), np.uint8))
    path = tmp_path / "photo.png"
    coarse.resize((60, 47), Image.Resampling.BICUBIC).save(path)
    return path


PREPROCESSINGS = [
    None,
    Preprocessing("bicubic", 0.9),
    Preprocessing("lanczos", 0.9, "border"),
    Preprocessing("bilinear", 1, "squash"),
]


@pytest.mark.thorough
@pytest.mark.parametrize("how", PREPROCESSINGS, ids=str)
def test_a_picture_gets_the_classes_of_the_network(how, photo, tmp_path):
    found = network(NET, (16, 20, 3), names=NAMES, preprocessing=how)
    written = jaxcnn.export.onnx(found, tmp_path / "network.onnx")
    assert written.predictor == tmp_path / "predict.py"
    assert predicted(tmp_path, photo) == shown(found, photo)


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{"softmax": True}, {"from_pixels": False}], ids=str)
def test_what_the_file_does_not_compute_the_script_does(options, photo, tmp_path):
    found = network(NET, (16, 16, 3), names=NAMES)
    jaxcnn.export.onnx(found, tmp_path / "network.onnx", **options)
    assert predicted(tmp_path, photo) == shown(found, photo)


@pytest.mark.thorough
def test_pictures_that_are_resized_inside(photo, tmp_path):
    found = network(NET, (16, 16, 3), names=NAMES, preprocessing=Preprocessing("bilinear", 0.9))
    jaxcnn.export.onnx(found, tmp_path / "network.onnx", resize=True)
    line, expected = predicted(tmp_path, photo), shown(found, photo)
    assert np.allclose(numbers(line), numbers(expected), atol=0.01)


@pytest.mark.thorough
def test_several_labels_numbers_and_gray_pictures(photo, tmp_path):
    several = Sequential([Conv(4, 3), GlobalAvgPool(), Dense(8)])
    found = network(several, (16, 16, 1), task=Multilabel())
    jaxcnn.export.onnx(found, tmp_path / "network.onnx")
    likely, line = found.classify(photo), predicted(tmp_path, photo)
    assert likely
    assert np.allclose(numbers(line), [number for _, number in likely], atol=0.01)
    found = dataclasses.replace(found, task=Regression())
    jaxcnn.export.onnx(found, tmp_path / "network.onnx", overwrite=True)
    line = predicted(tmp_path, photo)
    assert [part.split()[-2] for part in line.split(", ")] == [*found.class_names]


def test_other_inputs_come_as_arrays(tmp_path):
    found = network(Sequential([Embedding(10, 4), Flatten(), Dense(3)]), (7,), names=NAMES)
    jaxcnn.export.onnx(found, tmp_path / "network.onnx")
    np.save(tmp_path / "tokens.npy", inputs_for(found, 2))
    lines = predicted(tmp_path, tmp_path / "tokens.npy").splitlines()
    likely = found.predict_proba(inputs_for(found, 2)).max(axis=1)
    assert np.allclose([numbers(line)[0] for line in lines], likely, atol=1e-3)


def test_mistakes_are_one_line(photo, tmp_path, capsys):
    path, note, small = tmp_path / "network.onnx", tmp_path / "note.txt", tmp_path / "small.npy"
    note.write_text("no picture")
    np.save(small, np.zeros((1, 3, 3, 3), np.uint8))
    found = network(NET, (16, 16, 3), names=NAMES)
    script = module(jaxcnn.export.onnx(found, path).predictor)
    code = module(jaxcnn.export.numpy(found, tmp_path / "network.py").path)
    wrong = "inputs: expected shape ('N', 16, 16, 3), got (1, 3, 3, 3)"
    cases = {
        (photo, tmp_path / "none.png"): f"{tmp_path / 'none.png'}: No such file or directory",
        (note,): f"{note}: cannot identify image file '{note}'",
        (tmp_path,): f"{tmp_path}: Is a directory",
        (small,): f"{small}: {wrong}",
        (): "usage: python ",
    }
    for files, expected in cases.items():
        for main, arguments in ((script.main, (path, *files)), (code.main, files)):
            with pytest.raises(SystemExit) as ended:
                main(*map(str, arguments))
            err = capsys.readouterr().err
            assert (ended.value.code, err.count("\n")) == (2, 1)
            assert err.startswith(expected)
    for network_file in (note, tmp_path / "none.onnx"):
        with pytest.raises(SystemExit):
            script.main(str(network_file), str(photo))
        assert capsys.readouterr().err.startswith(f"{network_file}: ")
    with pytest.raises(SystemExit, match="0"):
        code.main("--help")
    assert "python network.py" in capsys.readouterr().out


def test_arrays_of_uint8_are_numbers_of_0_to_255(tmp_path):
    path = tmp_path / "network.onnx"

    def predict(found, inputs, **options):
        script = jaxcnn.export.onnx(found, path, overwrite=True, **options).predictor
        return module(script).Predictor(str(path))(inputs)

    signals = network(NET, (9, 2), names=NAMES)
    inputs = np.random.default_rng(0).integers(0, 256, (2, 9, 2), np.uint8)
    for from_pixels in (True, False):
        found = predict(signals, inputs, from_pixels=from_pixels)
        assert distance(found, signals.predict_proba(inputs)) < 1e-5
    images = network(NET, (16, 16, 3), names=NAMES)
    with pytest.raises(ValueError, match="inputs: expected pixels as uint8, got float32"):
        predict(images, np.full((1, 16, 16, 3), 0.5, np.float32))


@pytest.mark.filterwarnings("error")
def test_large_outputs_do_not_overflow(tmp_path):
    found = network(NET, (16, 16, 3), task=Multilabel())
    script = module(jaxcnn.export.onnx(found, tmp_path / "network.onnx").predictor)
    outputs = np.array([[-1e3, 0, 1e3]], np.float32)
    assert script.predictions(outputs, "multilabel").tolist() == [[0, 0.5, 1]]


def test_another_script_of_the_name_stays(tmp_path):
    found = network(NET, (16, 16, 3), names=NAMES)
    path, script = tmp_path / "network.onnx", tmp_path / "predict.py"
    script.write_text("mine")
    with pytest.raises(FileExistsError, match="expected no other file of this name, got one"):
        jaxcnn.export.onnx(found, path)
    assert not path.exists()
    assert jaxcnn.export.onnx(found, path, predictor=False).predictor is None
    assert script.read_text() == "mine"
    jaxcnn.export.onnx(found, path, overwrite=True)
    jaxcnn.export.onnx(found, tmp_path / "other.onnx")  # the same script serves both
