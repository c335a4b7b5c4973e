"""What a network predicts for a whole set, in memory or in files."""

from typing import NamedTuple, Self

import numpy as np

from jaxcnn.data import LabelledImages
from jaxcnn.inference._evaluate import Evaluation, evaluation_of
from jaxcnn.inference._network import Network, logits_of


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
        return np.asarray(self.test.task.predictions(self.logits))

    @property
    def evaluation(self) -> Evaluation:
        """Loss and accuracy, as `Network.evaluate` has them, up to rounding of the loss."""
        task = self.test.task
        return evaluation_of(task, self.logits, self.test.labels, task.default_loss())
