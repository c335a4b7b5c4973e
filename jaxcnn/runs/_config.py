"""What a run is asked to do."""

import dataclasses
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from jaxcnn import models
from jaxcnn.data import Flip
from jaxcnn.runs._presets import PRESETS, Preset

DatasetName = Literal["auto", "cifar10", "cifar100", "mnist", "digits"]
PresetName = Literal["quick", "standard", "keras"]


@dataclasses.dataclass(frozen=True)
class Config:
    """What `experiments/cifar10.py` takes from the command line.

    Attributes:
        dataset: `auto` takes CIFAR-10 where it is found or can be downloaded, and scikit-learn's
            digits where it is not; the others insist.
        data_dir: the folder that holds `cifar-10-batches-bin/` and the like; by default
            $JAXCNN_DATA or the cache.
        dataset_name: what reports call the data, if it is not quite what its format says.
        preset: `quick` takes minutes, `standard` is more accurate, `keras` is the network and
            the training of the well-known Keras tutorial.
        out: a new folder for the results; by default one under `runs/`.
        seed: of the initial weights, the order of examples, augmentation and dropout.
        model: a network of the zoo; this and all that follow are the preset's by default.
        epochs: how often to go through the training images.
        batch_size: images a step.
        learning_rate: the highest rate.
        momentum: share of the last update that is kept.
        weight_decay: L2 penalty on kernels.
        clip_norm: largest global norm of a gradient.
        label_smoothing: share of each label that is spread over all classes.
        flip: mirror images at random, or alternating from epoch to epoch.
        shift: largest shift in pixels.
        cutout: side of the painted square in pixels.
    """

    dataset: DatasetName = "auto"
    data_dir: Path | None = None
    dataset_name: str | None = None
    preset: PresetName = "quick"
    out: Path | None = None
    seed: int = 0
    model: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
    label_smoothing: float | None = None
    flip: Flip | None = None
    shift: int | None = None
    cutout: int | None = None

    def __post_init__(self) -> None:
        _check_choice("dataset", self.dataset, get_args(DatasetName))
        _check_choice("preset", self.preset, get_args(PresetName))
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: expected at least 1, got {value}")
        if self.model is not None:
            models.by_name(self.model)

    def resolve(self, dataset: str) -> Preset:
        """The preset for a data set, with this config's own values over it."""
        preset = PRESETS[dataset][self.preset]
        names = [f.name for f in dataclasses.fields(Preset) if hasattr(self, f.name)]
        chosen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return dataclasses.replace(preset, **chosen)


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = get_close_matches(str(value), choices, n=2) or choices
        raise ValueError(f"{name}: there is no {value!r}; did you mean {' or '.join(near)}?")
