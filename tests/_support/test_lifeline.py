"""A lifeline between processes that import nothing but its module."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jaxcnn._support import lifeline

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no lifeline")

BEGIN = f"""
import importlib.util, os, signal, subprocess, sys, time
from pathlib import Path

spec = importlib.util.spec_from_file_location("lifeline", {lifeline.__file__!r})
lifeline = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lifeline)
"""

CHILD = """
def end(number, frame):
    print("nobody reads this")
    Path("ended").touch()
    os._exit(0)

signal.signal(signal.SIGTERM, end)
sys.stdout.reconfigure(line_buffering=True)
lifeline.follow_lifeline()
assert lifeline.VARIABLE not in os.environ
Path("ready").touch()
time.sleep(30)
"""

PARENT = """
with lifeline.lifeline() as held:
    subprocess.Popen(
        [sys.executable, "child.py"],
        env={**os.environ, **held.environment},
        pass_fds=held.descriptors,
        stdout=subprocess.PIPE,
    )
    time.sleep(30)
"""


def wait_for(name):
    ends = time.monotonic() + 20
    while not Path(name).exists():
        assert time.monotonic() < ends, name
        time.sleep(0.005)


def test_a_process_ends_when_the_one_that_started_it_is_killed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("child.py").write_text(BEGIN + CHILD)
    Path("parent.py").write_text(BEGIN + PARENT)
    parent = subprocess.Popen([sys.executable, "parent.py"])
    wait_for("ready")
    assert not Path("ended").exists()
    parent.send_signal(signal.SIGKILL)
    wait_for("ended")
    parent.wait()


def test_another_file_of_the_same_number_is_no_lifeline(monkeypatch):
    reading, writing = os.pipe()
    with open(os.devnull) as nothing, lifeline.lifeline() as held:
        inode = os.fstat(reading).st_ino
        assert lifeline._descriptor(f"{reading}:{inode}") == reading
        for text in ("", "x", f"{reading}:{inode + 1}", f"{nothing.fileno()}:{inode}", "99999:1"):
            assert lifeline._descriptor(text) is None
        monkeypatch.setenv(lifeline.VARIABLE, "99999:1")
        lifeline.follow_lifeline()  # does nothing
        assert held.descriptors
    os.close(reading)
    os.close(writing)
