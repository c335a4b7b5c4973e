"""The fuzzer itself, and each reader for a moment; `make fuzz` reads for ten minutes each."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module("fuzz")
    finally:
        sys.path.remove(str(FOLDER))


READERS = ("architecture", "run", "safetensors", "hub", "idx", "cifar", "csv", "images")


def clean(fuzz, name, folder, seconds):
    reader, counts = fuzz.READERS[name], fuzz.Counts()
    fuzz.fuzz(reader, reader.targets(folder), seconds, 1, counts)
    return counts


def test_all_readers_are_tried(fuzz):
    assert tuple(fuzz.READERS) == READERS


@pytest.mark.thorough
@pytest.mark.parametrize("name", READERS)
def test_a_moment_of_each_reader(fuzz, name, tmp_path):
    assert clean(fuzz, name, tmp_path, seconds=0.2).inputs > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_second_of_each_reader(fuzz, name, tmp_path):
    counts = clean(fuzz, name, tmp_path, seconds=1)
    assert counts.inputs > 0
    assert counts.mebibytes <= fuzz.READERS[name].mebibytes


def raises(error):
    def read(_):
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (raises(KeyError("a")), "KeyError"),
        (raises(RecursionError()), "RecursionError"),
        (raises(ValueError("no name")), "expected an error with the file's name"),
        (lambda path: raises(ValueError(f"{path} \x1b[2J"))(path), "expected a readable message"),
        (lambda path: raises(ValueError(f"{path} {'x' * 9999}"))(path), "expected a short message"),
        (lambda _: bytearray(64 << 20)[::4096] and None, "expected at most 8 MiB"),
    ],
)
def test_faults_are_found_and_can_be_repeated(fuzz, tmp_path, read, message):
    target = fuzz.Target(tmp_path / "a", (b"seed",), read)
    with pytest.raises(fuzz.FuzzError, match=message) as found:
        fuzz.attempt(fuzz.Reader(lambda _: (target,), 8), target, b"input", fuzz.Counts())
    saved = fuzz._save_failing(tmp_path / "failures", "some", (target,), found.value)
    assert saved.name.startswith("some-a-")
    assert saved.read_bytes() == b"input"
    with pytest.raises(fuzz.FuzzError, match=message):
        fuzz._repeat(fuzz.Reader(lambda _: (target,), 8), (target,), saved.name, b"input")


def test_a_valid_file_that_is_refused_is_found(fuzz, tmp_path):
    def read(path):
        raise ValueError(f"{path}: another file is damaged")

    target = fuzz.Target(tmp_path / "a", (b"seed",), read)
    with pytest.raises(fuzz.FuzzError, match=r"expected to read a valid file, got .* is damaged"):
        fuzz.fuzz(fuzz.Reader(lambda _: (target,), 512), (target,), 0.1, 0, fuzz.Counts())


def test_a_slow_reader_is_found(fuzz, tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "MAX_SECONDS", 0)
    target = fuzz.Target(tmp_path / "a", (b"",), lambda _: sum(range(10**5)))
    with pytest.raises(fuzz.FuzzError, match="expected at most 0 s"):
        fuzz.attempt(fuzz.Reader(lambda _: (target,), 512), target, b"", fuzz.Counts())


@pytest.mark.usefixtures("fuzz")
def test_damages_change_a_file():
    inputs = sys.modules["_fuzz_inputs"]
    seed = b'{"a": 12, "b": [3]}'
    found = {inputs.damaged(seed, [inputs.Edit(kind, 3, 2, 1)], (seed,)) for kind in inputs.KINDS}
    assert len(found) == len(inputs.KINDS)
    assert seed not in found


@pytest.mark.slow
def test_the_script(tmp_path):
    result = subprocess.run(
        [
            *(sys.executable, FOLDER / "fuzz.py", "--readers", "idx", "csv"),
            *("--minutes", "0.01", "--folder", tmp_path),
        ],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("clean") == 2
