import io
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import small
from PIL import Image

import jaxcnn
from jaxcnn import commands
from jaxcnn.architecture import to_json
from jaxcnn.doctor import Diagnosis, Finding

FINE = Diagnosis((Finding("sums", "1 + 1 = 2"),))
BROKEN = Diagnosis((Finding("sums", "1 + 1 = 3", broken=True),))


def status(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        commands.main(arguments)
    return exit_.value.code


@pytest.fixture
def failure(capsys):
    """Calls a command that cannot do it: what it says on standard error alone."""

    def call(*arguments: str) -> str:
        assert status(*arguments) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err.removesuffix("\n")

    return call


@pytest.mark.parametrize(("report", "expected"), [(FINE, 0), (BROKEN, 1)])
def test_doctor(report, expected, monkeypatch, capsys):
    monkeypatch.setattr("jaxcnn.commands._doctor.examine", lambda: report)
    assert status("doctor") == expected
    assert capsys.readouterr().out == f"{report}\n"
    assert status("doctor", "--json") == expected
    assert json.loads(capsys.readouterr().out)["broken"] == list(report.broken)


def test_what_fails_is_a_plain_line(monkeypatch, failure):
    def fail():
        raise OSError("the disk is full")

    monkeypatch.setattr("jaxcnn.commands._doctor.examine", fail)
    assert failure("doctor") == "OSError: the disk is full"


@pytest.mark.parametrize("arguments", [(), ("doktor",), ("doctor", "--jsn")])
def test_bad_command_lines(arguments, capsys):
    assert status(*arguments) == 2
    assert "jaxcnn" in capsys.readouterr().err


HELP = """
import runpy, sys
sys.argv = ["jaxcnn", "--help"]
try:
    runpy.run_module("jaxcnn", run_name="__main__")
except SystemExit as done:
    assert not done.code
from jax._src import xla_bridge
assert not xla_bridge.backends_are_initialized()
"""


@pytest.mark.thorough
def test_help_starts_no_backend():
    result = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "doctor" in result.stdout
    assert "check" in result.stdout


@pytest.fixture
def folder(tmp_path):
    """Pictures of noise, two classes of ten."""
    pillow = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(0, 256, (9, 8, 3), np.uint8)
            pillow.fromarray(pixels).save(tmp_path / "pets" / name / f"{i}.png")
    return tmp_path / "pets"


def test_check_of_a_sound_folder(folder, tmp_path, capsys):
    page = tmp_path / "examples.png"
    assert status("check", str(folder), "--size", "9", "8", "--page", str(page)) == 0
    assert "problems: none found" in capsys.readouterr().out
    assert page.read_bytes().startswith(b"\x89PNG")


def test_check_names_what_is_wrong(folder, capsys):
    (folder / "dogs" / "0.png").write_bytes(b"no picture")
    (folder / "dogs" / "twin.png").write_bytes((folder / "dogs" / "1.png").read_bytes())
    assert status("check", str(folder)) == 1
    printed = capsys.readouterr().out
    assert "- 1 of 21 files cannot be decoded:" in printed
    assert f"{folder}/dogs/0.png: " in printed
    assert "none found" not in printed
    assert "; in the files 9×8" in " ".join(printed.split())
    assert "problems:\n- " in printed
    assert f"{folder}/dogs/twin.png" in printed
    assert f"{folder}/dogs/1.png" in printed


def test_check_of_a_table(folder, capsys):
    rows = [f"{name}/{i}.png,{name}" for name in ("cats", "dogs") for i in range(10)]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert status("check", str(folder / "labels.csv")) == 0
    assert "train: Dataset('labels': 16 images" in capsys.readouterr().out


def test_check_of_no_folder(tmp_path, failure):
    assert "nowhere" in failure("check", str(tmp_path / "nowhere"))


def test_summary_of_a_network_of_the_zoo(tmp_path, capsys):
    picture = tmp_path / "network.png"
    assert status("summary", "lenet5", "--batch-size", "2", "--picture", str(picture)) == 0
    assert "61,706 parameters" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert status("summary", "lenet5", "--markdown") == 0
    assert "| 48,120 |" in capsys.readouterr().out
    assert status("summary", "lenet5", "--input-shape", "28", "28", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["input_shape"] == [28, 28, 1]


def test_summary_of_a_run(run, tmp_path, capsys, failure):
    assert status("summary", str(run), "--json") == 0
    expected = jaxcnn.summary(small.NETWORK, small.dataset(channels=3).input_shape)
    assert json.loads(capsys.readouterr().out) == json.loads(expected.to_json())
    assert status("summary", str(run), "--input-shape", "9", "9", "3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["input_shape"] == [9, 9, 3]
    shutil.copy(run / "network.json", tmp_path)
    assert "architecture.json: expected a file, got none" in failure("summary", str(tmp_path))
    (tmp_path / "architecture.json").write_text("{}")
    assert failure("summary", str(tmp_path)).startswith(f"ValueError: {tmp_path}/architecture.json")


@pytest.mark.parametrize("typed", ["--version", "-V", "-v", "version"])
def test_version(typed, capsys):
    assert status(typed) == 0
    assert capsys.readouterr().out == f"jaxcnn {jaxcnn.__version__}\n"


def test_help_is_a_command_too(capsys):
    assert status("help") == 0
    assert "jaxcnn train FOLDER trains a network" in capsys.readouterr().out


def test_pictures_of_one_class_are_for_predict(tmp_path, failure):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    said = failure("check", str(tmp_path))
    assert "got none (1 images, 0 other files; jaxcnn predict takes images without classes" in said


@pytest.fixture
def small_probes(monkeypatch):
    monkeypatch.setattr("jaxcnn.profiling._limits.MAX_SIDE", 512)
    monkeypatch.setattr("jaxcnn.profiling._limits.ARRAY_BYTES", 2**16)


@pytest.mark.thorough
@pytest.mark.usefixtures("small_probes")
def test_profile_of_a_file(tmp_path, capsys):
    file, picture = tmp_path / "dense.json", tmp_path / "roofline.png"
    file.write_text(to_json(jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])))
    arguments = ("profile", str(file), "--input-shape", "4", "4", "1", "--train", "--json")
    assert status(*arguments, "--picture", str(picture)) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["layer"] for row in document["summary"]["rows"]] == ["Flatten", "Dense"]
    assert document["train"]
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("command", ["summary", "profile"])
def test_networks_that_are_none(command, tmp_path, failure):
    assert "did you mean lenet5" in failure(command, "lenet")
    file, other = tmp_path / "net.json", tmp_path / "README.md"
    assert "No such file" in failure(command, str(file))
    file.write_text("{}")
    assert failure(command, str(file), "--input-shape", "8").startswith("ValueError: ")
    file.write_text(to_json(jaxcnn.Dense(3)))
    assert failure(command, str(file)) == (
        "ValueError: --input-shape: expected a shape such as 32 32 3 for net.json, got none"
    )
    other.touch()
    assert f"a .json file, got the file {str(other)!r}" in failure(command, str(other))
    assert f"{tmp_path}: expected a saved network, got none" in failure(command, str(tmp_path))
    assert "layers[0] Conv 5×5 VALID: expected" in failure(
        command, "lenet5", "--input-shape", "4", "4", "1"
    )


