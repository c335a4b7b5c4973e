"""The subject of an experiment: a network of the zoo from scratch, or pretrained weights."""

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from jaxcnn.architecture import with_classes
from jaxcnn.data import Augmentation, LabeledImages
from jaxcnn.experiment._config import Config
from jaxcnn.experiment._presets import Preset
from jaxcnn.experiment._recorded import (
    logged_options,
    logged_tuning,
    recorded,
    recorded_tuning,
)
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.runs import CHECKPOINTS, Run
from jaxcnn.training import Checkpoints, FineTuning, Plan, Resume, fine_tune, fit


class Subject(Protocol):
    """The network that an experiment trains, and its training."""

    @property
    def config(self) -> Config:
        """The options of the experiment."""
        ...

    @property
    def key(self) -> str:
        """Name of the data set in `PRESETS`."""
        ...

    @property
    def name(self) -> str:
        """Name of the network."""
        ...

    def in_words(self) -> str:
        """Return lines that say how the network is trained, if that is not as usual."""
        ...

    def architecture(self, num_classes: int) -> Layer:
        """Return the network with some number of classes."""
        ...

    def recorded(self) -> dict[str, Any]:
        """Return the options that decide the results, for ``config.json``."""
        ...

    def logged(self) -> dict[str, Any]:
        """Return the options for the log."""
        ...

    def training(self, train: LabeledImages, folder: Path) -> Callable[..., Run]:
        """Return the training as a function of what `fit` and `fine_tune` have in common."""
        ...


@dataclasses.dataclass(frozen=True)
class FromScratch:
    """A network of the zoo with random weights, trained as its preset says."""

    config: Config
    key: str
    augmentation: Augmentation | None

    @property
    def preset(self) -> Preset:
        """The preset of the data set, with the config's options."""
        return self.config.resolve(self.key)

    @property
    def plan(self) -> Plan:
        """The options of `fit`."""
        return self.config.plan(self.preset, self.augmentation)

    @property
    def name(self) -> str:
        return self.preset.model

    def in_words(self) -> str:
        return ""

    def architecture(self, num_classes: int) -> Layer:
        return self.preset.architecture(num_classes)

    def recorded(self) -> dict[str, Any]:
        return recorded(self.config, self.key, self.preset)

    def logged(self) -> dict[str, Any]:
        return logged_options(self.config, self.key, self.preset, self.plan)

    def training(self, train: LabeledImages, folder: Path) -> Callable[..., Run]:
        return partial(
            fit,
            self.architecture(train.num_classes),
            train,
            plan=self.plan,
            checkpoints=_checkpoints(self.config, folder),
            resume=_resume(self.config),
            extend=self.config.extend,
            trace=self.config.trace,
        )


@dataclasses.dataclass(frozen=True)
class FineTuned:
    """A network with pretrained weights, which `fine_tune` trains further."""

    config: Config
    key: str
    network: Network
    augmentation: Augmentation | None

    @property
    def tuning(self) -> FineTuning:
        """The options of `fine_tune`."""
        return self.config.fine_tuning(self.augmentation)

    @property
    def name(self) -> str:
        assert self.config.pretrained is not None  # or there is nothing to fine-tune
        return self.config.pretrained

    def in_words(self) -> str:
        return f"{self.tuning}\n"

    def architecture(self, num_classes: int) -> Layer:
        assert self.network.architecture is not None  # as `pretrained` returns it
        return with_classes(self.network.architecture, num_classes)

    def recorded(self) -> dict[str, Any]:
        return recorded_tuning(self.config, self.key, self.tuning) | self._revision()

    def logged(self) -> dict[str, Any]:
        return logged_tuning(self.config, self.key, self.tuning) | self._revision()

    def training(self, train: LabeledImages, folder: Path) -> Callable[..., Run]:
        return partial(
            fine_tune,
            self.network,
            train,
            plan=self.tuning,
            checkpoints=_checkpoints(self.config, folder),
            resume=_resume(self.config),
        )

    def _revision(self) -> dict[str, str | None]:
        """The commit of the weights; None: they are from a folder."""
        origin = self.network.origin
        return {"revision": None if origin is None else origin.revision}


def _resume(config: Config) -> Resume:
    """Return what the training does with checkpoints; the folder is checked already."""
    if config.extend:
        return "must"  # a finished run must not start anew
    return "never" if config.checkpoint_every == 0 else "auto"


def _checkpoints(config: Config, folder: Path) -> Checkpoints | None:
    if config.checkpoint_every == 0:
        return None
    return Checkpoints(folder / CHECKPOINTS, every_steps=config.checkpoint_every, keep=config.keep)
