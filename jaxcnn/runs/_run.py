"""A run: a trained network, how it came about, and what is measured when it is saved."""

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.files import plain, write_json
from jaxcnn._support.machine import device, versions
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, View
from jaxcnn.inference import UNCHANGED, Evaluation, Network, Predictions
from jaxcnn.runs._folder import CONFIG, RESULT, TEST, claim, clear, write_network
from jaxcnn.runs._history_files import Logs, flat, import_tensorboard, write_events, write_history
from jaxcnn.runs._network_file import NetworkInterface
from jaxcnn.runs._saved_test_set import SavedTestSet

RECORDED = (
    "steps",
    "seconds_compile",
    "seconds_train",
    "images_seen",
    "interrupted",
    "restored_epoch",
)
"""Attributes of a `Run` that ``result.json`` holds under the same names."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Run(TableResult):
    """A trained network and how it came about: what `fit` returns, and `load`.

    Notebooks show the numbers of its epochs as a table, which `to_dataframe` returns; `to_dict`
    has the history, the settings and the result, without the arrays.

    Attributes:
        network: The trained network.
        history: The `Logs` of each whole epoch.
        steps: Number of updates.
        seconds_compile: Time that compiling the step took.
        seconds_train: Time that the steps took, without compiling and evaluation.
        images_seen: Training images that went through, each as often as it did.
        interrupted: Whether Ctrl-C ended the training early.
        restored_epoch: The epoch, from 1, whose weights early stopping kept; None: there was none.
        settings: What `fit` was asked to do, as plain data.
        result: What was measured when the run was saved (``result.json``); empty before.
        test: What was kept of the test set that it was saved with; None: there was none.
        state: The `jaxcnn.training.TrainState` at the end; None in a run that was loaded.
    """

    network: Network
    history: tuple[Logs, ...] = ()
    steps: int = 0
    seconds_compile: float = 0.0
    seconds_train: float = 0.0
    images_seen: int = 0
    interrupted: bool = False
    restored_epoch: int | None = None
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    result: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    test: SavedTestSet | None = None
    state: Any = None

    def __repr__(self) -> str:
        return f"Run({self.network}, {len(self.history)} epochs)"

    def __str__(self) -> str:
        return repr(self)

    def _content(self) -> Mapping[str, Any]:
        names = ("history", *RECORDED, "images_per_second", "settings", "result")
        return {"network": repr(self.network), **{name: getattr(self, name) for name in names}}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [dict(flat(logs)) for logs in self.history]

    def _blocks(self) -> Iterable[Block]:
        per_layer = {
            name for logs in self.history for name in logs if isinstance(logs[name], Mapping)
        }
        rows = [
            {name: value for name, value in logs.items() if name not in per_layer}
            for logs in self.history
        ]
        return [repr(self), *([Table.of(rows, words=0)] if rows else [])]

    @property
    def images_per_second(self) -> float:
        """Training images over `seconds_train`; 0 before the first step."""
        return self.images_seen / self.seconds_train if self.seconds_train else 0.0

    @property
    def class_names(self) -> tuple[str, ...]:
        """The network's class names, in the order of its outputs."""
        return self.network.class_names

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input, for images ``(H, W, C)``."""
        return self.network.input_shape

    def evaluate(self, dataset: LabeledImages, *, views: Sequence[View] = UNCHANGED) -> Evaluation:
        """Measure loss and accuracy on a labeled set; see `Network.evaluate`."""
        return self.network.evaluate(dataset, views=views)

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = UNCHANGED,
    ) -> np.ndarray:
        """Predict the class of each image, or its labels; see `Network.predict`."""
        return self.network.predict(images, thresholds=thresholds, views=views)

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Predict the probability of each class; see `Network.predict_proba`."""
        return self.network.predict_proba(images, views=views)

    def classify(
        self, path: str | os.PathLike[str], *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Name what a picture shows; see `Network.classify`."""
        return self.network.classify(path, top=top)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        test: LabeledImages | None = None,
        config: Mapping[str, Any] | None = None,
        tensorboard: bool = False,
    ) -> Path:
        """Write the run as a folder that `jaxcnn.load` reads back.

        The network is in ``architecture.json``, ``network.json`` and ``weights.safetensors``, what
        was asked for in ``config.json``, the epochs' numbers in ``metrics.jsonl`` and
        ``metrics.csv``, what came out in ``result.json``. With `test`, the result has the accuracy
        on it (for several labels per image also their average precision and F1 score), and
        ``test.safetensors`` keeps the network's logits and the labels, up to 16 MB of logits, and
        up to 1,000 of the test images, up to 16 MB; of larger sets, evenly chosen ones.
        `jaxcnn.report` and `jaxcnn.reports.save_pictures` draw from such a folder.

        Args:
            folder: A new folder, or an empty one.
            test: Images to evaluate on. None: what the run has kept already, if it was loaded.
            config: More of what the run was asked to do, for ``config.json``, beside what was
                passed to `fit`. Its entries `model`, `preset` and `methods` are repeated in
                ``result.json``.
            tensorboard: Also write the epochs' numbers for TensorBoard, into a folder of that
                name in this one.

        Returns:
            The folder.

        Raises:
            FileExistsError: If the folder holds another run.
            ImportError: If tensorboardX is missing and asked for; then nothing is written.
            OSError: If it cannot be written to.
            ValueError: If `jaxcnn.load` could not read back what is to be written, or `test` is not
                such as the network takes.
        """
        if tensorboard:
            import_tensorboard()  # an error comes before anything is written
        path = claim(folder)
        try:
            if tensorboard:
                write_events(self.history, path)
            self.write(path, test=test, config=config or {})
        except BaseException:
            clear(path)  # so that one can save into it again
            raise
        return path

    def write(
        self,
        path: Path,
        *,
        test: LabeledImages | None,
        config: Mapping[str, Any],
        views: Sequence[View] = (),
    ) -> "Run":
        """Write the run's files into a folder that `claim` returned.

        Args:
            path: The folder.
            test: As in `save`.
            config: As in `save`.
            views: Ways to look at each test image, for a second accuracy besides that of the
                images as they are.

        Returns:
            The run with its result, and with what was kept of the test set: what `load` reads.
        """
        if test is not None:
            self.network.check_takes(test)
        settings = plain({**self.settings, **config})
        write_network(self.network, path)  # first what took longest to come by
        write_json(path / CONFIG, settings)
        write_history(self.history, path)
        saved = dataclasses.replace(self, settings=settings)
        if test is not None or not self.result:
            predictions = None if test is None else Predictions.of(self.network, test)
            kept = None if predictions is None else SavedTestSet.of(predictions)
            measured = {} if predictions is None else measure(self.network, predictions, views)
            viewed = {"tta": settings.get("tta")} if views else {}
            result = plain(saved._record(predictions) | viewed | measured)
            saved = dataclasses.replace(saved, result=result, test=kept)
        if saved.test is not None:
            saved.test.write(path / TEST, NetworkInterface.of(self.network))
        write_json(path / RESULT, dict(saved.result))
        return saved

    def _record(self, predictions: Predictions | None) -> dict[str, Any]:
        """How the run came about, for ``result.json``."""
        return {
            "dataset": None if predictions is None else predictions.test.name,
            **{name: self.settings.get(name) for name in ("model", "preset", "methods", "seed")},
            "epochs": len(self.history),
            **{name: getattr(self, name) for name in RECORDED},
            "images_per_second": self.images_per_second,
            "versions": versions(),
            "device": device(),
            "devices": self.settings.get("devices"),
        }


def measure(
    network: Network, predictions: Predictions, views: Sequence[View] = ()
) -> dict[str, Any]:
    """Score a network's predictions, for ``result.json``.

    Args:
        network: The network, which is run again only for `views`.
        predictions: What it says of the test set.
        views: Ways to look at each test image, for a second accuracy besides that of the images
            as they are.
    """
    test, evaluation = predictions.test, predictions.evaluation
    scores: dict[str, Any] = {"test_loss": evaluation.loss, "n_test": evaluation.examples}
    scores |= _accuracy("test", evaluation)
    if views:
        scores |= _accuracy("tta", network.evaluate(test, views=views))
    found = test.task.results(predictions.logits, test.labels, test.class_names)
    return scores | {f"test_{name}": value for name, value in found.items()}


def _accuracy(name: str, evaluation: Evaluation) -> dict[str, Any]:
    if evaluation.accuracy is None:
        return {}
    return {
        f"{name}_accuracy": evaluation.accuracy,
        f"{name}_accuracy_interval": evaluation.interval,
    }
