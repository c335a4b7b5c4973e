"""A finished run: the trained network with its record, ready to be saved."""

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, Self

from jaxcnn import functional as F
from jaxcnn import training
from jaxcnn._support.files import write_json
from jaxcnn._support.machine import device, versions
from jaxcnn.data import LabelledImages, View
from jaxcnn.runs._folder import claim, save_network
from jaxcnn.runs._kept import keep_test
from jaxcnn.runs._metrics import write_metrics
from jaxcnn.runs._pictures import save_pictures
from jaxcnn.runs._predictions import Predictions
from jaxcnn.runs._tensorboard import import_tensorboard, write_events
from jaxcnn.training import Ensemble, NonFiniteLossError, Trained

P = ParamSpec("P")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Run(Trained):
    """What `jaxcnn.fit` returns: a `Trained` that can be saved."""

    @classmethod
    def of(cls, trained: Trained) -> Self:
        """The run of what training gave back."""
        return cls(**vars(trained))

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        test: LabelledImages | None = None,
        config: Mapping[str, Any] | None = None,
        tensorboard: bool = False,
    ) -> Path:
        """Write the run as a folder that `jaxcnn.load` reads back.

        The network is in ``architecture.json``, ``network.json`` and ``weights.safetensors``;
        the epochs' numbers are in ``metrics.jsonl``, ``metrics.csv`` and ``curves.png``, the
        first layer's filters in ``filters.png``. With `test` there are also the accuracy on it in
        ``result.json``, ``confusion_matrix.png`` and ``guesses.png``; for several labels an
        image, their average precision and F1 score instead of the pictures. For `jaxcnn.report`,
        ``test.safetensors`` then keeps the network's logits and the labels, up to 16 MB of
        logits, and up to 1,000 of the test images, up to 16 MB; of larger sets, evenly chosen
        ones.

        Args:
            folder: a new folder, or an empty one.
            test: images to evaluate on.
            config: more of what the run was asked to do, for ``config.json``, beside what was
                passed to `fit`. Its entries `model`, `preset` and `methods` are repeated in
                ``result.json``.
            tensorboard: also write the epochs' numbers for TensorBoard, into a folder of that
                name in this one.

        Returns:
            The folder.

        Raises:
            FileExistsError: if the folder holds another run.
            ImportError: if matplotlib is missing: all but the pictures has then been written; or
                tensorboardX, if it is asked for: then nothing has.
            OSError: if it cannot be written to.
        """
        if tensorboard:
            import_tensorboard()  # an error comes before anything is written
        path = claim(folder)
        if tensorboard:
            write_events(self.history, path)
        self.write(path, test=test, config=config or {})
        return path

    def write(
        self,
        path: Path,
        *,
        test: LabelledImages | None,
        config: Mapping[str, Any],
        views: Sequence[View] = (),
    ) -> dict[str, Any]:
        """Write the run's files into a folder that `claim` returned.

        Args:
            path: the folder.
            test: as in `save`.
            config: as in `save`.
            views: ways to look at each test image, for a second accuracy besides that of the
                images as they are.

        Returns:
            The content of ``result.json``; empty without `test`.
        """
        # What took longest to come by first.
        save_network(self.network, path)
        record = {**self.settings, **config}
        write_json(path / "config.json", record)
        write_metrics(self.history, path)
        name = record.get("model") or "network"
        if test is None:
            save_pictures(self, path, name=name)
            return {}
        predictions = Predictions.of(self.network, test)
        result = self._result(predictions, record, views)
        write_json(path / "result.json", result)
        keep_test(predictions, path)
        save_pictures(self, path, name=name, predictions=predictions)
        return result

    def _result(
        self, predictions: Predictions, record: Mapping[str, Any], views: Sequence[View]
    ) -> dict[str, Any]:
        test = predictions.test
        evaluation = self.evaluate(test)
        seen = {}
        if views:
            again = self.evaluate(test, views=views)
            seen["test_views"] = record.get("test_views")
            seen["test_views_accuracy"] = again.accuracy
            seen["test_views_accuracy_interval"] = list(again.interval)
        scores = _label_scores(predictions) if test.multilabel else {}
        return {
            "dataset": test.name,
            "model": record.get("model"),
            "preset": record.get("preset"),
            "test_accuracy": evaluation.accuracy,
            "test_accuracy_interval": list(evaluation.interval),
            **seen,
            "test_loss": evaluation.loss,
            "n_test": evaluation.examples,
            "epochs": len(self.history),
            "restored_epoch": self.restored_epoch,
            "steps": int(self.state.step),
            "seconds_compile": self.seconds_compile,
            "seconds_train": self.seconds_train,
            "images_per_second": self.images_per_second,
            "versions": versions(),
            "device": device(),
            "devices": self.settings.get("devices"),
            "methods": record.get("methods"),
            "seed": record.get("seed"),
            "interrupted": self.interrupted,
            **scores,
        }


def _label_scores(predictions: Predictions) -> dict[str, Any]:
    """How well each label is found, by its name."""
    test, probabilities = predictions.test, predictions.probabilities
    f1 = F.multilabel_precision_recall_f1(
        F.multilabel_confusion_matrix(probabilities >= 0.5, test.labels)
    ).f1
    precisions = F.average_precision(probabilities, test.labels)
    return {
        "test_f1": dict(zip(test.class_names, f1.tolist(), strict=True)),
        "test_average_precision": dict(zip(test.class_names, precisions.tolist(), strict=True)),
    }


def _returning_run(fit: Callable[P, Trained]) -> Callable[P, Run]:
    @wraps(fit)
    def fit_run(*args: P.args, **kwargs: P.kwargs) -> Run:
        try:
            return Run.of(fit(*args, **kwargs))
        except NonFiniteLossError as error:
            error.trained = Run.of(error.trained)
            raise

    # For `help` and editors, which otherwise show what is wrapped.
    signature = inspect.signature(fit).replace(return_annotation=Run)
    fit_run.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]
    return fit_run


# `training.fit` itself, arguments, docstring and all; the result can also be saved.
fit = _returning_run(training.fit)


def _of_runs(fit_ensemble: Callable[P, Ensemble]) -> Callable[P, Ensemble]:
    @wraps(fit_ensemble)
    def fit_runs(*args: P.args, **kwargs: P.kwargs) -> Ensemble:
        ensemble = fit_ensemble(*args, **kwargs)
        return dataclasses.replace(ensemble, members=tuple(map(Run.of, ensemble.members)))

    return fit_runs


# `training.fit_ensemble` itself; each member can also be saved.
fit_ensemble = _of_runs(training.fit_ensemble)
