"""What a run is asked to do."""

import dataclasses
from pathlib import Path
from typing import Literal, get_args

from jaxcnn._support.arguments import check_choice
from jaxcnn.data import Augmentation, Flip, OnError, View, flip_and_shift_views, flip_views
from jaxcnn.experiment._presets import PRESETS, Preset, Schedule
from jaxcnn.training import EarlyStopping, Plan

DatasetName = Literal["auto", "cifar10", "cifar100", "mnist", "digits", "folder", "table"]
"""The data sets of experiments; `"auto"` is CIFAR-10 if it can be had, or else digits."""
PresetName = Literal["quick", "standard", "keras"]
ViewsName = Literal["none", "flip", "flip_and_shift"]
DtypeName = Literal["float32", "bfloat16"]

OWN = ("folder", "table")
"""The data sets that are pictures of one's own."""

ONLY_FOR_OWN = ("size", "stream", "on_error", "test_fraction")
"""What may be said of these alone."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What `experiments/cifar10.py` takes from the command line.

    Attributes:
        dataset: `auto` takes CIFAR-10 where it is found or can be downloaded, and scikit-learn's
            digits where it is not; the others insist. `folder` and `table` are pictures of one's
            own, as `jaxcnn.data.image_folder` and `image_table` read them.
        data_dir: the folder that holds `cifar-10-batches-bin/` and the like; by default
            $JAXCNN_DATA or the cache. Of `folder`, the pictures' folder; of `table`, the folder
            that its paths start from, by default the table's own.
        table: a CSV file of paths and labels.
        size: height and width that pictures of one's own get, and the network is built for.
        stream: decode pictures of one's own while training, batch by batch, by Grain.
        on_error: whether a picture that cannot be decoded ends the run or is skipped.
        test_fraction: share of each class to test on, where the pictures have no such part; the
            same ones whatever the seed.
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
        validation_fraction: share of each class of the training images to hold out. The numbers
            after each epoch are then of these, and the test images are looked at once, at the end.
        early_stopping: end training when the held-out images' loss has not fallen for so many
            epochs, and go back to the best one's weights.
        ema_decay: decay of a running average of the weights, such as 0.999, which is then what is
            evaluated and saved.
        tta: at the end also look at each test image mirrored, or mirrored and shifted, and
            average what the network says.
        log_norms: log the norm of each layer's gradients and updates.
        dtype: what the network computes in while it trains; its weights stay float32.
        accumulate_steps: pieces of one size that each batch is cut into, to save memory.
        augmentation: a JSON file of a `jaxcnn.data.Augmentation`, in place of flip, shift and
            cutout.
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
    table: Path | None = None
    size: tuple[int, int] = (64, 64)
    stream: bool = False
    on_error: OnError = "raise"
    test_fraction: float = 0.2
    dataset_name: str | None = None
    preset: PresetName = "quick"
    out: Path | None = None
    seed: int = 0
    devices: int | None = None
    methods: Path | None = None
    tensorboard: bool = False
    validation_fraction: float | None = None
    early_stopping: int | None = None
    ema_decay: float | None = None
    tta: ViewsName = "none"
    log_norms: bool = False
    dtype: DtypeName = "float32"
    accumulate_steps: int = 1
    augmentation: Path | None = None
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
        for name, choices in (
            ("dataset", DatasetName),
            ("preset", PresetName),
            ("on_error", OnError),
            ("tta", ViewsName),
            ("dtype", DtypeName),
        ):
            check_choice(name, getattr(self, name), get_args(choices))
        _check_ranges(self)
        _check_own_pictures(self)
        if self.early_stopping is not None and self.validation_fraction is None:
            raise ValueError(
                "early_stopping: needs a validation_fraction, such as 0.1: the test images must "
                "not decide when to stop"
            )
        chosen = [name for name in ("flip", "shift", "cutout") if getattr(self, name) is not None]
        if self.augmentation is not None and chosen:
            raise ValueError(f"augmentation: it replaces {chosen[0]}; give one of the two")
        # A preset's and a plan's numbers are checked where these are made.
        self.plan(self.resolve("cifar10" if self.dataset == "auto" else self.dataset))

    @property
    def views(self) -> tuple[View, ...]:
        """How test images are looked at besides as they are; empty for not at all."""
        match self.tta:
            case "none":
                return ()
            case "flip":
                return flip_views()
            case "flip_and_shift":
                return flip_and_shift_views()

    def resolve(self, dataset: str) -> Preset:
        """The preset for a data set, with this config's own values over it."""
        preset = PRESETS[dataset][self.preset]
        names = [f.name for f in dataclasses.fields(Preset) if hasattr(self, f.name)]
        chosen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if "model" in chosen:
            preset = dataclasses.replace(preset, widths=None)
        return dataclasses.replace(preset, **chosen)

    def plan(self, preset: Preset, augmentation: Augmentation | None = None) -> Plan:
        """The options of `fit`: the preset's with this config's own over them.

        Args:
            preset: What `resolve` returned.
            augmentation: What the file of that name holds, in place of the preset's augmentation.
        """
        names = {field.name for field in dataclasses.fields(Plan)}
        own = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name in names}
        chosen = {name: value for name, value in own.items() if not hasattr(preset, name)}
        if self.early_stopping is not None:
            chosen["early_stopping"] = EarlyStopping(self.early_stopping)
        chosen["dtype"] = None if self.dtype == "float32" else self.dtype
        if augmentation is not None:
            chosen["augmentation"] = augmentation
        return preset.plan(**chosen)


def _check_ranges(config: Config) -> None:
    if min(config.size) < 1:
        raise ValueError(f"size: expected a height and a width of at least 1, got {config.size}")
    for name in ("test_fraction", "validation_fraction"):
        value = getattr(config, name)
        if value is not None and not 0 < value < 1:
            raise ValueError(f"{name}: expected more than 0 and less than 1, got {value}")


def _check_own_pictures(config: Config) -> None:
    if (config.dataset == "table") != (config.table is not None):
        raise ValueError(
            f"table: expected {'a CSV file' if config.table is None else 'none'} with "
            f"dataset={config.dataset!r}, got {config.table}"
        )
    if config.dataset == "folder" and config.data_dir is None:
        raise ValueError("data_dir: expected the folder of pictures")
    for name in ONLY_FOR_OWN:
        default = getattr(Config, name)
        if config.dataset not in OWN and getattr(config, name) != default:
            raise ValueError(f"{name}: only for pictures of one's own, not {config.dataset!r}")
