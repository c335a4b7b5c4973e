"""`Config`, the options of an experiment."""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from jaxcnn._support.arguments import check_choice, make_plain
from jaxcnn.data import Augmentation, Flip, OnError, View, flip_and_shift_views, flip_views
from jaxcnn.experiment._config_checks import (
    USER_DATASETS,
    check_limits,
    check_paths,
    check_pretrained,
    check_user_dataset,
)
from jaxcnn.experiment._presets import PRESETS, OptimizerName, Preset, Schedule
from jaxcnn.training import EarlyStopping, FineTuning, Plan, Resume, Shard, one_cycle_adam

DatasetName = Literal["auto", "cifar10", "cifar100", "mnist", "digits", "folder", "table"]
"""The data sets of experiments; `"auto"` is CIFAR-10 if it can be had, or else digits."""
PresetName = Literal["quick", "standard", "keras"]
ViewsName = Literal["none", "flip", "flip_and_shift"]
DtypeName = Literal["float32", "bfloat16"]
Balanced = Literal["balanced"]


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of an experiment, checked when the config is made.

    `jaxcnn train` and the scripts in ``experiments/`` read them from the command line.

    Attributes:
        dataset: The data set. `auto` is CIFAR-10 if it is found or can be downloaded, and otherwise
            scikit-learn's digits. With any other name, a missing data set is an error. `folder` and
            `table` are your own image files, as read by `jaxcnn.data.image_folder` and
            `image_table`.
        data_dir: The folder that contains the published files, such as `cifar-10-batches-bin/`; by
            default $JAXCNN_DATA or the cache. For `folder`, the folder of image files. For `table`,
            the folder to which the paths in the table are relative, by default the folder of the
            table.
        table: A CSV file of paths and labels.
        path: Name of the table's column of paths.
        label: Name of the table's column of labels.
        size: Height and width to which your own images are resized, and for which the network is
            built; by default chosen from their sizes, at most 64 pixels for the shorter side or
            what the network was made for.
        stream: Decode your own images during training, batch by batch, with Grain, instead of
            keeping them in memory.
        on_error: Whether an image file that cannot be decoded ends the run or is skipped.
        test_fraction: Share of each class to set aside as test images, if your own images have no
            test part. The test images are the same for every seed.
        dataset_name: Name of the data in reports, for files that have the format of a published
            data set but other content.
        preset: The network and its training: `quick` takes minutes, `standard` is more accurate,
            and `keras` follows the well-known Keras tutorial. Pretrained weights have none.
        out: A new folder for the results; by default one under `runs/`.
        resume: Whether to go on with a run that was cut off. `never` starts a new run. `auto` goes
            on if the folder `out` has checkpoints, and otherwise starts a new run, also in the
            folder of a run that was cut off before its first checkpoint. `must` goes on,
            and is an error if the folder has no checkpoints. Without `out`, the folder is that of
            the last run of the same data set, network, preset and seed.
        extend: Go on with the run in the folder `out`, also if it is finished, with a larger number
            of epochs, whatever `resume` is. If result files of a finished run are missing, they are
            written anew from its checkpoints. Not with pretrained weights.
        checkpoint_every: Number of steps between checkpoints, which save the state of the training
            in the run's folder. By default, checkpoints are saved at the end of epochs and every
            minute, and take at most 3% of the time. 0 means never.
        keep: Number of latest checkpoints to keep. The best one is kept, too.
        seed: Seed of the initial weights, the order of examples, augmentation and dropout.
        devices: Number of devices that share each batch; by default all. CPU cores are devices.
        shard: `fsdp` splits the weights and the optimizer's state over the devices, to save memory.
        methods: A file from `python -m jaxcnn.lowering.tune` with the fastest method of each
            convolution. By default, jaxcnn chooses the methods itself.
        tensorboard: Also write the metrics of each epoch for TensorBoard.
        wandb: A project of Weights & Biases, to which the metrics of each epoch are logged. If
            the environment variable WANDB_MODE is offline, nothing is uploaded.
        mlflow: An experiment of MLflow, to which the metrics of each epoch are logged, where the
            environment variable MLFLOW_TRACKING_URI says.
        validation_fraction: Share of each class of the training images to hold out for validation.
            The validation metrics after each epoch are then computed on these images, and the test
            images are used only once, at the end. 0 holds out none. By default, a tenth of your own
            images is held out if there are at least 300 to train on; none with pretrained weights.
        early_stopping: Training ends after this number of epochs without a lower validation loss,
            and keeps the weights of the best epoch. This option needs validation_fraction. By
            default, a quarter of the epochs if images are held out by default.
        max_steps: Training ends after this number of steps, also within an epoch. The learning rate
            follows the schedule of all epochs. With resume `auto`, a larger limit goes on.
        max_seconds: Training ends after this time of its steps, without compiling and evaluation.
            With resume `auto`, a larger limit goes on.
        class_weights: `balanced` lets all classes count equally in the loss of training.
        sampler: `balanced` draws the images of each epoch with replacement, all classes equally
            often.
        trace: A folder for a trace of five steps by XLA's profiler.
        ema_decay: Decay of a moving average of the weights, such as 0.999. The averaged weights are
            evaluated and saved.
        swa_start: Number of the first epoch, from 1, of stochastic weight averaging: the mean of
            the weights after this and later epochs is saved.
        tta: Test-time augmentation: at the end, also average the predictions over several views of
            each test image. The views are mirrored, or mirrored and shifted.
        log_norms: Log the norms of each layer's gradients and updates.
        dtype: The dtype in which the network computes during training; its weights stay float32.
        accumulate_steps: Number of micro-batches into which each batch is split, to save memory.
        augmentation: A JSON file of a `jaxcnn.data.Augmentation`, instead of flip, shift and
            cutout.
        model: A network of the zoo. The preset sets the default of this option and of all options
            below.
        widths: Numbers of filters at each resolution, for networks that have this option.
        pretrained: Weights from the Hugging Face hub to fine-tune, such as
            `timm/resnet18.a1_in1k`: first a new last layer alone, then all layers, by default for 5
            and 15 epochs without augmentation. Limits such as max_steps apply to the second stage.
            They bring their network, its image size and its preprocessing along. Also a network
            that jaxcnn push published, or a folder with the files config.json and
            model.safetensors. The options extend, model, widths, log_norms, methods, trace, and
            optimizer to max_norm do not go with them.
        revision: Branch, tag or commit of these weights; by default the newest, and that of the run
            with resume.
        head_epochs: Number of epochs for the last layer of pretrained weights alone; by default 5.
        first_rate: Learning rate of the first layer of pretrained weights, as a share of that of
            the last; by default 0.1.
        epochs: Number of passes over the training images. For few images of your own, the default
            is up to five times that of the preset.
        batch_size: Number of images per step. For few images of your own, the default is less than
            that of the preset.
        learning_rate: The highest learning rate; by default 0.003 for pretrained weights.
        optimizer: `sgd`, or `muon`, in which Adam trains biases and scales at a fifth of
            the learning rate.
        schedule: The learning rate schedule: `one_cycle` rises to the highest rate and falls to
            zero, `time_decay` starts at the highest rate and falls, `cosine` rises briefly and
            falls along a cosine, and `restarts` falls along a cosine three times.
        momentum: Share of the previous update that is kept.
        nesterov: Use Nesterov momentum.
        weight_decay: L2 penalty on kernels.
        clip_norm: Largest global norm of the gradients; larger gradients are scaled down to this
            norm.
        max_norm: Largest norm of a unit's incoming weights.
        label_smoothing: Share of each label that is spread evenly over all classes.
        flip: Mirror images at random, or alternately from epoch to epoch.
        shift: Largest random shift in pixels.
        cutout: Side of a random square that is painted over, in pixels.
    """

    dataset: DatasetName = "auto"
    data_dir: Path | None = None
    table: Path | None = None
    path: str = "path"
    label: str = "label"
    size: tuple[int, int] | None = None
    stream: bool = False
    on_error: OnError = "raise"
    test_fraction: float = 0.2
    dataset_name: str | None = None
    preset: PresetName = "quick"
    out: Path | None = None
    resume: Resume = "never"
    extend: bool = False
    checkpoint_every: int | None = None
    keep: int = 2
    seed: int = 0
    devices: int | None = None
    shard: Shard | None = None
    methods: Path | None = None
    tensorboard: bool = False
    wandb: str | None = None
    mlflow: str | None = None
    validation_fraction: float | None = None
    early_stopping: int | None = None
    max_steps: int | None = None
    max_seconds: float | None = None
    class_weights: Balanced | None = None
    sampler: Balanced | None = None
    trace: Path | None = None
    ema_decay: float | None = None
    swa_start: int | None = None
    tta: ViewsName = "none"
    log_norms: bool = False
    dtype: DtypeName = "float32"
    accumulate_steps: int = 1
    augmentation: Path | None = None
    model: str | None = None
    widths: tuple[int, int, int] | None = None
    pretrained: str | None = None
    revision: str | None = None
    head_epochs: int | None = None
    first_rate: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    optimizer: OptimizerName | None = None
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
        make_plain(self)
        for name, choices in (
            ("dataset", DatasetName),
            ("preset", PresetName),
            ("on_error", OnError),
            ("tta", ViewsName),
            ("dtype", DtypeName),
            ("resume", Resume),
        ):
            check_choice(name, getattr(self, name), get_args(choices))
        check_paths(self)
        check_limits(self)
        check_user_dataset(self)
        check_pretrained(self)
        holds_out = bool(self.validation_fraction)
        if self.validation_fraction is None:
            holds_out = self.dataset in USER_DATASETS and self.pretrained is None
        if self.early_stopping is not None and not holds_out:
            raise ValueError(
                "early_stopping: expected None without a validation_fraction, got "
                f"{self.early_stopping} (the test images must not decide when to stop; use "
                "validation_fraction=0.1, for example)"
            )
        chosen = [name for name in ("flip", "shift", "cutout") if getattr(self, name) is not None]
        if self.augmentation is not None and chosen:
            raise ValueError(
                f"augmentation: expected None together with {chosen[0]}, which it replaces, got "
                f"{self.augmentation}"
            )
        # Building the plan checks its values.
        if self.pretrained is None:
            self.plan(self.resolve("cifar10" if self.dataset == "auto" else self.dataset))
        else:
            self.fine_tuning()

    @property
    def views(self) -> tuple[View, ...]:
        """The views of each test image to average over; empty without test-time augmentation."""
        match self.tta:
            case "none":
                return ()
            case "flip":
                return flip_views()
            case "flip_and_shift":
                return flip_and_shift_views()

    def resolve(self, dataset: str) -> Preset:
        """Return the preset for a data set, with this config's values in place of its own.

        Args:
            dataset: Name of the data set, such as ``"cifar10"``.
        """
        preset = PRESETS[dataset][self.preset]
        names = [f.name for f in dataclasses.fields(Preset) if hasattr(self, f.name)]
        chosen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if "model" in chosen:
            preset = dataclasses.replace(preset, widths=None)
        return dataclasses.replace(preset, **chosen)

    def fine_tuning(self, augmentation: Augmentation | None = None) -> FineTuning:
        """Return the options of `fine_tune` from this config.

        Args:
            augmentation: The content of the file `augmentation`. None means an augmentation by
                `flip`, `shift` and `cutout`, of which each is off if it is None.
        """
        names = {field.name for field in dataclasses.fields(Plan)} | {"head_epochs", "first_rate"}
        given = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in names and getattr(self, field.name) != field.default
        }
        if self.early_stopping is not None:
            given["early_stopping"] = EarlyStopping(self.early_stopping)
        if self.learning_rate is not None:
            given["tx"] = partial(one_cycle_adam, rate=self.learning_rate)
        chosen = {name: getattr(self, name) for name in ("flip", "shift", "cutout")}
        chosen = {name: value for name, value in chosen.items() if value is not None}
        given["augmentation"] = augmentation or Augmentation(**chosen)
        return FineTuning().having(**given)

    def plan(self, preset: Preset, augmentation: Augmentation | None = None) -> Plan:
        """Return the options of `fit`, from the preset and from this config.

        Args:
            preset: The preset that `resolve` returned.
            augmentation: The content of the file `augmentation`, instead of the preset's
                augmentation. None means the augmentation of the preset.
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
