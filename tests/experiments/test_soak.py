"""Kills at random instants, as `make soak` does a thousand of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "experiments" / "soak.py"


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_training_that_is_killed_ends_with_the_same_bits(kills, tmp_path):
    result = subprocess.run(
        [sys.executable, SOAK, "--kills", str(kills), "--folder", tmp_path, "--life", "6"],
        capture_output=True,
        text=True,
        env=os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "true"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "different=0, failed=0" in result.stdout
