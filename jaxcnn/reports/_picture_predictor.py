"""`PicturePredictor`: a network outside JAX, whose predictions are shown in the same way."""

from typing import Protocol, runtime_checkable

import numpy as np
from jax.typing import ArrayLike

from jaxcnn.data import Kind, PictureStatistics, Preprocessing, Task
from jaxcnn.inference import Network


@runtime_checkable
class PicturePredictor(Protocol):
    """A network outside JAX that predicts pictures, such as `jaxcnn.export.OnnxNetwork`.

    Attributes:
        input_shape: The shape of one input, ``(H, W, C)``.
        class_names: One name per class, in the order of the outputs.
        kind: What the inputs are: ``"images"``.
        task: What the outputs mean.
        pictures: What the training pictures look like; None if this is unknown.
        preprocessing: How pictures are resized and cropped; None as in `Network`.
    """

    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    kind: Kind
    task: Task
    pictures: PictureStatistics | None
    preprocessing: Preprocessing | None

    def predict_proba(self, inputs: np.ndarray, /) -> np.ndarray:
        """Predict the probabilities of the classes.

        Args:
            inputs: ``(N, H, W, C)`` uint8.

        Returns:
            ``(N, classes)`` float32.
        """
        ...

    def predict(self, inputs: np.ndarray, /) -> np.ndarray:
        """Predict the classes, or for a regression the numbers.

        Args:
            inputs: ``(N, H, W, C)`` uint8.

        Returns:
            For a regression, ``(N,)`` or ``(N, K)``.
        """
        ...

    def top_classes(
        self,
        probabilities: np.ndarray,
        *,
        top: int | None = None,
        thresholds: ArrayLike | None = None,
    ) -> list[tuple[str, float]]:
        """Return the most probable classes of one image by name, as `Network.top_classes` does.

        Args:
            probabilities: ``(classes,)``, the probabilities of one image.
            top: Number of classes; None means the usual number.
            thresholds: Multilabel only: the lowest probability of a returned class.
        """
        ...


def predictions_of(
    network: Network | PicturePredictor, images: np.ndarray, devices: int | None
) -> np.ndarray:
    """Return the probabilities or numbers that a network predicts of a batch of images."""
    if not isinstance(network, Network):
        if network.task.has_classes:
            return network.predict_proba(images)
        return network.predict(images).reshape(len(images), -1)
    logits = network.logits(images, batch_size=len(images), devices=devices)
    return np.asarray(network.task.predictions(logits))
