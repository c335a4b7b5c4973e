"""A network's outputs for a whole data set, in memory or in files, and how good they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from jaxcnn.data import LabeledImages, Loss, View, padded_batches
from jaxcnn.inference._evaluate import (
    BATCH_SIZE,
    UNCHANGED,
    Evaluation,
    SetOutputs,
    evaluation_of,
    outputs_for,
)
from jaxcnn.inference._input_checks import as_views
from jaxcnn.inference._shared_batches import read_batches

if TYPE_CHECKING:
    from jaxcnn.inference._network import Network


class Predictions(NamedTuple):
    """A labeled set with a network's logits for all its examples.

    Attributes:
        test: The set.
        logits: The network's logits for all images, ``(N, classes)`` float32.
    """

    test: LabeledImages
    logits: np.ndarray

    @classmethod
    def of(cls, network: "Network", test: LabeledImages) -> Self:
        """Compute a network's logits for all images of a set; files are streamed."""
        network.check_takes(test)
        return cls(test, logits_of(network, test))

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each class, ``(N, classes)``, as from `Network.predict_proba`."""
        return np.asarray(self.test.task.predictions(self.logits))

    @property
    def evaluation(self) -> Evaluation:
        """The same loss and accuracy as from `Network.evaluate`, up to rounding of the loss."""
        task = self.test.task
        return evaluation_of(task, self.logits, self.test.labels, task.default_loss())


def logits_of(
    network: "Network",
    dataset: LabeledImages,
    *,
    views: Sequence[View] = UNCHANGED,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
) -> np.ndarray:
    """Compute the logits of each example of a data set, ``(N, classes)``; files are streamed."""
    batch_size = min(batch_size, len(dataset))
    indices, _ = padded_batches(len(dataset), batch_size)
    logits = [
        network.logits(images, views=views, batch_size=batch_size, devices=devices)
        for images in read_batches(dataset, indices)
    ]
    return np.concatenate(logits)[: len(dataset)]


def outputs_on(
    network: "Network",
    dataset: LabeledImages,
    *,
    views: Sequence[View] = UNCHANGED,
    batch_size: int = BATCH_SIZE,
    loss: Loss | None = None,
    devices: int | None = None,
    everywhere: bool = False,
) -> SetOutputs:
    """Run a network over a labeled set; the arguments are those of `Network.evaluate`.

    With `everywhere`, the devices of all processes share each batch. All processes must call the
    function, and all get all outputs.
    """
    network.check_takes(dataset)
    return outputs_for(
        network.variables,
        dataset,
        apply=network.apply,
        normalization=network.normalization,
        loss=loss or network.task.default_loss(),
        task=network.task,
        views=as_views(views, network.kind),
        batch_size=batch_size,
        devices=devices,
        everywhere=everywhere,
    )
