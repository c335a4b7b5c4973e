"""Trainings that are killed at random instants and started again."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import killed_training
import pytest

TESTS = Path(__file__).parents[1]
SOAK = TESTS.parent / "experiments" / "soak.py"


def test_a_training_that_is_killed_ends_with_the_same_bits(tmp_path):
    instants, kills, last = random.Random(0), 3, None
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    while last is None:
        child = subprocess.Popen(
            [sys.executable, killed_training.__file__, tmp_path],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "begins\n"
            if kills:
                time.sleep(instants.uniform(0.3, 1.5))
                child.kill()
                kills -= 1
            else:
                last = child.stdout.read().strip()
    assert child.returncode == 0
    assert last == killed_training.train(None)


@pytest.mark.slow  # as `make soak` does a thousand times
def test_the_main_job_is_killed_and_ends_with_the_same_bits(tmp_path):
    result = subprocess.run(
        [sys.executable, SOAK, "--kills", "20", "--folder", tmp_path],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "different=0, failed=0" in result.stdout
