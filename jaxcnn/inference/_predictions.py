"""What a network predicts for a whole set, in memory or in files."""

from typing import NamedTuple, Self

import jax.numpy as jnp
import numpy as np

from jaxcnn import functional as F
from jaxcnn.data import LabelledImages, padded_batches
from jaxcnn.inference._evaluate import BATCH_SIZE, Evaluation, read_batches
from jaxcnn.inference._losses import default_loss
from jaxcnn.inference._metrics import batch_metrics, loss_per_example
from jaxcnn.inference._network import Network


class Predictions(NamedTuple):
    """A labelled set and the network's scores for it.

    Attributes:
        test: The set.
        logits: The scores of each class for each image, ``(N, classes)`` float32.
    """

    test: LabelledImages
    logits: np.ndarray

    @classmethod
    def of(cls, network: Network, test: LabelledImages) -> Self:
        """Run the network once over all images; files are streamed."""
        return cls(test, logits_of(network, test))

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each class, as `Network.predict_proba` has it."""
        return probabilities_of(self.logits, multilabel=self.test.multilabel)

    @property
    def evaluation(self) -> Evaluation:
        """Loss and accuracy, as `Network.evaluate` has them, up to rounding of the loss."""
        logits, labels = jnp.asarray(self.logits), jnp.asarray(self.test.labels)
        losses = loss_per_example(default_loss(multilabel=self.test.multilabel), logits, labels)
        metrics = batch_metrics(logits, losses, labels, None)
        examples, correct = len(self.test), int(metrics.correct)
        return Evaluation(
            loss=float(np.asarray(losses, np.float64).mean()),
            accuracy=correct / examples,
            interval=F.wilson_interval(correct, examples),
            examples=examples,
        )


def logits_of(network: Network, images: LabelledImages) -> np.ndarray:
    """Compute the scores of each class for each image, ``(N, classes)``; files are streamed."""
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    logits = map(network.logits, read_batches(images, indices))
    return np.concatenate([*logits])[: len(images)]


def probabilities_of(logits: np.ndarray, *, multilabel: bool) -> np.ndarray:
    """Compute the softmax of logits, or multilabel their sigmoid."""
    return np.asarray(F.sigmoid(logits) if multilabel else F.softmax(logits))
