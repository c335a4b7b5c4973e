"""`RunFolder`: the content of a run's folder, as the sections of its report need it."""

import dataclasses
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn.architecture import Summary, summary
from jaxcnn.data import NOUNS, Augmentation, Dataset, Multilabel, SingleLabel, Task
from jaxcnn.explain import ClassificationReport
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.reports._html import InapplicableError, MissingError
from jaxcnn.runs import ARCHITECTURE, NetworkInterface, Record, SavedTestSet, load, read_record

HOW_TO_SAVE = "run.save(folder, test=data.test) saves them."


@dataclasses.dataclass(frozen=True, eq=False)
class RunFolder:
    """The content of a run's folder, for the sections of its report.

    A property raises `MissingError` if the folder lacks the data for a section. It raises
    `InapplicableError` if no run of this task or kind of inputs can have such data.

    Attributes:
        folder: The run's folder.
        record: Everything in the folder except the network.
        loaded_network: The trained network; None if it was a custom module that was not passed in.
    """

    folder: Path
    record: Record
    loaded_network: Network | None

    @property
    def interface(self) -> NetworkInterface:
        """The inputs and outputs of the network."""
        return self.record.interface

    @property
    def noun(self) -> str:
        """The word for one example, such as ``"image"``."""
        return NOUNS[self.interface.kind]

    @property
    def config(self) -> Mapping[str, Any]:
        """The options of the run."""
        return self.record.settings

    @property
    def result(self) -> Mapping[str, Any]:
        """The results of the run."""
        return self.record.result

    @property
    def history(self) -> tuple[Mapping[str, Any], ...]:
        """The metrics of each epoch."""
        return self.record.history

    @property
    def test(self) -> SavedTestSet | None:
        """The saved part of the test set; None if none was saved."""
        return self.record.test

    @property
    def task(self) -> Task:
        """The task, for sections about classes."""
        self.check_has_classes()
        return self.interface.task

    @property
    def is_single_label(self) -> bool:
        """True if each example has one class."""
        return self.interface.task == SingleLabel()

    @property
    def is_multilabel(self) -> bool:
        """True if an example can have several classes; for sections about classes."""
        return self.task == Multilabel()

    @property
    def model(self) -> str:
        """The name of the network."""
        return str(self.config.get("model") or "network")

    @property
    def data(self) -> str:
        """The name of the data set."""
        return str(self.result.get("dataset") or self.config.get("training_set") or "its data")

    @property
    def network(self) -> Network:
        """The trained network, for sections that run it."""
        if self.loaded_network is None:
            raise MissingError(
                "the network was a custom Flax module, which cannot be saved in a folder: "
                "pass a module of the same structure to jaxcnn.report(folder, model=module)."
            )
        return self.loaded_network

    @cached_property
    def summary(self) -> Summary | None:
        """The layers of the network; None for a custom Flax module."""
        layers = self.network.architecture
        return None if layers is None else summary(layers, self.interface.input_shape)

    def layer_in_words(self, name: str) -> str:
        """Return a layer's name with its type, as the table of layers has them: "0: Conv 3×3"."""
        rows = () if self.summary is None else self.summary.rows
        return next((f"{name}: {row.layer}" for row in rows if row.name == name), name)

    @property
    def test_set(self) -> SavedTestSet:
        """The saved part of the test set, for sections that show it."""
        if self.test is None:
            raise MissingError(f"the folder has no test {self.noun}s. {HOW_TO_SAVE}")
        return self.test

    @property
    def images(self) -> np.ndarray:
        """The saved test images, ``(n, H, W, 1 or 3)`` uint8, for sections that show them."""
        self.check_takes_images()
        images = self.test_set.images
        if images.shape[-1] not in (1, 3):
            raise MissingError(
                f"images with {images.shape[-1]} channels are neither gray nor color images."
            )
        return images

    @cached_property
    def classification(self) -> ClassificationReport:
        """The report on right and wrong predictions, for examples with one label each."""
        if self.is_multilabel:
            raise InapplicableError(
                f"are about one label per {self.noun}, but here there can be several"
            )
        if len(self.test_set.labels) < 2:
            raise MissingError(f"it needs at least two test {self.noun}s.")
        names = self.interface.class_names
        return ClassificationReport.of(self.test_set.logits, self.test_set.labels, names)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """The predicted probabilities, or numbers, of all test examples, ``(M, outputs)``."""
        return np.asarray(self.interface.task.predictions(self.test_set.logits))

    @cached_property
    def sample(self) -> Dataset:
        """The saved test images with their labels, for sections that change or compare images."""
        self.check_takes_images()
        test_set, interface = self.test_set, self.interface
        return Dataset(
            test_set.images,
            test_set.labels[test_set.shown],
            interface.class_names,
            self.data,
            task=interface.task,
            kind=interface.kind,
        )

    def check_has_classes(self) -> None:
        """Raise InapplicableError if the network predicts numbers, for sections about classes."""
        if not self.interface.task.has_classes:
            raise InapplicableError("are about classes, but this network predicts numbers")

    def check_takes_images(self) -> None:
        """Raise InapplicableError if the inputs are not images, for sections that show them."""
        if self.interface.kind != "images":
            raise InapplicableError(f"show images, but this network takes {self.interface.kind}")


def read_run_folder(
    folder: str | os.PathLike[str],
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> RunFolder:
    """Read a run's folder.

    Args:
        folder: The folder of a saved run.
        model: For a network that was trained from a custom `nnx.Module`, a module of the same
            structure.
        layers: Custom layer classes that the architecture uses.

    Raises:
        FileNotFoundError: If the folder has no run.
        ValueError: If a file in it is damaged, or belongs to another run.
    """
    record = read_record(folder)
    path = Path(folder).expanduser()
    is_loadable = model is not None or (path / ARCHITECTURE).is_file()
    network = load(path, model=model, layers=layers).network if is_loadable else None
    return RunFolder(path, record, network)


def number_in(values: Mapping[str, Any], name: str) -> float | None:
    """Return a number of a result or of options; None if it is missing or no number."""
    value = values.get(name)
    return value if isinstance(value, int | float) else None


AUGMENTATION_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Augmentation)}


def augmentation_of(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parts of the augmentation that are on; None if the options do not have one.

    Example:
        >>> augmentation_of({"augmentation": {"flip": "none", "shift": 2, "rand_augment": None}})
        {'shift': 2}
    """
    if "augmentation" not in config:
        return None
    augmentation = config["augmentation"] or {}
    if not isinstance(augmentation, Mapping):
        raise ValueError(f"config.json: expected an object as augmentation, got {augmentation!r}")
    defaults = AUGMENTATION_DEFAULTS
    return {name: value for name, value in augmentation.items() if value != defaults.get(name)}
