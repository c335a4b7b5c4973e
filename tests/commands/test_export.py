"""`jaxcnn export --rewrite` and `--int8`: what they write, print and refuse."""

import numpy as np
import pytest

import jaxcnn
from jaxcnn import commands
from jaxcnn.data import Dataset
from jaxcnn.export import OnnxNetwork


@pytest.fixture
def command(capsys):
    """Calls `jaxcnn`: exit status, standard output, standard error."""

    def call(*arguments):
        with pytest.raises(SystemExit) as exit_:
            commands.main([*map(str, arguments)])
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


@pytest.mark.thorough
def test_a_run_becomes_a_smaller_file_and_one_in_int8(command, network, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, *network.input_shape), np.uint8)
    test = Dataset(images, network.predict(images), network.class_names)
    folder = jaxcnn.Run(network).save(tmp_path / "run", test=test)
    status, out, err = command("export", folder, "--int8")
    assert (status, err) == (0, "")
    table, written, quantized, _ = out.split(f"{folder}/network")
    *lines, compared = table.splitlines()
    assert [line.split()[0] for line in lines] == ["step", "given", *jaxcnn.rewriting.STEPS]
    assert lines[-1].endswith("15 of 15")
    assert compared == "Compared on 15 of 30 examples of the saved test set"
    assert written.startswith(".onnx: images uint8 (N, ")
    heading, _, before, after, _ = quantized.splitlines()
    assert heading.startswith("-int8.onnx, calibrated on 15 inputs, same answer for ")
    assert heading.endswith(" of 15:")
    assert before.split()[0] == "float32"
    assert "100.00%" in before
    assert after.split()[0] == "int8"
    for name in ("network.onnx", "network-int8.onnx"):
        outputs = OnnxNetwork(folder / name).outputs(images)
        assert np.linalg.norm(outputs - network.logits(images)) < 0.1 * np.linalg.norm(outputs)


def test_what_is_refused(command, run, tmp_path):
    for arguments, expected in (
        (["--rewrite"], "--data: expected labeled pictures to compare predictions on, got none"),
        (["--data", tmp_path], "--data: expected it only with --rewrite or --int8, got it without"),
        (["--no-predictor", "--to", "c"], "--no-predictor: expected it only with --to onnx, got"),
        (["--out", "a.h"], "expected a name that ends in .onnx, got 'a.h' (for this name: --to c)"),
        (["--int8", "--no-from-pixels"], "--no-from-pixels: expected it without --int8, got both"),
    ):
        status, out, err = command("export", run, *arguments)
        assert (status, out) == (2, "")
        assert expected in err
    assert not (run / "network.onnx").exists()
    for name in ("export", "serve"):
        status, _, err = command(name, run / "network.json")
        assert status == 2
        assert f"({name} takes the folder, not a file in it)" in err


def test_a_large_network_is_refused_before_any_work(command, run, tmp_path, monkeypatch):
    monkeypatch.setattr("jaxcnn.export.onnx_graph._model.MAX_BYTES", 0)
    monkeypatch.setattr("jaxcnn.commands._export.examples_of", None)
    status, out, err = command("export", run, "--int8", "--out", tmp_path / "a.onnx")
    assert (status, out) == (2, "")
    assert "--int8: expected a network of less than 2 GB" in err
    assert not [*tmp_path.iterdir()]


def test_the_next_step_is_printed(command, run, tmp_path):
    other = tmp_path / "predict.py"
    other.write_text("mine")
    for to, file, expected in (
        ("onnx", "net.onnx", None),
        ("numpy", "net.py", f"To predict without JAX: python {tmp_path}/net.py PICTURE"),
        ("c", "net.h", f"To predict in C, see the comment at the top of {tmp_path}/net.h"),
    ):
        arguments = ["--to", to, "--out", tmp_path / file]
        if to == "onnx":
            status, _, err = command("export", run, *arguments)
            assert status == 2
            assert "--no-predictor leaves it" in err
            arguments.append("--no-predictor")
        status, out, err = command("export", run, *arguments)
        assert (status, err) == (0, "")
        assert out.splitlines()[1:] == ([] if expected is None else [expected])
    assert other.read_text() == "mine"
    assert repr(OnnxNetwork(tmp_path / "net.onnx")).startswith(f"OnnxNetwork({tmp_path}/net.onnx: ")


def test_files_are_checked_before_the_run_is_loaded(command, run, tmp_path, monkeypatch):
    def loaded(_):
        raise AssertionError("loaded")

    monkeypatch.setattr("jaxcnn.commands._export.load", loaded)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-int8.onnx").touch()
    (tmp_path / "b.h").touch()
    for arguments in (["--out", "a.onnx", "--int8"], ["--out", "b.h", "--to", "c"]):
        status, out, err = command("export", run, *arguments)
        assert (status, out) == (2, "")
        assert "expected a new file, got one that exists" in err
    assert not (tmp_path / "a.onnx").exists()
