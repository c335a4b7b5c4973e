"""What a network predicts for a whole set, in memory or in files."""

from typing import NamedTuple, Self

import numpy as np

from jaxcnn import functional as F
from jaxcnn.data import Dataset, LabelledImages, padded_batches, stream_batches
from jaxcnn.training import Network

BATCH_SIZE = 500


class Predictions(NamedTuple):
    """A set and what a network says of it.

    Attributes:
        test: the set.
        logits: the scores of each class for each image, ``(N, classes)`` float32.
    """

    test: LabelledImages
    logits: np.ndarray

    @classmethod
    def of(cls, network: Network, test: LabelledImages) -> Self:
        """What `network` says of all images; files are streamed."""
        return cls(test, _logits_of(network, test))

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each class, as `Network.predict_proba` has it."""
        return as_probabilities(self.logits, multilabel=self.test.multilabel)


def as_probabilities(logits: np.ndarray, *, multilabel: bool) -> np.ndarray:
    """The softmax of logits, or multilabel their sigmoid."""
    return np.asarray(F.sigmoid(logits) if multilabel else F.softmax(logits))


def _logits_of(network: Network, images: LabelledImages) -> np.ndarray:
    if isinstance(images, Dataset):
        return network.logits(images.images)
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    batches = stream_batches(images, indices)
    return np.concatenate([network.logits(batch) for batch in batches])[: len(images)]
