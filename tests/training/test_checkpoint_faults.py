"""Saves of checkpoints that are killed, or whose disk fails or is full, at each call."""

import json
import os
import subprocess
import sys
from pathlib import Path

import killed_checkpoints
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="forks of POSIX")]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What `killed_checkpoints.py` finds with a fault at every call."""
    program = Path(killed_checkpoints.__file__)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, tmp_path_factory.mktemp("saves"), "1"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ends(found, *prefixes):
    """Return how each save ended, and what was left, for some kinds of faults."""
    return {name: end for name, end in found["faults"].items() if name.startswith(prefixes)}


def test_after_a_kill_one_of_two_checkpoints_is_whole(found):
    killed = ends(found, "killed")
    assert len(killed) == found["calls"] > 60
    assert {end for end, _ in killed.values()} == {"killed"}
    # The arrays and the record are read back, and if the earlier one is left, the later is saved.
    assert {name: left for name, (_, left) in killed.items() if left not in (1, 2)} == {}
    assert {left for _, left in killed.values()} == {1, 2}


def test_after_a_failed_save_one_of_two_checkpoints_is_whole(found):
    failed = {name: each for name, each in ends(found, "f").items() if each[0] != "saved"}
    assert len(failed) > found["calls"]
    assert {end for end, _ in failed.values()} <= {"named", "unnamed"}
    assert {name: left for name, (_, left) in failed.items() if left not in (1, 2)} == {}


def test_a_full_disk_leaves_the_earlier_checkpoint(found):
    filled = ends(found, "filled")
    assert len(filled) >= 20
    assert {left for _, left in filled.values()} == {1}


def test_no_failed_save_counts_as_successful(found):
    saved = {name: left for name, (end, left) in ends(found, "f").items() if end == "saved"}
    assert {name: left for name, left in saved.items() if left != 2} == {}


def test_each_failed_save_is_named(found):
    assert [name for name, (end, _) in ends(found, "f").items() if end == "unnamed"] == []


def test_a_process_ends_whose_disk_is_full_from_the_beginning(tmp_path):
    text = """
import sys, pathlib, faults, killed_checkpoints
killed_checkpoints.save(pathlib.Path(sys.argv[1]), 2, faults.Faults(1))
"""
    command = [sys.executable, "-W", "ignore", "-c", text, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, env=ENVIRONMENT)
    assert done.returncode == 1
    assert "could not be saved ([Errno 28] No space left on device)" in done.stderr
