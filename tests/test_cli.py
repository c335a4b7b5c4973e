import json
import subprocess
import sys

import pytest

from jaxcnn import cli
from jaxcnn.runs import Finding, Report

FINE = Report((Finding("sums", "1 + 1 = 2"),))
BROKEN = Report((Finding("sums", "1 + 1 = 3", broken=True),))


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
