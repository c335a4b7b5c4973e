"""A trained network: all that a prediction needs, and nothing of how it was trained."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn.architecture import Layer
from jaxcnn.data import (
    FileSplits,
    LabelledImages,
    Splits,
    View,
    check_images,
    load_image,
)
from jaxcnn.inference._metrics import Loss
from jaxcnn.inference._evaluate import AS_IT_IS, BATCH_SIZE, Evaluation, compute_logits, evaluate
from jaxcnn.inference._losses import default_loss
from jaxcnn.inference._named_classes import named_classes
from jaxcnn.inference._normalization import Normalization
from jaxcnn.inference._pure import Apply, Variables


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network with its weights, the classes' names, and the images that it takes.

    Attributes:
        apply: the pure function, from `purify`.
        variables: the arrays.
        normalization: what is done to pixels before they are fed in.
        input_shape: ``(H, W, C)``.
        class_names: one a class, in the order of the outputs.
        architecture: the network as data; None if it was given as a module.
        multilabel: whether an image may show any number of the classes: their probabilities are
            then sigmoids, each of its own logit.
    """

    apply: Apply
    variables: Variables
    normalization: Normalization
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    architecture: Layer | None = None
    multilabel: bool = False

    def __repr__(self) -> str:
        parameters = F.count_parameters(self.variables.params)
        return (
            f"Network({self.input_shape} to {len(self.class_names)} classes, "
            f"{parameters:,} parameters)"
        )

    def with_variables(self, variables: Variables) -> "Network":
        """The same network with other weights."""
        return dataclasses.replace(self, variables=variables)

    @property
    def module(self) -> nnx.Module:
        """A Flax module with copies of the weights, in eval mode; it takes normalised images."""
        return self.apply.module(self.variables)

    def logits(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = AS_IT_IS,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The scores before the softmax, or multilabel before the sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: ways to look at each image, over whose logits the mean is taken, as from
                `jaxcnn.data.mirror_views`.
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
            views=tuple(views),
            batch_size=batch_size,
            devices=devices,
        )

    def predict_proba(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = AS_IT_IS,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The probability of each class: the softmax of the logits, or multilabel their sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: ways to look at each image, over whose logits the mean is taken, as from
                `jaxcnn.data.mirror_views`.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, if not multilabel.
        """
        logits = self.logits(images, views=views, batch_size=batch_size, devices=devices)
        return np.asarray(F.sigmoid(logits) if self.multilabel else F.softmax(logits))

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = AS_IT_IS,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The most probable class of each image, or multilabel all classes that it shows.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            thresholds: multilabel only: from which probability on a class is shown, one for all
                or ``(classes,)``, as from `best_thresholds`; None: 0.5.
            views: ways to look at each image; see `logits`.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            Class numbers ``(N,)``; multilabel: booleans ``(N, classes)``.
        """
        lowest = self._checked_thresholds(thresholds)
        likely = self.predict_proba(images, views=views, batch_size=batch_size, devices=devices)
        return likely >= lowest if self.multilabel else likely.argmax(axis=-1)

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
            The most probable classes and their probabilities, the first first.
        """
        likely = self.predict_proba(load_image(path, self.input_shape)[None])[0]
        return self.named(likely, top=top)

    def named(
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
            The most probable classes and their probabilities, the first first.
        """
        if np.shape(probabilities) != (len(self.class_names),):
            raise ValueError(
                f"probabilities: expected shape ({len(self.class_names)},), of one image, got "
                f"{np.shape(probabilities)}"
            )
        lowest = self._checked_thresholds(thresholds)
        if top is not None:
            if top < 1:
                raise ValueError(f"top: expected at least 1, got {top}")
            if thresholds is not None:
                raise ValueError("top and thresholds: expected one of the two, got both")
        if self.multilabel and top is None:
            return named_classes(probabilities, self.class_names, lowest=lowest)
        return named_classes(probabilities, self.class_names, top=top or 3)

    def evaluate(
        self,
        dataset: LabelledImages,
        *,
        views: Sequence[View] = AS_IT_IS,
        batch_size: int = BATCH_SIZE,
        loss: Loss | None = None,
        devices: int | None = None,
    ) -> Evaluation:
        """Loss and accuracy on a labelled set; every example counts exactly once.

        Args:
            dataset: images of the network's input shape, labels within its classes.
            views: ways to look at each image; see `logits`.
            batch_size: how many go through the network at once.
            loss: loss per example; None: softmax cross-entropy, or multilabel the mean of the
                labels' sigmoid cross-entropies.
            devices: how many share each batch; None: all of this process's.
        """
        self.check_takes(dataset)
        return evaluate(
            self.variables,
            dataset,
            apply=self.apply,
            normalization=self.normalization,
            loss=loss or default_loss(multilabel=self.multilabel),
            views=tuple(views),
            batch_size=batch_size,
            devices=devices,
        )

    def check_takes(self, dataset: LabelledImages) -> None:
        """Raise unless a set has images and labels such as the network's."""
        check_dataset("dataset", dataset)
        check_same_labels("dataset", dataset, self.multilabel, len(self.class_names))
        if dataset.num_classes > len(self.class_names):
            raise ValueError(
                f"dataset: expected at most {len(self.class_names)} classes, "
                f"got {dataset.num_classes}"
            )
        self._check_shape((len(dataset), *dataset.input_shape))  # it has checked its own pixels

    def _checked_thresholds(self, thresholds: ArrayLike | None) -> np.ndarray:
        """Thresholds as an array, 0.5 for None; raise unless they are such as `predict` takes."""
        if not self.multilabel and thresholds is not None:
            raise ValueError("thresholds: expected none, for the network is not multilabel")
        lowest = np.asarray(0.5 if thresholds is None else thresholds, np.float64)
        if lowest.shape not in ((), (len(self.class_names),)):
            raise ValueError(
                f"thresholds: expected one number, or one for each of the "
                f"{len(self.class_names)} classes, got shape {lowest.shape}"
            )
        if not ((lowest >= 0) & (lowest <= 1)).all():
            raise ValueError(f"thresholds: expected probabilities, 0 to 1, got {lowest}")
        return lowest

    def _checked(self, images: ArrayLike) -> np.ndarray:
        images = check_images(images)
        self._check_shape(images.shape)
        return images

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if shape[1:] != self.input_shape:
            raise ValueError(
                f"images: expected shape (N, {', '.join(map(str, self.input_shape))}), got {shape}"
            )


def check_dataset(name: str, dataset: LabelledImages) -> None:
    """Raise unless `dataset` is one; `name` is the argument's."""
    if not isinstance(dataset, LabelledImages):
        splits = isinstance(dataset, Splits | FileSplits)
        hint = f"; pass its .{'train' if name == 'train' else 'test'}" * splits
        raise TypeError(
            f"{name}: expected a Dataset or ImageFiles, got {type(dataset).__name__}{hint}"
        )


def check_same_labels(name: str, dataset: LabelledImages, multilabel: bool, classes: int) -> None:
    """Raise unless a set is multilabel, and then has as many classes, as it should."""
    if dataset.multilabel != multilabel:
        raise ValueError(
            f"{name}: expected a data set with multilabel={multilabel}, got {dataset.multilabel}"
        )
    if multilabel and dataset.num_classes != classes:
        raise ValueError(f"{name}: expected {classes} classes, got {dataset.num_classes}")
