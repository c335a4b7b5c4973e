"""`OnnxNetwork`, and the commands that write and use exported files."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx_files import distance, inputs_for, network

import jaxcnn
from jaxcnn import Conv, Dense, GlobalAvgPool, Sequential, commands
from jaxcnn.data import Multilabel, Preprocessing, Regression
from jaxcnn.export import OnnxNetwork

NET = Sequential([Conv(4, 3), GlobalAvgPool(), Dense(3)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


@pytest.mark.parametrize("softmax", [True, False])
def test_a_file_predicts_as_the_network(softmax, path):
    found = network(NET, (9, 8, 3), task=Multilabel(), preprocessing=Preprocessing("bicubic"))
    jaxcnn.export.onnx(found, path, softmax=softmax)
    loaded, inputs = OnnxNetwork(path), inputs_for(found, 3, normalized=False)
    for name in ("input_shape", "kind", "class_names", "task", "pictures", "preprocessing"):
        assert getattr(loaded, name) == getattr(found, name)
    probabilities = loaded.predict_proba(inputs)
    assert distance(probabilities, found.predict_proba(inputs)) < 1e-5
    assert loaded.top_classes(probabilities[0], top=1)[0][0] in found.class_names
    in_memory = OnnxNetwork(found).predict_proba(inputs)
    assert np.allclose(in_memory, probabilities)
    for lowest in (None, float(np.median(probabilities))):
        expected = found.predict(inputs, thresholds=lowest)
        assert np.array_equal(loaded.predict(inputs, thresholds=lowest), expected)


def test_a_regression_predicts_numbers(pictures):
    found = network(NET, (9, 8, 3), task=Regression())
    loaded, inputs = OnnxNetwork(found), inputs_for(found, 3, normalized=False)
    assert distance(loaded.predict(inputs), found.predict(inputs)) < 1e-5
    with pytest.raises(ValueError, match="predict_proba: expected a network with classes"):
        loaded.predict_proba(inputs)
    (one,), (other,) = (
        jaxcnn.predict_files(each, pictures / "photo.jpg") for each in (loaded, found)
    )
    np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-4)


def test_inputs_that_do_not_fit_are_refused(path):
    found = network(NET, (9, 8, 3))
    loaded = OnnxNetwork(found)
    with pytest.raises(ValueError, match=r"inputs: expected shape \(N, 9, 8, 3\), got \(9, 8, 3\)"):
        loaded.outputs(np.zeros((9, 8, 3), np.uint8))
    with pytest.raises(ValueError, match="inputs: expected uint8, got float32"):
        loaded.outputs(np.zeros((1, 9, 8, 3), np.float32))
    jaxcnn.export.onnx(found, path, resize=True)
    assert OnnxNetwork(path).outputs(np.zeros((1, 20, 30, 3), np.uint8)).shape == (1, 3)
    with pytest.raises(ValueError, match=r"expected shape \(N, height, width, 3\), got"):
        OnnxNetwork(path).outputs(np.zeros((1, 20, 30, 1), np.uint8))


def test_files_of_others_are_refused_by_name(path):
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"network.onnx: expected an ONNX file, got"):
        OnnxNetwork(path)
    jaxcnn.export.onnx(network(NET, (9, 8, 3)), path, overwrite=True)
    model = onnx.load(path)
    whole = {each.key: each.value for each in model.metadata_props}
    inside = json.loads(whole["inside"])
    lacking = {"from_pixels": inside["from_pixels"], "softmax": inside["softmax"]}
    texts = [{}, {"task": whole["task"]}]
    texts += [whole | {"inside": json.dumps(each)} for each in (lacking, inside | {"resize": 1})]
    for entries in texts:
        onnx.helper.set_model_props(model, entries)
        onnx.save(model, path)
        with pytest.raises(ValueError, match=r"expected a file that jaxcnn\.export.onnx wrote"):
            OnnxNetwork(path)
    with pytest.raises(FileNotFoundError, match=r"none.onnx: expected a file that .*, got none"):
        OnnxNetwork(path.with_name("none.onnx"))


@pytest.fixture
def command(capsys, monkeypatch):
    """Calls `jaxcnn`: exit status, standard output, standard error."""
    monkeypatch.setattr("jaxcnn.commands._predict.keep_programs", lambda _: None)

    def call(*arguments):
        with pytest.raises(SystemExit) as exit_:
            commands.main([*map(str, arguments)])
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


def classes(out):
    return [
        (row["path"], [(each["class"], round(each["probability"], 3)) for each in row["classes"]])
        for row in json.loads(out)
    ]


def test_a_run_becomes_a_file_that_predicts_the_same(command, run, pictures, path):
    status, out, err = command("export", run, "--to", "onnx", "--out", path)
    assert (status, err) == (0, "")
    first, second = out.splitlines()
    assert first.startswith(f"{path}: images uint8 (N, ")
    assert second.endswith(f"python {path.with_name('predict.py')} {path} PICTURE")
    photo = pictures / "photo.jpg"
    _, expected, _ = command("predict", run, photo, "--json")
    for network_, *options in ([path], [path, "--engine", "onnx"], [run, "--engine", "onnx"]):
        status, out, err = command("predict", network_, photo, "--json", *options)
        assert (status, err) == (0, "")
        assert classes(out) == classes(expected)


def test_by_default_the_file_is_in_the_folder_of_the_run(command, run, tmp_path):
    run = shutil.copytree(run, tmp_path / "copy")
    assert command("export", run)[0] == 0
    assert (run / "network.onnx").is_file()
    assert jaxcnn.load(run).network  # whose manifest lists other files
    status, _, err = command("export", run)
    assert status == 2
    assert "expected a new file, got one that exists" in err


@pytest.mark.parametrize(("to", "name"), [("numpy", "network.py"), ("c", "network.h")])
def test_a_run_becomes_source_code(to, name, command, run, tmp_path):
    run = shutil.copytree(run, tmp_path / "copy")
    status, out, err = command("export", run, "--to", to)
    assert (status, err) == (0, "")
    assert out.startswith(f"{run / name}: images uint8 (")
    assert (run / name).is_file()


def test_what_the_commands_refuse(command, run, path, pictures, tmp_path):
    for arguments, expected in (
        (["export", run, "--out", tmp_path / "a.pb"], "--out: expected a name that ends in .onnx"),
        (["export", run, "--opset", 3], "--opset: expected 18 to"),
        (["export", run, "--to", "c", "--out", path], "--out: expected a name that ends in .h"),
        (["export", run, "--to", "c", "--softmax"], "--softmax: expected it only with --to onnx"),
        (["export", tmp_path / "none"], "expected a saved network, got none"),
        (["predict", path, pictures / "photo.jpg"], f"{path}: expected a file that jaxcnn.export"),
        (["predict", path, "a.jpg", "--engine", "jax"], "--engine: expected onnx for an exported"),
        (
            ["predict", run, pictures / "photo.jpg", "--engine", "onnx", "--explain", "new"],
            "explain",
        ),
    ):
        status, _, err = command(*arguments)
        assert status == 2
        assert expected in err
    command("export", run, "--out", path, "--resize", "--softmax")
    status, _, err = command("predict", path, pictures / "photo.jpg")
    assert status == 2
    assert "expected a file that takes uint8 pictures of one size" in err
