"""What the page says about how training images were varied."""

import json
from pathlib import Path

import pytest

from jaxcnn.data import Augmentation
from jaxcnn.inference import Normalization
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports._training import curves, settings
from jaxcnn.runs import NetworkInterface, Record

EPOCH = {"epoch": 1, "train_loss": 1.0, "train_accuracy": 0.5}
FACTS = NetworkInterface((8, 8, 1), ("a", "b"), Normalization((0.5,), (0.5,)))


def _texts(monkeypatch, config):
    """The page's words on training and on the settings, without markup of the drawing."""
    monkeypatch.setattr("jaxcnn.reports._training.plot", lambda *_: "")
    run = RunFolder(Path(), Record(FACTS, config, {}, (EPOCH,), None), None)
    return ["".join(map(str, make(run).parts)) for make in (curves, settings)]


@pytest.mark.parametrize(
    ("augmentation", "said"),
    [
        (Augmentation(), "none"),
        (Augmentation(flip="random"), "flip random"),
        (Augmentation(shift=2, rand_augment=(2, 5)), "shift 2, rand augment 2, 5"),
    ],
)
def test_what_varies_images_is_told(augmentation, said, monkeypatch):
    config = {"augmentation": json.loads(augmentation.to_json())}
    training, asked = _texts(monkeypatch, config)
    assert ("changed at random" in training) == (said != "none")
    assert f"<dt>augmentation</dt><dd>{said}</dd>" in asked


def test_nothing_is_said_of_what_is_not_known(monkeypatch):
    training, asked = _texts(monkeypatch, {"epochs": 2})
    assert "changed at random" not in training
    assert "augmentation" not in asked
