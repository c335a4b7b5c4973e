"""The same seed gives the same bits, whatever else differs about the process."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import jax
import pytest
import streamed_training

TESTS = Path(__file__).parents[1]


def train_in_a_process(folder, *, hash_seed="0", threads=1, has_terminal=False, is_quick=False):
    """Return the checksum of a training in a process of its own, whose folder is `folder`.

    It is compiled as users do, or quickly, as in this process, whose cache it reads.
    """
    folder.mkdir(parents=True)
    command = [sys.executable, streamed_training.__file__, folder, str(threads)]
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": hash_seed}
    if is_quick:
        environment["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
        environment["JAX_NUM_CPU_DEVICES"] = str(jax.device_count())  # or the cache has nothing
        environment["JAX_COMPILATION_CACHE_DIR"] = jax.config.values["jax_compilation_cache_dir"]
    if has_terminal:
        _run_in_a_terminal(command, cwd=folder, env=environment)
    else:
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return (folder / "checksum").read_text()


def _run_in_a_terminal(command, **options):
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, **options) as child:
        os.close(theirs)
        shown = _read_all(ours)
        os.close(ours)
    assert child.returncode == 0, shown
    assert b"epoch" in shown.lower()  # the progress, which is shown on terminals only


def _read_all(descriptor):
    parts = []
    while True:
        try:
            parts.append(os.read(descriptor, 4096))
        except OSError:  # the other end is closed
            return b"".join(parts)


@pytest.mark.slow
def test_a_process_that_differs_in_all_respects(tmp_path):
    here, there = tmp_path / "here", tmp_path / "another place"
    expected = streamed_training.train(here, 1)
    found = train_in_a_process(there, hash_seed="1", threads=4, has_terminal=True, is_quick=True)
    assert found == expected


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return train_in_a_process(tmp_path_factory.mktemp("place") / "run")


@pytest.mark.slow
@pytest.mark.parametrize(
    "difference",
    [
        {},
        {"hash_seed": "1"},
        {"hash_seed": "4294967295"},
        {"has_terminal": True},
        {"threads": 4},
        {"folder": "deep/and deeper/folder"},
    ],
    ids=str,
)
def test_a_process_that_differs_in_one_respect(expected, difference, tmp_path):
    folder = tmp_path / difference.pop("folder", "run")
    assert train_in_a_process(folder, **difference) == expected
