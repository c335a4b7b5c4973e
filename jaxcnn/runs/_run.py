"""A run: a trained network, how it was trained, and the results that are saved with it."""

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.attributes import no_attribute
from jaxcnn._support.files import write_json
from jaxcnn._support.machine import device, versions
from jaxcnn._support.manifest import mark_incomplete, write_manifest
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult, as_plain
from jaxcnn.data import ImageSource, LabeledImages, View, takes_one_set
from jaxcnn.distributed import is_first
from jaxcnn.inference import UNCHANGED, Evaluation, Network, Predictions
from jaxcnn.runs._folder import CONFIG, RESULT, RESULT_FILES, TEST, write_network
from jaxcnn.runs._history import History
from jaxcnn.runs._history_files import write_history
from jaxcnn.runs._loggers import import_tensorboard, write_events
from jaxcnn.runs._measure import measure
from jaxcnn.runs._network_file import NetworkInterface
from jaxcnn.runs._new_folder import new_folder
from jaxcnn.runs._result_file import WEIGHTS_DIGEST, Beside, check_result
from jaxcnn.runs._saved_test_set import SavedTestSet
from jaxcnn.runs._weights import weights_digest

RESULT_FIELDS = (
    "steps",
    "seconds_compile",
    "seconds_train",
    "images_seen",
    "interrupted",
    "restored_epoch",
    "stopped",
)
"""Attributes of a `Run` that ``result.json`` stores under the same names."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Run(TableResult):
    """A trained network and how it was trained: what `fit` and `load` return.

    Notebooks show a run as a table of the metrics per epoch. `to_dataframe` returns this table.
    `to_dict` returns the history, the settings and the result, without the arrays.

    Attributes:
        network: The trained network.
        history: The `Logs` of each complete epoch, as a `History`; any sequence of them.
        steps: Number of updates.
        seconds_compile: Time to compile the step.
        seconds_train: Time of the steps, without compilation and evaluation.
        images_seen: Number of training images processed, counting repetitions.
        interrupted: Whether Ctrl-C ended the training early.
        restored_epoch: The epoch, from 1, whose weights early stopping restored; None if no weights
            were restored.
        stopped: Why training ended before its last epoch: ``"early_stopping"``, ``"max_steps"``,
            ``"max_seconds"``, ``"on_epoch"`` (it returned True) or ``"StopTraining"`` (it was
            raised); None if it did not, or if Ctrl-C ended it.
        settings: The settings passed to `fit`, as plain data.
        result: The results measured when the run was saved (``result.json``); empty before.
        test: The saved part of the test set; None if the run was saved without one.
        state: The final `jaxcnn.training.TrainState`; None in a loaded run.
    """

    network: Network
    history: History = dataclasses.field(default_factory=History)
    steps: int = 0
    seconds_compile: float = 0.0
    seconds_train: float = 0.0
    images_seen: int = 0
    interrupted: bool = False
    restored_epoch: int | None = None
    stopped: str | None = None
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    result: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    test: SavedTestSet | None = None
    state: Any = None

    def __post_init__(self) -> None:
        # A frozen dataclass can only be set through `object`; tuples and lists are converted.
        object.__setattr__(self, "history", History(self.history))

    if not TYPE_CHECKING:  # type checkers know the attributes that there are

        def __getattr__(self, name: str) -> NoReturn:
            raise no_attribute(self, name, ("network", "history"))

    def __repr__(self) -> str:
        return f"Run({self.network}, {len(self.history)} epochs)"

    def __str__(self) -> str:
        return repr(self)

    def _content(self) -> Mapping[str, Any]:
        names = ("history", *RESULT_FIELDS, "images_per_second", "settings", "result")
        return {"network": repr(self.network), **{name: getattr(self, name) for name in names}}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return self.history._rows()

    def _blocks(self) -> Iterable[Block]:
        return [repr(self), *(self.history._blocks() if self.history else ())]

    @property
    def images_per_second(self) -> float:
        """Training images per second of `seconds_train`; 0 before the first step."""
        return self.images_seen / self.seconds_train if self.seconds_train else 0.0

    @property
    def class_names(self) -> tuple[str, ...]:
        """The network's class names, in the order of its outputs."""
        return self.network.class_names

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input; for images ``(H, W, C)``."""
        return self.network.input_shape

    @takes_one_set
    def evaluate(
        self,
        dataset: LabeledImages,
        *,
        views: Sequence[View] = UNCHANGED,
        everywhere: bool = False,
    ) -> Evaluation:
        """Measure loss and accuracy on a labeled set, by `Network.evaluate`.

        Args:
            dataset: Images of the network's input shape. The classes of the set are the network's
                classes in the same order, or the first of these classes.
            views: Views of each image to average logits over, as from `jaxcnn.data.flip_views`.
            everywhere: Share each batch with the other processes, which all make the same call.

        Returns:
            An `Evaluation`, which also has the interval of the accuracy.
        """
        return self.network.evaluate(dataset, views=views, everywhere=everywhere)

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = UNCHANGED,
    ) -> np.ndarray:
        """Predict the most probable class, or all labels, of each image, by `Network.predict`.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            thresholds: Multilabel only: the lowest probability at which a class is predicted, one
                for all classes or ``(classes,)``. None means 0.5.
            views: Views of each image to average logits over, as from `jaxcnn.data.flip_views`.

        Returns:
            Predictions in the form of labels. Single labels: class indices ``(N,)``. Multilabel:
            booleans ``(N, classes)``. Regression: values ``(N,)`` or ``(N, K)``.
        """
        return self.network.predict(images, thresholds=thresholds, views=views)

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Predict the probability of each class, by `Network.predict_proba`.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: Views of each image to average logits over, as from `jaxcnn.data.flip_views`.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, except for multilabel.
        """
        return self.network.predict_proba(images, views=views)

    def classify(
        self, image: ImageSource | ArrayLike | Any, *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Classify one image, a file or an array: return its most probable classes by name.

        The image is resized and cropped as by `Network.classify`.

        Args:
            image: The path of an image file, an open file, an image of Pillow, or an array
                ``(H, W, C)`` or ``(H, W)``, uint8 in 0..255 or floating point in [0, 1].
            top: Number of classes. None means 3. For a multilabel network, None means all classes
                with a probability of at least 1/2, possibly none.

        Returns:
            The most probable classes with their probabilities, in descending order.
        """
        return self.network.classify(image, top=top)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        test: LabeledImages | None = None,
        config: Mapping[str, Any] | None = None,
        tensorboard: bool = False,
    ) -> Path:
        """Save the run to a folder that `jaxcnn.load` reads back.

        The network is in ``architecture.json``, ``network.json`` and ``weights.safetensors``, the
        settings in ``config.json``, the metrics of each epoch in ``metrics.jsonl`` and
        ``metrics.csv``, the results in ``result.json``. With `test`, the results include the
        accuracy on the test set (for multilabel also average precision and F1 score per label).
        ``test.safetensors`` then stores the network's logits and the labels (up to 16 MB of
        logits), and up to 1,000 test images (up to 16 MB). If a test set is larger, evenly spaced
        examples are stored. If the images come from files, the paths of the files are stored, too.
        `jaxcnn.report` and `jaxcnn.reports.save_pictures` need these examples.

        The files are written to a temporary folder, which is then renamed: a folder appears
        completely or not at all. ``manifest.json`` has a checksum of each file, which `load`
        compares with the file. With several processes, only process 0 writes.

        Args:
            folder: A new or an empty folder.
            test: Images to evaluate on. None means the saved part of the test set, if the run was
                loaded.
            config: More settings for ``config.json``, besides the settings passed to `fit`. The
                entries `model`, `preset` and `methods` are repeated in ``result.json``.
            tensorboard: Whether to write metrics for TensorBoard, too, into ``tensorboard/``.

        Returns:
            The folder.

        Raises:
            FileExistsError: If the folder contains another run or other files.
            FolderInUseError: If another process has locked the folder.
            ImportError: If `tensorboard` is true and tensorboardX is missing. In this case, no file
                is written.
            OSError: If the folder cannot be written to.
            ValueError: If `jaxcnn.load` could not read the run back, or `test` does not fit the
                network.
        """
        if tensorboard:
            import_tensorboard()  # raises before anything is written
        if is_first():
            with new_folder(folder) as path:
                if tensorboard:
                    write_events(self.history, path)
                self.write(path, test=test, config=config or {})
        return Path(folder).expanduser()

    def write(
        self,
        path: Path,
        *,
        test: LabeledImages | None,
        config: Mapping[str, Any],
        views: Sequence[View] = (),
    ) -> "Run":
        """Write the run's files to a folder that `claim` returned.

        The manifest is written last. Until it is written, `load` says that the run is incomplete.

        Args:
            path: The folder.
            test: Images to evaluate on. None means the saved part of the test set, if the run was
                loaded.
            config: More settings for ``config.json``, besides the settings passed to `fit`.
            views: Views of each test image, to measure a second accuracy with test-time
                augmentation.

        Returns:
            The run with its result and the saved part of its test set: what `load` reads.
        """
        if test is not None:
            self.network.check_takes(test)
        mark_incomplete(path)
        settings = as_plain({**self.settings, **config})
        digest = weights_digest(self.network.variables)
        write_network(self.network, path)  # first, because it took longest to compute
        write_json(path / CONFIG, settings)
        write_history(self.history, path)
        saved = dataclasses.replace(self, settings=settings)
        if test is not None or not self.result:
            predictions = None if test is None else Predictions.of(self.network, test)
            saved_test = None if predictions is None else SavedTestSet.of(predictions)
            measured = {} if predictions is None else measure(self.network, predictions, views)
            tta = {"tta": settings.get("tta")} if views else {}
            result = saved._record(predictions) | tta | measured | {WEIGHTS_DIGEST: digest}
            result = as_plain(result)
            saved = dataclasses.replace(saved, result=result, test=saved_test)
        interface = NetworkInterface.of(self.network)
        beside = Beside(interface, self.history, saved.test, digest)
        check_result(saved.result, beside, path / RESULT)
        if saved.test is not None:
            saved.test.write(path / TEST, interface)
        write_json(path / RESULT, dict(saved.result))
        write_manifest(path, RESULT_FILES)
        return saved

    def _record(self, predictions: Predictions | None) -> dict[str, Any]:
        """Return the circumstances of the run, for ``result.json``."""
        return {
            "dataset": None if predictions is None else predictions.test.name,
            **{name: self.settings.get(name) for name in ("model", "preset", "methods", "seed")},
            "epochs": len(self.history),
            **{name: getattr(self, name) for name in RESULT_FIELDS},
            "images_per_second": self.images_per_second,
            "versions": versions(),
            "device": device(),
            "devices": self.settings.get("devices"),
        }
