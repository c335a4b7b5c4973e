"""Presets: networks and their training options for each data set."""

import dataclasses
import inspect
import math
from typing import Any, Literal, get_args

import optax

from jaxcnn._support.arguments import check_choice, make_plain
from jaxcnn.data import Augmentation, Flip
from jaxcnn.layers import Sequential
from jaxcnn.models import by_name
from jaxcnn.training import (
    Plan,
    cosine_restarts,
    max_norm,
    muon,
    one_cycle,
    sgd,
    time_decay,
    warmup_cosine,
)

Schedule = Literal["one_cycle", "time_decay", "cosine", "restarts"]
OptimizerName = Literal["sgd", "muon"]

ADAM_SHARE = 0.2
"""With Muon, Adam's learning rate as a share of Muon's."""


@dataclasses.dataclass(frozen=True)
class Preset:
    """A network with its training options.

    Attributes:
        model: Name of a network of the zoo.
        widths: Number of filters at each resolution, for networks that have this option; None means
            the default of the network.
        epochs: Number of passes over the training images.
        batch_size: Number of images per step.
        learning_rate: The highest learning rate.
        optimizer: ``"sgd"``, or ``"muon"``, in which Adam trains biases and scales at a fifth of
            the learning rate.
        schedule: The learning rate schedule. ``"one_cycle"`` rises to the highest rate and falls to
            0. ``"time_decay"`` is the highest rate divided by 1 + 0.0004 · step, as in the Keras
            tutorial. ``"cosine"`` rises for a twentieth of the steps and falls along a cosine.
            ``"restarts"`` falls along a cosine three times.
        momentum: Share of the previous update that is kept, in [0, 1).
        nesterov: Whether SGD uses Nesterov momentum; Muon always does.
        weight_decay: L2 penalty on kernels; with Muon, the share of each kernel that is subtracted
            at each step is this number times the learning rate.
        clip_norm: Largest global norm of the gradients; larger gradients are scaled down to this
            norm. None means no clipping.
        max_norm: Largest norm of a unit's incoming weights; None means no constraint.
        label_smoothing: Share of each label that is spread evenly over all classes.
        flip: How images are flipped left to right: ``"none"``, ``"random"``, or ``"alternating"``
            from epoch to epoch. Digits must not be flipped.
        shift: Largest random shift in pixels.
        cutout: Side of a random square that is painted over, in pixels.

    Raises:
        ValueError: If an option is out of range, or the network is unknown, takes no images, or has
            no `widths`.
    """

    model: str
    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: OptimizerName = "sgd"
    schedule: Schedule = "one_cycle"
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 0.0
    clip_norm: float | None = None
    max_norm: float | None = None
    label_smoothing: float = 0.0
    flip: Flip = "none"
    shift: int = 0
    cutout: int = 0
    widths: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        make_plain(self)
        check_choice("optimizer", self.optimizer, get_args(OptimizerName))
        ranges = {
            "learning_rate": (0 < self.learning_rate < math.inf, "a finite number above 0"),
            "momentum": (0 <= self.momentum < 1, "at least 0 and below 1"),
            "weight_decay": (0 <= self.weight_decay < math.inf, "a finite number of at least 0"),
            "clip_norm": (self.clip_norm is None or self.clip_norm > 0, "None or above 0"),
            "max_norm": (self.max_norm is None or self.max_norm > 0, "None or above 0"),
        }
        for name, (is_in_range, expected) in ranges.items():
            if not is_in_range:
                raise ValueError(f"{name}: expected {expected}, got {getattr(self, name)}")
        self.plan()  # checks the options of `fit`
        model = by_name(self.model)
        if len(model.input_shape) != 3:
            raise ValueError(
                f"model: expected a network that takes images, got {self.model!r}, whose input "
                f"shape is {model.input_shape}"
            )
        options = inspect.signature(model.make).parameters
        if self.widths is not None and "widths" not in options:
            raise ValueError(
                f"widths: expected None, because the network {self.model!r} has no such option, "
                f"got {self.widths}"
            )

    def architecture(self, num_classes: int) -> Sequential:
        """Make the network with the given number of classes."""
        options = {} if self.widths is None else {"widths": self.widths}
        return by_name(self.model).make(num_classes, **options)

    def plan(self, **options: Any) -> Plan:
        """Return the options of `fit` from the preset; `options` replace the preset's options."""
        own = {name: getattr(self, name) for name in _OPTIONS_OF_FIT}
        return Plan(**own | {"tx": self.tx, "augmentation": self.augmentation} | options)

    @property
    def augmentation(self) -> Augmentation:
        """The random changes of training images."""
        return Augmentation(flip=self.flip, shift=self.shift, cutout=self.cutout)

    def tx(self, steps: int) -> optax.GradientTransformation:
        """Make the optimizer for a run of `steps` updates."""
        optimizer = self._muon(steps) if self.optimizer == "muon" else self._sgd(steps)
        if self.max_norm is None:
            return optimizer
        return optax.chain(optimizer, max_norm(self.max_norm))

    def _sgd(self, steps: int) -> optax.GradientTransformation:
        return sgd(
            self._rate(steps),
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            clip_norm=self.clip_norm,
        )

    def _muon(self, steps: int) -> optax.GradientTransformation:
        rate = self._rate(steps)
        optimizer = muon(
            rate,
            beta=self.momentum,
            weight_decay=self.weight_decay,
            adam_learning_rate=lambda step: ADAM_SHARE * rate(step),
        )
        if self.clip_norm is None:
            return optimizer
        return optax.chain(optax.clip_by_global_norm(self.clip_norm), optimizer)

    def _rate(self, steps: int) -> optax.Schedule:
        match self.schedule:
            case "one_cycle":
                return one_cycle(self.learning_rate, steps)
            case "time_decay":
                return time_decay(self.learning_rate, 0.0004)
            case "cosine":
                return warmup_cosine(self.learning_rate, steps)
            case "restarts":
                return cosine_restarts(self.learning_rate, steps)


