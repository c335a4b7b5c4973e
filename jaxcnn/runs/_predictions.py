"""What a network predicts for a whole set, in memory or in files."""

from typing import NamedTuple, Self

import numpy as np

from jaxcnn import functional as F
from jaxcnn.data import LabelledImages
from jaxcnn.training import Network
from jaxcnn.training._predictions import logits_of


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
        return cls(test, logits_of(network, test))

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each class, as `Network.predict_proba` has it."""
        return as_probabilities(self.logits, multilabel=self.test.multilabel)


def as_probabilities(logits: np.ndarray, *, multilabel: bool) -> np.ndarray:
    """The softmax of logits, or multilabel their sigmoid."""
    return np.asarray(F.sigmoid(logits) if multilabel else F.softmax(logits))
