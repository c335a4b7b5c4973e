"""`Config(pretrained=...)`: an experiment that fine-tunes a network from the hub."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from golden.make_torch_models import NUM_CLASSES, Case, weights
from PIL import Image
from safetensors.numpy import save
from timm_configs import PUBLISHED

import jaxcnn
from jaxcnn.data import Preprocessing, SingleLabel
from jaxcnn.experiment import Config, evaluation_set, run, verify_run

GOLDEN = Path(__file__).parents[1] / "golden/timm_models.npz"
NAME = "timm/lcnet_035.test"


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            pixels = rng.integers(0, 256, (40, 50, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"pictures/{name}/{number}.png")
    return tmp_path / "pictures"


@pytest.fixture
def hub(hub, tmp_path, monkeypatch):
    config = copy.deepcopy(PUBLISHED["timm/resnet50.a1_in1k"])
    config |= {"architecture": "lcnet_035", "num_classes": NUM_CLASSES}
    config["pretrained_cfg"] |= {"input_size": [3, 32, 32], "tag": "test"}
    with np.load(GOLDEN) as golden:
        tensors = weights(Case("lcnet_035"), golden)
    hub.files = {"config.json": json.dumps(config).encode(), "model.safetensors": save(tensors)}
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return hub


@pytest.mark.slow
def test_fine_tuning_on_own_pictures(hub, pictures, tmp_path, capsys):
    options = {"dataset": "folder", "data_dir": pictures, "pretrained": NAME}
    config = Config(**options, out=tmp_path / "run", epochs=1, head_epochs=1, batch_size=4)
    folder = run(config)
    printed = capsys.readouterr().out
    assert f"{NAME}: " in printed
    assert "1. the head: 1 epoch" in printed
    loaded = jaxcnn.load(folder)
    assert loaded.network.origin.revision == hub.commit
    assert loaded.network.preprocessing == Preprocessing("bicubic", crop_pct=0.95)
    assert loaded.network.class_names == ("cat", "dog")
    assert [logs["epoch"] for logs in loaded.history] == [1, 2]
    recorded = json.loads((folder / "config.json").read_text())
    expected = {"pretrained": NAME, "revision": hub.commit, "head_epochs": 1, "size": [32, 32]}
    assert (loaded.result["model"], loaded.result["preset"]) == (NAME, None)
    assert recorded.items() >= expected.items()
    assert "optimizer" not in recorded
    # Only the pictures that were set aside are evaluated.
    assert len(evaluation_set(folder, pictures)) == loaded.result["n_test"] == 2
    assert verify_run(folder).is_as_saved
    with pytest.raises(ValueError, match="steps: expected none for a network that was fine-tuned"):
        verify_run(folder, steps=1, data_dir=pictures)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"model": "resnet18"},
            "model: expected None with .*the weights bring their network along",
        ),
        ({"optimizer": "muon"}, r"optimizer: expected None .*jaxcnn.fine_tune takes an optimizer"),
        ({"learning_rate": 0.0}, "learning_rate: expected a finite number above 0"),
        (
            {"extend": True, "out": Path("run")},
            "extend: expected False .*resume='auto' goes on with it",
        ),
        ({"preset": "standard"}, "preset: expected 'quick' with pretrained="),
        ({"head_epochs": 0}, "head_epochs: expected at least 1, got 0"),
        ({"first_rate": 2.0}, "first_rate: expected"),
        ({"early_stopping": 3}, "early_stopping: expected None without a validation_fraction"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        Config(dataset="cifar10", pretrained=NAME, **options)


@pytest.mark.parametrize("option", [{"revision": "main"}, {"head_epochs": 3}, {"first_rate": 0.1}])
def test_options_that_need_pretrained_weights(option):
    name = next(iter(option))
    with pytest.raises(
        ValueError, match=rf"{name}: expected None without .*needs pretrained=NAME\)"
    ):
        Config(**option)


def test_early_stopping_needs_a_fraction_of_own_pictures_too(pictures):
    options = {"dataset": "folder", "data_dir": pictures, "pretrained": NAME}
    with pytest.raises(ValueError, match="early_stopping: expected None without"):
        Config(**options, early_stopping=3)
    assert Config(**options, early_stopping=3, validation_fraction=0.2).early_stopping == 3


def test_the_rate_is_that_of_both_stages():
    tuning = Config(dataset="cifar10", pretrained=NAME, learning_rate=1e-3).fine_tuning()
    assert str(tuning).count("Adam, one cycle up to 0.001") == 2
    state = tuning.head.optimizer(10, SingleLabel()).init({"kernel": np.zeros(3, np.float32)})
    assert "learning_rate" in state.hyperparams