@pytest.mark.parametrize(
    "written", [("28", "28", "1"), ("28,28,1",), ("28,", "28,", "1"), ("28x28×1",)]
)
def test_ways_to_write_a_shape(written, capsys):
    assert status("summary", "lenet5", "--input-shape", *written) == 0
    assert capsys.readouterr().out.startswith("Sequential: (28, 28, 1) to (10,)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("lenet5", "--input-shape", "32", "32"),
            "expected 3 integers for lenet5, such as 32 32 1,",
        ),
        (("m5", "--input-shape", "8", "8", "1"), "expected 2 integers for m5, .* got 8 8 1"),
        (("lenet5", "--input-shape", "32,b"), "expected integers such as .* got '32,b'"),
        (("lenet5", "--input-shape"), "--input-shape: expected integers"),
        (("lenet5", "--json", "--markdown"), "--json, --markdown: expected at most one"),
        (
            ("lenet5", "--picture", "net.foo"),
            r"--picture: expected a file that ends in .*\.png.*, got net.foo",
        ),
        (("lenet5", "--picture", "net"), "--picture: expected a file that ends in"),
        (
            ("lenet5", "--picture", "no/where/net.png"),
            "--picture: expected a file in an existing .* no/where",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_the_table(arguments, message, failure):
    assert re.match(f"ValueError: .*{message}", failure("summary", *arguments))


@pytest.mark.parametrize("arguments", [("check", ".", "--page"), ("profile", "m5", "--picture")])
def test_no_work_for_a_picture_that_cannot_be_written(arguments, failure):
    assert "ends in one of" in failure(*arguments, "picture.foo")


def test_the_picture_is_there_before_anyone_reads_the_table(tmp_path, monkeypatch, capsys):
    picture = tmp_path / "network.png"

    class Closed(io.StringIO):
        def write(self, _text):
            assert picture.is_file()
            raise BrokenPipeError("closed")

    monkeypatch.setattr("sys.stdout", Closed())
    assert status("summary", "lenet5", "--picture", str(picture)) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "module", ["jaxcnn", pytest.param("jaxcnn.commands", marks=pytest.mark.slow)]
)
def test_a_reader_that_leaves_early(module):
    """No word is printed, not even when Python exits and writes what was buffered."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", module, "summary", "lenet5"]
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")


def test_help_that_nobody_reads(monkeypatch, capsys):
    class Closed(io.StringIO):
        def flush(self):
            raise BrokenPipeError("closed")

    monkeypatch.setattr("sys.stdout", Closed())
    assert status("--help") == 141
    assert capsys.readouterr().err == ""


def test_an_output_without_special_characters(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert status("summary", "lenet5") == 0
    assert b"5?5" in written.getvalue()


def test_ctrl_c_has_the_status_of_an_interrupted_command(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("jaxcnn.commands._main._run", interrupt)
    assert status("verify", "run") == 130
    assert capsys.readouterr().err == "Interrupted\n"


def test_an_output_in_utf_8_shows_names_that_are_none(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="utf-8"))
    commands.replace_unwritable_characters()
    print("5×5 \udce9", flush=True)
    assert written.getvalue() == "5×5 ?\n".encode()
