"""A trained network: all that a prediction needs, and nothing of how it was trained."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import nnx
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn.architecture import Layer
from jaxcnn.data import Dataset, Splits, check_images, load_image, padded_batches, resize_images
from jaxcnn.training._devices import BATCH, batch_mesh, replicate, share_size, split_batch
from jaxcnn.training._losses import default_loss
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._pure import Apply, Variables
from jaxcnn.training._step import Loss, Metrics, eval_step

BATCH_SIZE = 500


class Evaluation(NamedTuple):
    """How a network does on a labelled set.

    Attributes:
        loss: mean loss over the examples.
        accuracy: share of examples whose most probable class is right; multilabel: all of
            whose labels are right, with thresholds of 0.5.
        interval: the accuracy's 95 % Wilson interval.
        examples: number of examples.
    """

    loss: float
    accuracy: float
    interval: tuple[float, float]
    examples: int


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

    @property
    def module(self) -> nnx.Module:
        """A Flax module with copies of the weights, in eval mode; it takes normalised images."""
        return self.apply.module(self.variables)

    def logits(
        self, images: ArrayLike, *, batch_size: int = BATCH_SIZE, devices: int | None = None
    ) -> np.ndarray:
        """The scores before the softmax, or multilabel before the sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            ``(N, classes)`` float32, on the host.
        """
        images = self._checked(images)
        mesh = _mesh_for(len(images), devices)
        variables = _everywhere(mesh, self.variables)
        outputs = [
            np.asarray(
                _logits(
                    variables, *_shared(mesh, images[indices]), self.apply, self.normalization, mesh
                )
            )
            for indices in _padded_batches(len(images), batch_size, mesh)[0]
        ]
        return np.concatenate(outputs)[: len(images)]

    def predict_proba(
        self, images: ArrayLike, *, batch_size: int = BATCH_SIZE, devices: int | None = None
    ) -> np.ndarray:
        """The probability of each class: the softmax of the logits, or multilabel their sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, if not multilabel.
        """
        logits = self.logits(images, batch_size=batch_size, devices=devices)
        return np.asarray(F.sigmoid(logits) if self.multilabel else F.softmax(logits))

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
    ) -> np.ndarray:
        """The most probable class of each image, or multilabel all classes that it shows.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            thresholds: multilabel only: from which probability on a class is shown, one for all
                or ``(classes,)``, as from `best_thresholds`; None: 0.5.
            batch_size: how many go through the network at once.
            devices: how many share each batch; None: all of this process's.

        Returns:
            Class numbers ``(N,)``; multilabel: booleans ``(N, classes)``.
        """
        if not self.multilabel:
            if thresholds is not None:
                raise ValueError("thresholds: expected none, for the network is not multilabel")
            return self.logits(images, batch_size=batch_size, devices=devices).argmax(axis=-1)
        lowest = self._checked_thresholds(thresholds)
        return self.predict_proba(images, batch_size=batch_size, devices=devices) >= lowest

    def classify(
        self, path: str | os.PathLike[str], *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Name what a picture shows.

        The picture is resized to the network's input shape, whatever its own.

        Args:
            path: an image file.
            top: how many classes to name; None: 3, or multilabel all that are at least as
                probable as not, which may be none.

        Returns:
            The most probable classes and their probabilities, the first first.
        """
        image = resize_images(load_image(path)[None], self.input_shape)
        likely = self.predict_proba(image)[0]
        if top is None:
            top = int((likely >= 0.5).sum()) if self.multilabel else 3
        if top == 0 and self.multilabel:
            return []
        probabilities, classes = F.top_k(likely, min(top, len(self.class_names)))
        return [
            (self.class_names[label], float(probability))
            for label, probability in zip(classes, probabilities, strict=True)
        ]

    def evaluate(
        self,
        dataset: Dataset,
        *,
        batch_size: int = BATCH_SIZE,
        loss: Loss | None = None,
        devices: int | None = None,
    ) -> Evaluation:
        """Loss and accuracy on a labelled set; every example counts exactly once.

        Args:
            dataset: images of the network's input shape, labels within its classes.
            batch_size: how many go through the network at once.
            loss: loss per example; None: softmax cross-entropy, or multilabel the mean of the
                labels' sigmoid cross-entropies.
            devices: how many share each batch; None: all of this process's.
        """
        check_dataset("dataset", dataset)
        check_same_labels("dataset", dataset, self.multilabel, len(self.class_names))
        if dataset.num_classes > len(self.class_names):
            raise ValueError(
                f"dataset: expected at most {len(self.class_names)} classes, "
                f"got {dataset.num_classes}"
            )
        self._check_shape(dataset.images)  # a Dataset has checked its own pixels
        return evaluate(
            self.variables,
            dataset,
            apply=self.apply,
            normalization=self.normalization,
            loss=loss or default_loss(multilabel=self.multilabel),
            batch_size=batch_size,
            devices=devices,
        )

    def _checked_thresholds(self, thresholds: ArrayLike | None) -> np.ndarray:
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
        self._check_shape(images)
        return images

    def _check_shape(self, images: np.ndarray) -> None:
        if images.shape[1:] != self.input_shape:
            raise ValueError(
                f"images: expected shape (N, {', '.join(map(str, self.input_shape))}), "
                f"got {images.shape}"
            )


