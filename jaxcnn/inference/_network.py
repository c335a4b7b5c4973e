"""A trained network: all that a prediction needs, and nothing of how it was trained."""

import dataclasses
import os
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn.data import (
    Kind,
    LabeledImages,
    Loss,
    Multilabel,
    SingleLabel,
    Task,
    View,
    check_images,
    check_inputs,
    load_image,
)
from jaxcnn.inference._evaluate import (
    BATCH_SIZE,
    UNCHANGED,
    Evaluation,
    check_dataset,
    check_same_task,
    compute_logits,
    evaluate,
    evaluation_of,
)
from jaxcnn.inference._normalization import Normalization
from jaxcnn.inference._predictions import logits_of
from jaxcnn.inference._pure import Apply, Variables
from jaxcnn.inference._thresholds import check_thresholds
from jaxcnn.layers import Layer


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network with its weights, the classes' names, and the images that it takes.

    Attributes:
        apply: The pure function, from `functionalize`.
        variables: The arrays.
        normalization: What is done to pixels before they are fed in.
        input_shape: Of one input, for images ``(H, W, C)``.
        class_names: One name per class, in the order of the outputs.
        architecture: The network as data; None if it was given as a module.
        task: What the outputs mean: classes, one or several per image, or numbers.
        kind: What the inputs are, as in `jaxcnn.data.Dataset`.
    """

    apply: Apply
    variables: Variables
    normalization: Normalization
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    architecture: Layer | None = None
    task: Task = SingleLabel()
    kind: Kind = "images"

    def __repr__(self) -> str:
        parameters = F.count_parameters(self.variables.params)
        outputs = self.task.outputs_in_words
        return (
            f"Network({self.input_shape} to {len(self.class_names)} {outputs}, "
            f"{parameters:,} parameters)"
        )

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of what one input gives, without computing it."""
        dtype = jnp.int32 if self.kind == "tokens" else jnp.float32
        return self.apply.output_shape(self.variables, self.input_shape, dtype)

    @property
    def multilabel(self) -> bool:
        """Whether an image may show any number of the classes."""
        return self.task == Multilabel()

    def with_variables(self, variables: Variables) -> "Network":
        """The same network with other weights."""
        return dataclasses.replace(self, variables=variables)

    @property
    def module(self) -> nnx.Module:
        """A Flax module with copies of the weights, in eval mode; it takes normalized images."""
        return self.apply.module(self.variables)

    def logits(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The scores before the softmax, or multilabel before the sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: ways to look at each image, over whose logits the mean is taken, as from
                `jaxcnn.data.flip_views`.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            ``(N, classes)`` float32, on the host.
        """
        return compute_logits(
            self.variables,
            self._checked(images),
            apply=self.apply,
            normalization=self.normalization,
            views=self._checked_views(views),
            batch_size=batch_size,
            devices=devices,
        )

    def predict_proba(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The probability of each class: the softmax of the logits, or multilabel their sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: ways to look at each image, over whose logits the mean is taken, as from
                `jaxcnn.data.flip_views`.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, if not multilabel.
        """
        if not self.task.has_classes:
            raise ValueError(
                "predict_proba: expected a network with classes, got a regression; predict() "
                "returns its numbers"
            )
        logits = self.logits(images, views=views, batch_size=batch_size, devices=devices)
        return np.asarray(self.task.predictions(logits))

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """Predict the most probable class of each image; multilabel, all classes that it shows.

        A regression predicts numbers.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            thresholds: multilabel only: from which probability on a class is shown, one for all
                or ``(classes,)``, as from `best_thresholds`; None: 0.5.
            views: ways to look at each image; see `logits`.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            In the form of labels: class numbers ``(N,)``; multilabel: booleans ``(N, classes)``;
            regression: numbers ``(N,)`` or ``(N, K)``.
        """
        lowest = check_thresholds(thresholds, self.task, len(self.class_names))
        logits = self.logits(images, views=views, batch_size=batch_size, devices=devices)
        return self.task.decide(np.asarray(self.task.predictions(logits)), lowest)

    def classify(
        self, path: str | os.PathLike[str], *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Name what a picture shows.

        The picture becomes an image of the network's input shape as one in `image_folder` does:
        resized until it covers that, and cut to the middle.

        Args:
            path: an image file.
            top: how many classes to name; None: 3, or multilabel all that are at least as
                probable as not, which may be none.

        Returns:
            The most probable classes with their probabilities, in descending order.
        """
        if self.kind != "images":
            raise ValueError(f"path: expected a network of images, this one is of {self.kind}")
        logits = self.logits(load_image(path, self.input_shape)[None])
        return self.top_classes(np.asarray(self.task.predictions(logits))[0], top=top)

    def top_classes(
        self,
        probabilities: np.ndarray,
        *,
        top: int | None = None,
        thresholds: ArrayLike | None = None,
    ) -> list[tuple[str, float]]:
        """Name the classes of one image.

        Args:
            probabilities: ``(classes,)``, of an image, from `predict_proba`.
            top: how many classes to name; None: 3, or multilabel all that the image shows, which
                may be none.
            thresholds: multilabel only, in place of `top`; see `predict`.

        Returns:
            The most probable classes with their probabilities, in descending order.
        """
        if np.shape(probabilities) != (len(self.class_names),):
            raise ValueError(
                f"probabilities: expected shape ({len(self.class_names)},), of one image, got "
                f"{np.shape(probabilities)}"
            )
        lowest = check_thresholds(thresholds, self.task, len(self.class_names))
        if top is not None:
            if not self.task.has_classes:
                raise ValueError("top: expected None for a regression, whose numbers are all named")
            if top < 1:
                raise ValueError(f"top: expected at least 1, got {top}")
            if thresholds is not None:
                raise ValueError("top and thresholds: expected one of the two, got both")
        return self.task.top_classes(probabilities, self.class_names, top=top, thresholds=lowest)

    def evaluate(
        self,
        dataset: LabeledImages,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        loss: Loss | None = None,
        devices: int | None = None,
    ) -> Evaluation:
        """Loss and accuracy on a labeled set; every example counts exactly once.

        Args:
            dataset: images of the network's input shape, labels within its classes.
            views: ways to look at each image; see `logits`.
            batch_size: how many go through the network at once.
            loss: loss per example; None: softmax cross-entropy, or multilabel the mean of the
                labels' sigmoid cross-entropies.
            devices: how many share each batch; None: all of this process's.
        """
        self.check_takes(dataset)
        loss = loss or self.task.default_loss()
        if not self.task.has_classes:
            outputs = logits_of(self, dataset, views=views, batch_size=batch_size, devices=devices)
            return evaluation_of(self.task, outputs, dataset.labels, loss)
        return evaluate(
            self.variables,
            dataset,
            apply=self.apply,
            normalization=self.normalization,
            loss=loss,
            task=self.task,
            views=self._checked_views(views),
            batch_size=batch_size,
            devices=devices,
        )

    def check_takes(self, dataset: LabeledImages) -> None:
        """Raise unless a set has images and labels such as the network's."""
        check_dataset("dataset", dataset)
        check_same_task("dataset", dataset, self.task, len(self.class_names))
        if dataset.num_classes > len(self.class_names):
            raise ValueError(
                f"dataset: expected at most {len(self.class_names)} classes, "
                f"got {dataset.num_classes}"
            )
        if dataset.kind != self.kind:
            raise ValueError(f"dataset: expected {self.kind}, got {dataset.kind}")
        self._check_shape((len(dataset), *dataset.input_shape))  # it has checked its own pixels

    def _checked_views(self, views: Sequence[View]) -> tuple[View, ...]:
        """Views as a tuple; raise where inputs that are no images would be changed."""
        found = tuple(views)
        if self.kind != "images" and found != UNCHANGED:
            raise ValueError(f"views: expected none for a network of {self.kind}, got {found}")
        return found

    def _checked(self, images: ArrayLike) -> np.ndarray:
        is_pictures = self.kind == "images"
        images = check_images(images) if is_pictures else check_inputs(images, self.kind)
        self._check_shape(images.shape)
        return images

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if shape[1:] != self.input_shape:
            shown = ", ".join(map(str, self.input_shape))
            raise ValueError(f"{self.kind}: expected shape (N, {shown}), got {shape}")
