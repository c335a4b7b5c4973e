"""Trainings that are killed at random instants and started again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import killed_training
import pytest

from experiments import soak

TESTS = Path(__file__).parents[1]


@pytest.mark.slow  # tests/distributed kills one of two processes
def test_a_training_that_is_killed_ends_with_the_same_bits(tmp_path):
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    result = subprocess.run(
        [sys.executable, "-W", "ignore", killed_training.__file__, tmp_path, "3"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert [life["status"] for life in found["lives"]] == 3 * [-signal.SIGKILL] + [0]
    for life in found["lives"]:
        assert life["before"] < life["after"], found
    assert found["digest"] == found["whole"]


def script(folder, monkeypatch, text):
    """Let soak.py run a script in place of the main job; the script knows its folder as `out`."""
    path = folder / "job.py"
    path.write_text(f"import os, pathlib, sys\nout = pathlib.Path(sys.argv[-1])\n{text}")
    monkeypatch.setattr(soak, "SCRIPT", path)


def test_a_reference_that_was_cut_off_is_not_believed(tmp_path, monkeypatch, capsys):
    options = soak.Soak(kills=0, folder=tmp_path / "soak")
    script(tmp_path, monkeypatch, "out.mkdir(); os.kill(os.getpid(), 9)")
    with pytest.raises(SystemExit, match=r"reference\.partial: a process ended with status -9"):
        soak.main(options)
    whole = "out.mkdir(); (out / 'weights.safetensors').write_text('weights')"
    script(tmp_path, monkeypatch, whole)
    with pytest.raises(SystemExit, match="False"):
        soak.main(options)
    assert (tmp_path / "soak" / "reference" / "weights.safetensors").read_text() == "weights"
    script(tmp_path, monkeypatch, "sys.exit(3)")
    with pytest.raises(SystemExit, match="timed: a process ended with status 3"):
        soak.main(options)
    assert "different=0" in capsys.readouterr().out


@pytest.mark.slow  # as `make soak` does a thousand times
def test_the_main_job_is_killed_and_ends_with_the_same_bits(tmp_path):
    result = subprocess.run(
        [sys.executable, soak.__file__, "--kills", "20", "--folder", tmp_path],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    counts = json.loads((tmp_path / "soak.json").read_text())
    assert counts["kills"] >= 20
    assert counts["later"] > 0
    assert counts["trainings"] > 0
    assert (counts["different"], counts["failed"]) == (0, 0)
