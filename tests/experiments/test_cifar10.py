"""The scripts as a user runs them: in a process of their own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
NOWHERE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def run(script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, ROOT / "experiments" / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.fixture
def cifar_folder(tmp_path):
    """A CIFAR-10 of the right format and size whose images are one colour a class."""
    folder = tmp_path / "data" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"):
        labels = rng.permutation(np.arange(10_000) % 10).astype(np.uint8)
        images = np.repeat(labels[:, None] * 25, 3072, axis=1)
        (folder / name).write_bytes(np.concatenate([labels[:, None], images], axis=1).tobytes())
    names = "airplane automobile bird cat deer dog frog horse ship truck"
    (folder / "batches.meta.txt").write_text(names.replace(" ", "\n") + "\n")
    return folder.parent


def test_without_the_data_and_without_a_network_it_trains_on_digits_and_says_so(tmp_path):
    out = tmp_path / "out"
    flags = ("--epochs", 1, "--data-dir", tmp_path / "empty", "--out", out)
    result = run("cifar10.py", *flags, **NOWHERE)
    assert result.returncode == 0, result.stderr
    assert "CIFAR-10 is not here and cannot be downloaded" in result.stderr
    assert "digits" in result.stdout
    written = json.loads((out / "result.json").read_text())
    assert written["dataset"] == "digits (scikit-learn)"
    assert json.loads((out / "config.json").read_text())["dataset"] == "digits"


def test_insisting_on_cifar10_fails_clearly(tmp_path):
    flags = ("--dataset", "cifar10", "--data-dir", tmp_path / "empty", "--out", tmp_path / "out")
    result = run("cifar10.py", *flags, **NOWHERE)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "cifar-10-binary.tar.gz" in result.stderr


def test_a_name_of_ones_own_is_on_every_result(tmp_path, cifar_folder):
    out = tmp_path / "out"
    result = run(
        "cifar10.py",
        *("--data-dir", cifar_folder, "--dataset-name", "one colour", "--out", out),
        *("--model", "classic", "--epochs", 1, "--batch-size", 10_000),
    )
    assert result.returncode == 0, result.stderr
    written = json.loads((out / "result.json").read_text())
    assert (written["dataset"], written["n_test"]) == ("one colour", 10_000)
    assert written["model"] == "classic"
    assert "Warning: 10000 of the test images also occur in the training set" in result.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--epochs", "0"), "epochs: expected at least 1, got 0"),
        (("--batch-size", "-3"), "batch_size: expected at least 1, got -3"),
        (("--model", "lenet"), "did you mean lenet5"),
        (("--dataset", "digits", "--batch-size", "100000"), "at most the 1437 training examples"),
    ],
)
def test_bad_flags_are_one_plain_line(tmp_path, flags, message):
    result = run("cifar10.py", *flags, "--out", tmp_path / "out", "--data-dir", tmp_path, **NOWHERE)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_dataset_lists_the_known_ones(tmp_path):
    result = run("cifar10.py", "--dataset", "cifar11")
    assert result.returncode != 0
    assert "cifar10" in result.stderr + result.stdout


def test_a_folder_with_another_run_is_refused(tmp_path):
    (tmp_path / "result.json").write_text("{}")
    result = run("cifar10.py", "--dataset", "digits", "--out", tmp_path)
    assert result.returncode == 1
    assert "holds another run" in result.stderr


def test_x_or_o(tmp_path):
    result = run("x_or_o.py", "--epochs", 1, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "whole-image matcher" in result.stdout
    assert (tmp_path / "out" / "result.json").is_file()
