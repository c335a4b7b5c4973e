"""Files of pretrained networks: their config, and weights with timm's names."""

import json
from pathlib import Path

import numpy as np
from _fuzz_inputs import json_texts
from _fuzz_targets import Target
from hypothesis import strategies as st
from safetensors.numpy import save

from jaxcnn._support.safetensors import read_tensors
from jaxcnn.hub._config import read_config
from jaxcnn.models import timm_model

USUAL = {
    "input_size": [3, 224, 224],
    "interpolation": "bicubic",
    "crop_pct": 0.95,
    "crop_mode": "center",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}
CONFIGS = (
    {"architecture": "resnet50", "num_classes": 1000, "pretrained_cfg": {**USUAL, "tag": "in1k"}},
    {"architecture": "vgg16", "num_classes": 2, "label_names": ["cat", "dog"], **USUAL},
)


def hub_targets(folder: Path) -> tuple[Target, ...]:
    seeds = tuple(json.dumps(content).encode() for content in CONFIGS)

    def config(path: Path) -> object:
        try:
            return read_config(path)
        except ValueError as error:  # which begins with the file's name
            raise ValueError(f"{path.parent}/{error}") from None

    def weights(path: Path) -> object:
        tensors = read_tensors(path)
        try:
            return [timm_model(name).convert(tensors) for name in ("vgg11", "convnext_tiny")]
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    names = ("pre_logits.fc1.weight", "stages.0.blocks.0.mlp.fc1.weight", "stages.0.blocks.0.gamma")
    tensors = {name: np.zeros((2, 3, 1, 1), np.float32) for name in names}
    return (
        Target(folder / "config.json", seeds, config, st.one_of([json_texts(s) for s in seeds])),
        Target(folder / "timm.safetensors", (save(tensors),), weights),
    )
