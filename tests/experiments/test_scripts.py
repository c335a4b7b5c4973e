"""The scripts as a user runs them: in a process of their own, but for some bad flags."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
# The script is started again for them, which tests/_support/test_set_up.py shows.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# The user's own cache stays as it is.
NO_CACHE = {"JAX_ENABLE_COMPILATION_CACHE": "false"}
# Compiling takes most of the time.
QUICKLY = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "true"}


def run(script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_command(EXPERIMENTS / script, *arguments, **environment)


def launch(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in two processes."""
    command = ("-m", "jaxcnn", "launch", "-n", 2, "--devices", 1)
    return run_command(*command, EXPERIMENTS / script, *arguments)


def run_command(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | NO_NETWORK | HUGE_PAGES | QUICKLY | (environment or NO_CACHE),
    )


@pytest.mark.thorough
def test_the_main_job_without_data_and_network(tmp_path):
    # Without shifts there is less to compile.
    flags = ("--epochs", 1, "--model", "lenet5", "--shift", 0, "--devices", 2)
    folders = ("--data-dir", tmp_path, "--out", tmp_path / "out")
    # The self-test of oneDNN would run in this cache, too.
    environment = {"XDG_CACHE_HOME": str(tmp_path), "JAXCNN_ONEDNN": "untested"}
    result = run("cifar10.py", *flags, *folders, **environment)
    assert result.returncode == 0, result.stderr
    assert f"CIFAR-10 is not in {tmp_path} and cannot be downloaded" in result.stderr
    assert "digits: test accuracy" in result.stdout
    assert "for 2 devices" in result.stderr
    assert (tmp_path / "out" / "guesses.png").is_file()
    if sys.platform == "linux":  # where the user's cache can be moved
        assert any((tmp_path / "jaxcnn" / "compiled").iterdir())


@pytest.mark.slow  # own_images.py shows it in make test
def test_insisting_on_data_that_cannot_be_had_is_a_plain_message(tmp_path):
    result = run("mnist.py", "--data-dir", tmp_path, "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "train-images-idx3-ubyte.gz" in result.stderr


@pytest.mark.slow  # own_images.py shows it in make test
def test_a_bad_flag_is_a_plain_message():
    result = run("cifar10.py", "--devices", 0)
    assert result.returncode != 0
    assert "devices: expected at least 1, got 0" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.thorough
def test_own_images_without_any_is_a_plain_message():
    result = run("own_images.py")
    assert result.returncode != 0
    assert "DATA" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_own_images(tmp_path):
    for path in (tmp_path / "mine" / f"{i % 2}" / f"{i}.png" for i in range(12)):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (9, 9), 20 * path.name.count("1") + 10).save(path)
    which = (tmp_path / "mine", "--size", 16, 16, "--model", "lenet5", "--devices", 1)
    flags = ("--batch-size", 4, "--epochs", 1)
    result = run("own_images.py", *which, *flags, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "mine: test accuracy" in result.stdout
    assert (tmp_path / "out" / "guesses.png").is_file()


@pytest.mark.slow
def test_x_or_o(tmp_path):
    result = run("x_or_o.py", "--epochs", 1, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "whole-image matcher" in result.stdout
    assert (tmp_path / "out" / "result.json").is_file()


@pytest.mark.slow
def test_x_or_o_in_two_processes(tmp_path):
    result = launch("x_or_o.py", "--epochs", 1, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("whole-image matcher") == 1
    settings = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (settings["processes"], settings["devices"]) == (2, 2)


@pytest.mark.slow
def test_one_process_only():
    result = launch("text.py")
    assert result.returncode == 2
    said = [line for line in result.stderr.splitlines() if "expected one process, got 2" in line]
    assert [line[:12] for line in said] == ["[0] text.py:"]
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_killed_processes():
    result = run("distributed_kills.py", "--kills", 2, "--devices", 1, "--grace", 0.5)
    assert result.returncode == 0, result.stdout + result.stderr
    *_, first, second, said = result.stdout.splitlines()
    assert first.endswith("the same bits")
    assert second.endswith("the same bits")
    assert said.startswith("2 of 2 trainings in 2 processes ended with the bits of the one that")


@pytest.mark.slow
def test_text(tmp_path):
    flags = ("--files", 8, "--train-lines", 40, "--test-lines", 20, "--epochs", 1, "--seeds", 2)
    result = run("text.py", *flags, "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "filters that speak for docstring respond most to" in result.stdout
    found = json.loads((tmp_path / "text.json").read_text())
    assert {name: len(each) for name, each in found["accuracies"].items()} == {
        "letters": 2,
        "letter triples": 2,
        "network": 2,
        "shuffled": 2,
    }


@pytest.mark.slow
def test_sweep(tmp_path):
    pytest.importorskip("optuna")
    result = run("sweep.py", "--trials", 2, "--epochs", 1, "--seeds", 1, "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "2 of 2 epochs were trained" in result.stdout
    assert len(json.loads((tmp_path / "sweep.json").read_text())["accuracies"]["best trial"]) == 1


@pytest.mark.slow
def test_sound(tmp_path):
    flags = ("--train-sounds", 40, "--test-sounds", 20, "--epochs", 1, "--seeds", 2)
    result = run("sound.py", *flags, "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "taught by men and children, says women" in result.stdout
    found = json.loads((tmp_path / "sound.json").read_text())
    assert len(found["accuracies"]) == 12
    assert (tmp_path / "sound.png").is_file()


@pytest.mark.slow
def test_the_loops_benchmark():
    flags = ("--model", "lenet5", "--images", 500, "--repeats", 1)
    result = run("benchmarks/epoch_loop.py", *flags, "--batch-size", 100)
    assert result.returncode == 0, result.stderr
    assert "of bare" in result.stdout


@pytest.mark.slow
def test_transfer_from_half_of_the_classes_to_the_other(tmp_path):
    rng = np.random.default_rng(0)
    for name in "abcd":
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            pixels = rng.integers(0, 256, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    flags = ("--pretraining-epochs", 1, "--epochs", 1, "--shots", 2, "--seeds", 2)
    result = run("transfer.py", tmp_path / "pictures", *flags, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    found = json.loads((tmp_path / "out" / "transfer.json").read_text())
    assert found["weights"]["classes"] == ["a", "b"]
    assert found["classes"] == ["c", "d"]
    assert {name: len(each) for name, each in found["accuracies"].items()} == {
        "from scratch": 2,
        "head alone": 2,
        "head, statistics": 2,
        "all of it": 2,
        "fine_tune": 2,
    }
    assert (tmp_path / "out" / "cifar_small.safetensors").is_file()
