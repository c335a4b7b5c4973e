"""What a run's folder holds, read for its report."""

import dataclasses
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn.data import Augmentation, Dataset, Multilabel, Task
from jaxcnn.explain import ClassificationReport
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.reports._html import MissingError
from jaxcnn.runs import ARCHITECTURE, NetworkInterface, Record, SavedTestSet, load, read_record

HOW_TO_KEEP = "run.save(folder, test=data.test) keeps them."


@dataclasses.dataclass(frozen=True, eq=False)
class RunFolder:
    """A run's folder as values, for the sections of its report.

    Attributes:
        folder: Where all this was read.
        record: What the folder holds, except the network.
        saved: The trained network; None where it was a custom module and is not given.
    """

    folder: Path
    record: Record
    saved: Network | None

    @property
    def interface(self) -> NetworkInterface:
        """What goes into the network and what comes out of it."""
        return self.record.interface

    @property
    def config(self) -> Mapping[str, Any]:
        """What the run was asked to do."""
        return self.record.settings

    @property
    def result(self) -> Mapping[str, Any]:
        """What came out."""
        return self.record.result

    @property
    def history(self) -> tuple[Mapping[str, Any], ...]:
        """The epochs' numbers."""
        return self.record.history

    @property
    def test(self) -> SavedTestSet | None:
        """What was kept of the test set; None: nothing."""
        return self.record.test

    @property
    def task(self) -> Task:
        """What classes an example may show, for sections that are about classes."""
        if not self.interface.task.has_classes:
            raise MissingError("it is about classes, and this network predicts numbers.")
        return self.interface.task

    @property
    def is_multilabel(self) -> bool:
        """Whether an example may show several classes, for sections that are about classes."""
        return self.task == Multilabel()

    @property
    def model(self) -> str:
        """What the network is called."""
        return str(self.config.get("model") or "network")

    @property
    def data(self) -> str:
        """What the data are called."""
        return str(self.result.get("dataset") or self.config.get("training_set") or "its data")

    @property
    def network(self) -> Network:
        """The trained network, for sections that run it."""
        if self.saved is None:
            raise MissingError(
                "the network was a custom Flax module, which a folder cannot hold: "
                "jaxcnn.report(folder, model=module) takes one of the same structure."
            )
        return self.saved

    @property
    def kept(self) -> SavedTestSet:
        """What was kept of the test set, for sections that show it."""
        if self.test is None:
            raise MissingError(f"the folder holds no test images. {HOW_TO_KEEP}")
        return self.test

    @property
    def pictures(self) -> np.ndarray:
        """The kept images, ``(n, H, W, 1 or 3)`` uint8, for sections that show them."""
        self._check_takes_pictures()
        images = self.kept.images
        if images.shape[-1] not in (1, 3):
            raise MissingError(
                f"images of {images.shape[-1]} channels are neither gray nor color pictures."
            )
        return images

    @cached_property
    def classification(self) -> ClassificationReport:
        """What the network gets right and wrong, where an image has one label."""
        if self.is_multilabel:
            raise MissingError("it is about one label per image, and here there may be several.")
        if len(self.kept.labels) < 2:
            raise MissingError("it takes at least two test images.")
        names = self.interface.class_names
        return ClassificationReport.of(self.kept.logits, self.kept.labels, names)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """What the network says of each kept example, ``(M, classes)``."""
        return np.asarray(self.interface.task.predictions(self.kept.logits))

    @cached_property
    def sample(self) -> Dataset:
        """The kept images with their labels, for sections that change or compare pictures."""
        self._check_takes_pictures()
        kept, interface = self.kept, self.interface
        return Dataset(
            kept.images,
            kept.labels[kept.shown],
            interface.class_names,
            self.data,
            task=interface.task,
            kind=interface.kind,
        )

    def _check_takes_pictures(self) -> None:
        if self.interface.kind != "images":
            raise MissingError(
                f"it is about pictures, and this network takes {self.interface.kind}."
            )


def read_run_folder(
    folder: str | os.PathLike[str],
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> RunFolder:
    """Read a run's folder.

    Args:
        folder: Where a run was saved.
        model: As `load` takes it.
        layers: As `load` takes them.

    Raises:
        FileNotFoundError: If the folder holds no run.
        ValueError: If a file in it is damaged, or belongs to another run.
    """
    path = Path(folder).expanduser()
    record = read_record(path)
    loadable = model is not None or (path / ARCHITECTURE).is_file()
    saved = load(path, model=model, layers=layers).network if loadable else None
    return RunFolder(path, record, saved)


OFF = {field.name: field.default for field in dataclasses.fields(Augmentation)}


def augmentation_of(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts of the augmentation that are on; None where the configuration does not speak of it.

    Example:
        >>> augmentation_of({"augmentation": {"flip": "none", "shift": 2, "rand_augment": None}})
        {'shift': 2}
    """
    if "augmentation" not in config:
        return None
    augmentation = config["augmentation"] or {}
    if not isinstance(augmentation, Mapping):
        raise ValueError(f"config.json: expected an object as augmentation, got {augmentation!r}")
    return {name: value for name, value in augmentation.items() if value != OFF.get(name)}
