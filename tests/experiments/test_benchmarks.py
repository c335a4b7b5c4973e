"""The benchmarks' statistics, and the scripts as a user runs them, on a few small layers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.benchmarks._layers import GRID
from experiments.benchmarks._timing import geometric_mean, interleave, ratio

BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"


def run(script: str, *arguments: object) -> str:
    result = subprocess.run(
        [sys.executable, BENCHMARKS / script, *map(str, arguments)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_ratio_of_medians_lies_in_its_interval():
    rng = np.random.default_rng(0)
    slow, fast = rng.normal(3.0, 0.1, 25), rng.normal(1.0, 0.1, 25)
    value, low, high = ratio(list(slow), list(fast)).interval
    assert value == np.median(slow) / np.median(fast)
    assert 2.7 < low < value < high < 3.3


def test_the_geometric_mean_of_a_ratio_and_its_inverse_is_one():
    once, back = ratio([4.0] * 5, [1.0] * 5), ratio([1.0] * 5, [4.0] * 5)
    assert geometric_mean([once, back]) == pytest.approx((1, 1, 1))


def test_rounds_call_everyone():
    samples = interleave({"a": lambda: None, "b": lambda: None}, repeats=7, seconds=60)
    assert {name: len(times) for name, times in samples.items()} == {"a": 7, "b": 7}


def test_the_grid_is_large_and_mostly_dense():
    families = [layer.family for layer in GRID]
    assert len(set(GRID)) == len({layer.name for layer in GRID}) == len(GRID) >= 40
    assert families.count("dense") >= 0.7 * len(GRID)
    assert set(families) == {"dense", "grouped", "depthwise", "transposed"}


@pytest.mark.slow
def test_convolution(tmp_path):
    flags = ("--layers", "500|depthwise 128", "--repeats", 2, "--no-peers")
    stdout = run("convolution.py", *flags, "--out", tmp_path)
    assert "geometric means" in stdout
    results = json.loads((tmp_path / "convolution.json").read_text())
    assert len(results["entries"]) == 6
    for entry in results["entries"]:
        assert min(seconds["median"] for seconds in entry["seconds"].values()) > 0
        low_high = entry["ratios"]["XLA, one device"]
        assert low_high[1] <= low_high[0] <= low_high[2]
    assert (tmp_path / "convolution.png").is_file()


@pytest.mark.slow
def test_convolution_is_right():
    stdout = run("convolution.py", "--layers", "500|depthwise 128", "--no-peers", "--check")
    errors = [float(word) for line in stdout.splitlines() for word in line.split() if "e-" in word]
    assert len(errors) >= 6 * 2
    assert max(errors) < 1e-6


@pytest.mark.slow
def test_training_step(tmp_path):
    batch = 2 * len(os.sched_getaffinity(0))
    which = ("--networks", "resnet20", "--libraries", "^Flax$", "--no-peers")
    how = ("--batch-size", batch, "--steps", 1, "--repeats", 2, "--out", tmp_path)
    assert "| Flax |" in run("training_step.py", *which, *how)
    (network,) = json.loads((tmp_path / "training_step.json").read_text())["networks"]
    assert network["parameters"] == 272_474
    assert set(network["seconds"]) == set(network["losses"]) == {"jaxcnn", "Flax"}
    assert (tmp_path / "training_step.png").is_file()
    assert (tmp_path / "training_step.md").read_text().startswith("### resnet20")


@pytest.mark.slow
def test_ensemble(tmp_path):
    flags = ("--network", "separable", "--members", 2, "--devices", 1, "--batch-size", 2)
    stdout = run("ensemble.py", *flags, "--repeats", 2, "--out", tmp_path)
    assert "together is" in stdout
    assert json.loads((tmp_path / "ensemble.json").read_text())["seconds"]["together"]["n"] == 2


@pytest.mark.slow
def test_image_folder(tmp_path):
    for path in (tmp_path / f"{i % 2}/{i}.jpg" for i in range(12)):
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9)).save(path)
    which = ("--folder", tmp_path, "--size", 8, 8, "--every", 2)
    stdout = run("image_folder.py", *which, "--repeats", 2, "--out", tmp_path / "out")
    assert "times Pillow's rate" in stdout
    results = json.loads((tmp_path / "out" / "image_folder.json").read_text())
    assert results["images"] == 5
    assert results["seconds"].keys() == {"pillow", "decode", "first", "second"}


@pytest.mark.slow
def test_streaming(tmp_path):
    rng = np.random.default_rng(0)
    for path in (tmp_path / "train" / f"{i % 2}/{i}.jpg" for i in range(24)):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
    which = ("--folder", tmp_path, "--images", 8, "--batch-size", 4, "--model", "classic")
    stdout = run("streaming.py", *which, "--repeats", 2, "--devices", 1, "--out", tmp_path / "out")
    assert "streamed takes" in stdout
    results = json.loads((tmp_path / "out" / "streaming.json").read_text())
    assert results["seconds"].keys() == {"resident", "streamed", "decode"}
    value, low, high = results["ratio"]
    assert low <= value <= high


@pytest.mark.slow
def test_scaling(tmp_path):
    which = ("--model", "lenet5", "--devices", 2, "--batch-size", 4, "--steps", 2)
    stdout = run("scaling.py", *which, "--repeats", 1, "--out", tmp_path)
    assert "strong, 2 devices" in stdout
    kinds = json.loads((tmp_path / "scaling.json").read_text())["kinds"]
    assert list(kinds) == ["one device", "weak, 2 devices", "strong, 2 devices"]
    assert kinds["one device"]["efficiency"][0] == 1
    for kind in kinds.values():
        assert kind["seconds"]["n"] == 2
        value, low, high = kind["efficiency"]
        assert low <= value <= high
    assert "per second on one core" in run("scaling.py", "--decode")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="it reads the memory from /proc")
def test_many_files(tmp_path):
    which = ("--folder", tmp_path, "--counts", 600, 1200, "--batch-size", 100)
    stdout = run("many_files.py", *which, "--out", tmp_path / "out")
    assert "1,200 pictures: listed" in stdout
    results = json.loads((tmp_path / "out" / "many_files.json").read_text())
    assert results["measured"].keys() == {"600", "1200"}


@pytest.mark.slow
def test_tiled(tmp_path):
    stdout = run("tiled.py", "--folder", tmp_path, "--side", 2100, "--tile", 600, "--out", tmp_path)
    assert "largest difference" in stdout
    assert json.loads((tmp_path / "tiled.json").read_text())["side"] == 2100


@pytest.mark.slow
def test_predict(tmp_path):
    for path in (tmp_path / f"{i}.jpg" for i in range(6)):
        Image.new("RGB", (40, 36)).save(path)
    which = ("--folder", tmp_path, "--images", 6, "--model", "classic", "--batch-size", 4)
    stdout = run("predict.py", *which, "--repeats", 2, "--devices", 1, "--out", tmp_path / "out")
    assert "times as long as network" in stdout
    results = json.loads((tmp_path / "out" / "predict.json").read_text())
    assert results["seconds"].keys() == {"predict", "network", "decoder", "by turns"}
    assert all(low <= value <= high for value, low, high in results["ratios"].values())


@pytest.mark.slow
def test_seeds(tmp_path):
    which = ("--networks", "small", "--seeds", 2, "--epochs", 1, "--devices", 1)
    assert "without compiling" in run("seeds.py", *which, "--repeats", 1, "--out", tmp_path)
    (network,) = json.loads((tmp_path / "seeds.json").read_text())["networks"]
    assert [way["how"] for way in network["ways"]] == ["fit", "in turn", "together"]
    for way in network["ways"]:
        assert 0 < way["seconds_training"]["median"] < way["seconds"]["median"]
    assert network["ways"][0]["ratio"] == [1, 1, 1]


@pytest.mark.slow
def test_architecture(tmp_path):
    flags = ("--models", "lenet5", "resnet18", "--repeats", 20, "--out", tmp_path)
    assert "to build as Flax" in run("architecture.py", *flags)
    results = json.loads((tmp_path / "architecture.json").read_text())
    lenet, resnet = results["summary, milliseconds"]
    assert (lenet["rows"], resnet["rows"]) == (12, 68)
    assert 0 < lenet["best"] <= lenet["median"] < resnet["median"]
    assert results["build vgg16, jaxcnn / flax"]["value"] > 0


@pytest.mark.slow
def test_shard():
    flags = ("--model", "lenet5", "--devices", 2, "--batch-size", 8, "--size", 32)
    whole, split = run("shard.py", *flags).splitlines()[1:]
    assert (whole.split()[:2], split.split()[:2]) == (["2", "None"], ["2", "fsdp"])
    assert float(split.split()[2]) < 0.7 * float(whole.split()[2])
