"""A finished run: the trained network with its record, ready to be saved."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from jaxcnn import training
from jaxcnn.data import Dataset
from jaxcnn.runs._environment import device, versions
from jaxcnn.runs._folder import claim, save_network, write_json
from jaxcnn.runs._pictures import save_pictures
from jaxcnn.training import Trained

P = ParamSpec("P")


@dataclasses.dataclass(frozen=True, eq=False)
class Run(Trained):
    """What `jaxcnn.fit` returns: a `Trained` that can be saved."""

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        test: Dataset | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write the run as a folder that `jaxcnn.load` reads back.

        The network is in ``architecture.json``, ``network.json`` and ``weights.safetensors``;
        the epochs' numbers are in ``metrics.jsonl`` and ``curves.png``, the first layer's
        filters in ``filters.png``. With `test` there are also the accuracy on it in
        ``result.json``, ``confusion_matrix.png`` and ``guesses.png``.

        Args:
            folder: a new folder, or an empty one.
            test: images to evaluate on.
            config: what the run was asked to do, for ``config.json``; its entries `model`,
                `preset` and `seed` are repeated in ``result.json``.

        Returns:
            The folder.

        Raises:
            FileExistsError: if the folder holds another run.
            OSError: if it cannot be written to.
        """
        path = claim(folder)
        self.write(path, test=test, config=config or {})
        return path

    def write(
        self, path: Path, *, test: Dataset | None, config: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the run's files into a folder that `claim` returned.

        Returns:
            The content of ``result.json``; empty without `test`.
        """
        write_json(path / "config.json", dict(config))
        lines = [json.dumps(logs, allow_nan=False) + "\n" for logs in self.history]
        (path / "metrics.jsonl").write_text("".join(lines))
        save_network(self.network, path)
        save_pictures(self, path, name=config.get("model", "network"), test=test)
        # Last, so that a folder with a result is a whole one.
        if test is None:
            return {}
        result = self._result(test, config)
        write_json(path / "result.json", result)
        return result

    def _result(self, test: Dataset, config: Mapping[str, Any]) -> dict[str, Any]:
        evaluation = self.evaluate(test)
        return {
            "dataset": test.name,
            "model": config.get("model"),
            "preset": config.get("preset"),
            "test_accuracy": evaluation.accuracy,
            "test_accuracy_interval": list(evaluation.interval),
            "test_loss": evaluation.loss,
            "n_test": evaluation.examples,
            "epochs": len(self.history),
            "seconds_compile": self.seconds_compile,
            "seconds_train": self.seconds_train,
            "images_per_second": self.images_per_second,
            "versions": versions(),
            "device": device(),
            "seed": config.get("seed"),
            "interrupted": self.interrupted,
        }


def _returning_run(fit: Callable[P, Trained]) -> Callable[P, Run]:
    @wraps(fit)
    def fit_run(*args: P.args, **kwargs: P.kwargs) -> Run:
        return Run(**vars(fit(*args, **kwargs)))

    return fit_run


# `training.fit` itself, arguments, docstring and all; the result can also be saved.
fit = _returning_run(training.fit)
