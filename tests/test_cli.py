import json
import subprocess
import sys

import numpy as np
import pytest

from jaxcnn import cli
from jaxcnn.runs import Diagnosis, Finding

FINE = Diagnosis((Finding("sums", "1 + 1 = 2"),))
BROKEN = Diagnosis((Finding("sums", "1 + 1 = 3", broken=True),))


def status(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    return exit_.value.code


@pytest.mark.parametrize(("report", "expected"), [(FINE, 0), (BROKEN, 1)])
def test_doctor(report, expected, monkeypatch, capsys):
    monkeypatch.setattr(cli, "examine", lambda: report)
    assert status("doctor") == expected
    assert capsys.readouterr().out == f"{report}\n"
    assert status("doctor", "--json") == expected
    assert json.loads(capsys.readouterr().out)["broken"] == list(report.broken)


def test_what_fails_is_a_plain_line(monkeypatch):
    def fail():
        raise OSError("the disk is full")

    monkeypatch.setattr(cli, "examine", fail)
    assert status("doctor") == "OSError: the disk is full"


def test_without_tyro(monkeypatch):
    monkeypatch.setitem(sys.modules, "tyro", None)
    assert status("doctor") == (
        "ImportError: this needs the package 'tyro': pip install 'jaxcnn[experiments]'"
    )


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
    assert "0.png" in printed
    assert "problems:\n- " in printed
    assert f"{folder}/dogs/twin.png" in printed
    assert f"{folder}/dogs/1.png" in printed


def test_check_of_a_table(folder, capsys):
    rows = [f"{name}/{i}.png,{name}" for name in ("cats", "dogs") for i in range(10)]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert status("check", str(folder / "labels.csv")) == 0
    assert "train: Dataset('labels': 16 images" in capsys.readouterr().out


def test_check_of_no_folder(tmp_path):
    assert "nowhere" in str(status("check", str(tmp_path / "nowhere")))
