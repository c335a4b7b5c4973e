"""What a run is asked to do."""

import dataclasses
from pathlib import Path
from typing import Any, Literal, get_args

from jaxcnn.architecture._checks import did_you_mean
from jaxcnn.data import Flip
from jaxcnn.runs._presets import PRESETS, Preset, Schedule

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
        devices: how many devices share each batch, all by default; on a CPU, the cores are
            devices.
        methods: a file of `python -m jaxcnn.lowering.tune`, which says how convolutions are
            computed; by default they go by the preferences that are shipped.
        tensorboard: also write the epochs' numbers for TensorBoard.
        model: a network of the zoo; this and all that follow are the preset's by default.
        widths: its filters at each size, where it has that option.
        epochs: how often to go through the training images.
        batch_size: images a step.
        learning_rate: the highest rate.
        schedule: `one_cycle` climbs to it and falls to 0, `time_decay` starts with it and falls;
            `cosine` climbs shortly and falls along a cosine, `restarts` does so three times.
        momentum: share of the last update that is kept.
        nesterov: look ahead along the momentum.
        weight_decay: L2 penalty on kernels.
        clip_norm: largest global norm of a gradient.
        max_norm: largest norm of a unit's incoming weights.
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
    devices: int | None = None
    methods: Path | None = None
    tensorboard: bool = False
    model: str | None = None
    widths: tuple[int, int, int] | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    schedule: Schedule | None = None
    momentum: float | None = None
    nesterov: bool | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None
    label_smoothing: float | None = None
    flip: Flip | None = None
    shift: int | None = None
    cutout: int | None = None

    def __post_init__(self) -> None:
        _check_choice("dataset", self.dataset, get_args(DatasetName))
        _check_choice("preset", self.preset, get_args(PresetName))
        if self.devices is not None and self.devices < 1:
            raise ValueError(f"devices: expected at least 1, got {self.devices}")
        # The numbers are checked where the preset is; any data set's will do.
        self.resolve("digits")

    def resolve(self, dataset: str) -> Preset:
        """The preset for a data set, with this config's own values over it."""
        preset = PRESETS[dataset][self.preset]
        names = [f.name for f in dataclasses.fields(Preset) if hasattr(self, f.name)]
        chosen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if "model" in chosen:
            preset = dataclasses.replace(preset, widths=None)
        return dataclasses.replace(preset, **chosen)


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        hint = did_you_mean(str(value), choices) or f"; there are {', '.join(choices)}"
        raise ValueError(f"{name}: there is no {value!r}{hint}")
