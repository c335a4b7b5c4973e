"""What a run's folder holds, read for its report."""

import dataclasses
import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn import functional as F
from jaxcnn.data import Augmentation, Dataset
from jaxcnn.explain import ClassificationReport
from jaxcnn.layers import Layer
from jaxcnn.reports._html import MissingError
from jaxcnn.runs import load
from jaxcnn.runs._facts import Facts, read_facts
from jaxcnn.runs._folder import ARCHITECTURE, NETWORK
from jaxcnn.runs._kept import Kept, read_kept
from jaxcnn.runs._metrics import JSONL
from jaxcnn.training import Network

HOW_TO_KEEP = "run.save(folder, test=data.test) keeps them."


@dataclasses.dataclass(frozen=True, eq=False)
class RunFolder:
    """A run's folder as values; None or empty is what it lacks.

    Attributes:
        folder: where all this was read.
        facts: the names of the classes, and what images the network takes.
        config: what the run was asked to do.
        result: what came out.
        history: the epochs' numbers.
        saved: the trained network; None where it was a module of one's own and is not given.
        test: what was kept of the test set.
    """

    folder: Path
    facts: Facts
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    history: tuple[Mapping[str, Any], ...]
    saved: Network | None
    test: Kept | None

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
                "the network was a Flax module of one's own, which a folder cannot hold: "
                "jaxcnn.report(folder, model=module) takes one of the same structure."
            )
        return self.saved

    @property
    def kept(self) -> Kept:
        """What was kept of the test set, for sections that show it."""
        if self.test is None:
            raise MissingError(f"the folder holds no test images. {HOW_TO_KEEP}")
        return self.test

    @property
    def pictures(self) -> np.ndarray:
        """The kept images, ``(n, H, W, 1 or 3)`` uint8, for sections that show them."""
        images = self.kept.images
        if images.shape[-1] not in (1, 3):
            raise MissingError(
                f"images of {images.shape[-1]} channels are neither gray nor colour pictures."
            )
        return images

    @cached_property
    def classification(self) -> ClassificationReport:
        """What the network gets right and wrong, where an image has one label."""
        if self.facts.multilabel:
            raise MissingError(
                "it is about one label an image, and here an image may have several."
            )
        if len(self.kept.labels) < 2:
            raise MissingError("it takes at least two test images.")
        return ClassificationReport.of(self.kept.logits, self.kept.labels, self.facts.class_names)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """What the network says of each kept example, ``(M, classes)``."""
        probabilities = F.sigmoid if self.facts.multilabel else F.softmax
        return np.asarray(probabilities(self.kept.logits))

    @cached_property
    def sample(self) -> Dataset:
        """The kept images with their labels."""
        kept, facts = self.kept, self.facts
        labels = kept.labels[kept.shown]
        return Dataset(
            kept.images, labels, facts.class_names, self.data, multilabel=facts.multilabel
        )


def read_run_folder(
    folder: str | os.PathLike[str],
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> RunFolder:
    """Read a run's folder.

    Args:
        folder: where a run was saved.
        model: as `load` takes it.
        layers: as `load` takes them.

    Raises:
        FileNotFoundError: if the folder holds no run.
        ValueError: if a file in it is damaged, or belongs to another run.
    """
    path = Path(folder).expanduser()
    if not (path / NETWORK).is_file():
        raise FileNotFoundError(f"{path}: no run here (it has no {NETWORK})")
    facts = read_facts(path / NETWORK)
    loadable = model is not None or (path / ARCHITECTURE).is_file()
    return RunFolder(
        folder=path,
        facts=facts,
        config=_read_object(path / "config.json"),
        result=_read_object(path / "result.json"),
        history=_read_history(path / JSONL),
        saved=load(path, model=model, layers=layers) if loadable else None,
        test=read_kept(path, facts),
    )


def _read_object(path: Path) -> dict[str, Any]:
    content = _parsed(path.read_text(encoding="utf-8"), path) if path.is_file() else {}
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object")
    return content


def _read_history(path: Path) -> tuple[dict[str, Any], ...]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    epochs = tuple(_parsed(line, path) for line in lines)
    if not all(isinstance(epoch, dict) for epoch in epochs):
        raise ValueError(f"{path}: expected a JSON object in each line")
    return epochs


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


OFF = {field.name: field.default for field in dataclasses.fields(Augmentation)}


def augmentation_of(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts of the policy that are on; None where the configuration does not speak of it.

    Example:
        >>> augmentation_of({"augmentation": {"flip": "none", "shift": 2, "rand_augment": None}})
        {'shift': 2}
    """
    if "augmentation" not in config:
        return None
    policy = config["augmentation"] or {}
    if not isinstance(policy, Mapping):
        raise ValueError(f"config.json: expected an object as augmentation, got {policy!r}")
    return {name: value for name, value in policy.items() if value != OFF.get(name)}