def check_dataset(name: str, dataset: Dataset) -> None:
    """Raise unless `dataset` is one; `name` is the argument's."""
    if not isinstance(dataset, Dataset):
        hint = f"; pass its .{'train' if name == 'train' else 'test'}" * isinstance(dataset, Splits)
        raise TypeError(f"{name}: expected a Dataset, got {type(dataset).__name__}{hint}")


def check_same_labels(name: str, dataset: Dataset, multilabel: bool, classes: int) -> None:
    """Raise unless a set is multilabel, and then has as many classes, as it should."""
    if dataset.multilabel != multilabel:
        raise ValueError(
            f"{name}: expected a data set with multilabel={multilabel}, got {dataset.multilabel}"
        )
    if multilabel and dataset.num_classes != classes:
        raise ValueError(f"{name}: expected {classes} classes, got {dataset.num_classes}")


def evaluate(
    variables: Variables,
    dataset: Dataset,
    *,
    apply: Apply,
    normalization: Normalization,
    loss: Loss,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
) -> Evaluation:
    """Loss and accuracy of a pure network on a labelled set.

    The last batch is filled up and the filling masked, so that every example counts exactly
    once and one compiled program serves all batches.
    """
    total_loss, correct, examples = 0.0, 0, len(dataset)
    mesh = _mesh_for(examples, devices)
    variables = _everywhere(mesh, variables)
    for batch in _batches(dataset, batch_size, mesh):
        metrics = _eval_step(variables, *_shared(mesh, *batch), apply, normalization, loss, mesh)
        total_loss += float(metrics.loss)
        correct += int(metrics.correct)
    return Evaluation(
        loss=total_loss / examples,
        accuracy=correct / examples,
        interval=F.wilson_interval(correct, examples),
        examples=examples,
    )


def _batches(dataset: Dataset, batch_size: int, mesh: Mesh) -> Iterator[tuple[np.ndarray, ...]]:
    batches = _padded_batches(len(dataset), batch_size, mesh)
    for indices, where in zip(*batches, strict=True):
        yield dataset.images[indices], dataset.labels[indices], where


def _padded_batches(examples: int, batch_size: int, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Indices and mask of batches that the devices can share evenly."""
    return padded_batches(examples, share_size(min(batch_size, examples), mesh) * mesh.size)


def _mesh_for(examples: int, devices: int | None) -> Mesh:
    mesh = batch_mesh(devices)
    return mesh if examples >= mesh.size else batch_mesh(1)


def _everywhere(mesh: Mesh, variables: Variables) -> Variables:
    return variables if mesh.size == 1 else replicate(mesh, variables)


def _shared(mesh: Mesh, *batch: np.ndarray) -> tuple[Any, ...]:
    return batch if mesh.size == 1 else split_batch(mesh, batch)


@partial(jax.jit, static_argnums=(2, 3, 4))
def _logits(
    variables: Variables, images: Array, apply: Apply, normalization: Normalization, mesh: Mesh
) -> Array:
    def of_share(variables, images):
        return apply(variables, normalization(images), train=False)[0]

    return _over_devices(of_share, mesh, 1, PartitionSpec(BATCH))(variables, images)


@partial(jax.jit, static_argnums=(4, 5, 6, 7))
def _eval_step(variables, images, labels, where, apply, normalization, loss, mesh) -> Metrics:
    axis_name = None if mesh.size == 1 else BATCH

    def of_share(variables, images, labels, where):
        return eval_step(
            variables,
            normalization(images),
            labels,
            where,
            apply=apply,
            loss=loss,
            axis_name=axis_name,
        )

    return _over_devices(of_share, mesh, 3, PartitionSpec())(variables, images, labels, where)


def _over_devices(
    function: Callable[..., Any], mesh: Mesh, batched: int, out_specs: PartitionSpec
) -> Callable[..., Any]:
    """``function(variables, *batched)``, whose arguments behind the first are cut into shares."""
    if mesh.size == 1:
        return function
    in_specs = (PartitionSpec(), *[PartitionSpec(BATCH)] * batched)
    return jax.shard_map(function, mesh=mesh, in_specs=in_specs, out_specs=out_specs)
