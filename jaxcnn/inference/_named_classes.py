"""Classes by name: the class of one picture, and the most probable of given probabilities."""

from typing import Any

import numpy as np
from jax.typing import ArrayLike

from jaxcnn.data import ImageSource, Kind, Preprocessing, Task, as_image
from jaxcnn.inference._evaluate import compute_logits
from jaxcnn.inference._input_checks import as_inputs
from jaxcnn.inference._normalization import Normalization
from jaxcnn.inference._pure import Apply, Variables
from jaxcnn.inference._thresholds import top_classes
from jaxcnn.layers import Layer


class NamedClasses:
    """The methods of a `Network` that return classes by name.

    Its attributes are described at `Network`.
    """

    apply: Apply
    variables: Variables
    normalization: Normalization
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    architecture: Layer | None
    task: Task
    kind: Kind
    preprocessing: Preprocessing | None

    def classify(
        self, image: ImageSource | ArrayLike | Any, *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Classify one image, a file or an array: return its most probable classes by name.

        The image is resized and cropped as the network's `preprocessing` says; without one, it is
        resized until it covers the network's input shape, and cropped to its center, as
        `image_folder` does. An array that has the height and width of the input keeps its pixels.

        Args:
            image: The path of an image file, an open file, an image of Pillow, or an array
                ``(H, W, C)`` or ``(H, W)``, uint8 in 0..255 or floating point in [0, 1].
            top: Number of classes. None means 3, or for multilabel all classes with a probability
                of at least 1/2 (possibly none).

        Returns:
            The most probable classes with their probabilities, in descending order.

        Raises:
            TypeError: If `image` is none of these.
            ValueError: If the network does not take images, an array has a wrong shape or values
                out of range, or `top` does not fit its task.
            DataError: If the file is not an image, damaged, or too large.
            OSError: If the file cannot be read.
        """
        if self.kind != "images":
            raise ValueError(f"image: expected a network of images, got one of {self.kind}")
        pixels = as_image(image, self.input_shape, preprocessing=self.preprocessing)
        logits = compute_logits(
            self.variables,
            as_inputs(pixels[None], self.kind, self.input_shape, self.architecture),
            apply=self.apply,
            normalization=self.normalization,
        )
        return self.top_classes(np.asarray(self.task.predictions(logits))[0], top=top)

    def top_classes(
        self,
        probabilities: np.ndarray,
        *,
        top: int | None = None,
        thresholds: ArrayLike | None = None,
    ) -> list[tuple[str, float]]:
        """Return the most probable classes of one image by name.

        Args:
            probabilities: ``(classes,)``, the probabilities of one image, from `predict_proba`.
            top: Number of classes. None means 3, or for multilabel all classes that reach their
                threshold (possibly none).
            thresholds: Multilabel only, instead of `top`: the lowest probability of a returned
                class. One threshold for all classes or ``(classes,)``; None means 0.5.

        Returns:
            The most probable classes with their probabilities, in descending order. For a
            regression: all predicted numbers, in the order of the outputs.

        Raises:
            ValueError: If an argument does not fit, or both `top` and `thresholds` are given.
        """
        return top_classes(
            probabilities, self.class_names, self.task, top=top, thresholds=thresholds
        )
