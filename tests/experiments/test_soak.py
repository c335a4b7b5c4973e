"""Kills at random instants, as `make soak` does a thousand of, and the run that nothing killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "experiments" / "soak.py"


def soak(folder, kills):
    # Compiling takes most of the time.
    quickly = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "true"}
    result = subprocess.run(
        [sys.executable, SOAK, "--kills", str(kills), "--folder", folder, "--life", "6"],
        capture_output=True,
        text=True,
        env=os.environ | quickly,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    """The folder of the script, and what it printed."""
    folder = tmp_path_factory.mktemp("soak")
    return folder, soak(folder, 3)


def test_a_training_that_is_killed_ends_with_the_same_bits(soaked):
    folder, printed = soaked
    assert "different=0, failed=0" in printed
    assert json.loads((folder / "soak.json").read_text())["kills"] >= 3


@pytest.mark.slow
def test_and_after_many_kills(soaked):
    folder, _ = soaked
    assert "different=0, failed=0" in soak(folder, 20)


def test_the_main_job_as_its_user_sees_it(soaked):
    folder, _ = soaked
    log = (folder / "log").read_text()
    assert "digits: test accuracy" in log
    assert "for 2 devices" in log
    assert (folder / "reference" / "guesses.png").is_file()
    if sys.platform == "linux":  # where the user's cache can be moved
        assert any((folder / "cache" / "jaxcnn" / "compiled").iterdir())