_OPTIONS_OF_FIT = {field.name for field in dataclasses.fields(Plan)} & {
    field.name for field in dataclasses.fields(Preset)
}
"""Fields of a preset that are options of `fit` with the same name."""

_KERAS = Preset(
    model="keras_cifar_simple",
    epochs=25,
    batch_size=32,
    learning_rate=0.01,
    schedule="time_decay",
    nesterov=False,
    max_norm=3.0,
)

_CIFAR = {
    "quick": Preset(
        model="cifar_small",
        epochs=4,
        batch_size=250,
        learning_rate=0.7,
        momentum=0.85,
        weight_decay=1e-3,
        label_smoothing=0.1,
        flip="alternating",
        shift=2,
    ),
    "standard": Preset(
        model="airbench94",
        widths=(32, 128, 128),
        epochs=4,
        batch_size=250,
        optimizer="muon",
        learning_rate=0.05,
        momentum=0.9,
        weight_decay=0.1,
        label_smoothing=0.1,
        flip="alternating",
        shift=2,
    ),
    "keras": _KERAS,
}

_DIGITS = {
    "quick": Preset(
        model="cifar_small", epochs=15, batch_size=64, learning_rate=0.1, weight_decay=5e-4, shift=2
    ),
    "standard": Preset(
        model="cifar_small", epochs=30, batch_size=64, learning_rate=0.1, weight_decay=5e-4, shift=2
    ),
    "keras": _KERAS,
}

_MNIST = {
    "quick": Preset(
        model="lenet5", epochs=10, batch_size=128, learning_rate=0.1, weight_decay=5e-4, shift=1
    ),
    "standard": Preset(
        model="lenet5", epochs=20, batch_size=128, learning_rate=0.1, weight_decay=5e-4, shift=1
    ),
    "keras": _KERAS,
}

_USER_QUICK = Preset(
    model="cifar_small",
    epochs=20,
    batch_size=32,
    learning_rate=0.1,
    weight_decay=5e-4,
    flip="random",
    shift=4,
)

_USER = {
    "quick": _USER_QUICK,
    "standard": dataclasses.replace(_USER_QUICK, epochs=60),
    "keras": _KERAS,
}

PRESETS: dict[str, dict[str, Preset]] = {
    "cifar10": _CIFAR,
    "cifar100": _CIFAR,
    "mnist": _MNIST,
    "digits": _DIGITS,
    "folder": _USER,
    "table": _USER,
}
"""The presets by data set, then by name."""
