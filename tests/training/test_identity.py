"""Everything that decides the bits of a training is part of its identity."""

from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
import small
from PIL import Image

from jaxcnn.data import Augmentation, ImageFiles
from jaxcnn.training import EarlyStopping, Plan, changed_options
from jaxcnn.training.checkpoints import _identity

NETWORK: Any = SimpleNamespace(architecture=None)


def identity(train, **settings):
    return _identity.identity_of(
        network=NETWORK, settings=settings, initial={}, program="", train=train, validation=None
    )


def test_another_kind_of_device_is_another_training(monkeypatch):
    before, found = identity(small.dataset()), _identity.device()
    monkeypatch.setattr(_identity, "device", lambda: found | {"count": 7, "cpu_cores": 99})
    assert identity(small.dataset()) == before
    monkeypatch.setattr(_identity, "device", lambda: found | {"platform": "gpu"})
    assert _identity.differences(before, identity(small.dataset())) == [
        "device.platform: 'cpu' in the checkpoint, 'gpu' now"
    ]


def test_several_processes_may_be_more_or_fewer_on_cpus(monkeypatch):
    def differences(before, now):
        data = small.dataset()
        return _identity.differences(
            *(identity(data, devices=4, **settings) for settings in (before, now))
        )

    assert differences({"processes": 2}, {"processes": 4}) == []
    assert differences({"processes": 2}, {}) == ["processes: 'several' in the checkpoint, None now"]
    monkeypatch.setattr(_identity.jax, "default_backend", lambda: "gpu")
    assert differences({"processes": 2}, {"processes": 4}) == [
        "processes: 2 in the checkpoint, 4 now"
    ]


def test_only_what_differs_is_named():
    before = {"early_stopping": None, "augmentation": {"flip": "none", "shift": 0, "erase": None}}
    after = {
        "early_stopping": {"patience": 3},
        "augmentation": {"flip": "none", "shift": 2},
        "new option": None,
        "validation data": "some",
    }
    assert _identity.differences(before, after) == [
        "early_stopping: None in the checkpoint, {'patience': 3} now",
        "augmentation.shift: 0 in the checkpoint, 2 now",
        "validation data: none in the checkpoint, some now",
    ]
    assert _identity.differences(after, before)[-1] == (
        "validation data: some in the checkpoint, none now"
    )


def test_a_checkpoint_without_newer_options_had_their_defaults():
    plan = Plan(augmentation=Augmentation(flip="random"), early_stopping=EarlyStopping())
    saved = plan.to_dict()
    for name in ("vertical_flip", "quarter_turns", "resized_crop", "before"):
        del saved["augmentation"][name]
    del saved["early_stopping"]["min_change"], saved["log_norms"], saved["accumulate_steps"]
    assert _identity.differences(saved, plan.to_dict()) == []
    turned = plan.having(
        augmentation=Augmentation(flip="random", quarter_turns=True), accumulate_steps=2
    )
    assert _identity.differences(saved, turned.to_dict()) == [
        "augmentation.quarter_turns: False in the checkpoint, True now",
        "accumulate_steps: 1 in the checkpoint, 2 now",
    ]
    assert [*changed_options(saved, turned.to_dict())] == [
        "augmentation.quarter_turns",
        "accumulate_steps",
    ]
    assert _identity.differences({}, {"seed": 7}) == ["seed: 0 in the checkpoint, 7 now"]


def test_streamed_data_depend_on_their_decoders(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.bmp")
    files = ImageFiles([tmp_path / "a.bmp"], [0], ("a", "b", "c"), (8, 8, 1))
    assert "pillow" not in identity(small.dataset())["versions"]
    assert identity(files)["versions"]["pillow"] == version("pillow")
    assert "simplejpeg" in identity(files)["versions"]
