"""A trained network: everything that a prediction needs, and nothing about its training."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.names import as_names
from jaxcnn.data import (
    Kind,
    LabeledImages,
    Loss,
    Multilabel,
    PictureStatistics,
    Preprocessing,
    SingleLabel,
    Task,
    View,
    as_labeled_set,
    check_preprocessing,
    takes_one_set,
)
from jaxcnn.inference._compiled import CompiledNetwork, compile_network, takes_names_only
from jaxcnn.inference._evaluate import BATCH_SIZE, UNCHANGED, Evaluation, compute_logits
from jaxcnn.inference._input_checks import as_input_shape, as_inputs, as_views
from jaxcnn.inference._named_classes import NamedClasses
from jaxcnn.inference._normalization import Normalization, spread_channels
from jaxcnn.inference._origin import Origin
from jaxcnn.inference._predictions import outputs_on
from jaxcnn.inference._pure import Apply, Variables
from jaxcnn.inference._set_checks import check_fits
from jaxcnn.inference._thresholds import check_has_classes, check_thresholds
from jaxcnn.inference._tiled import TiledInference
from jaxcnn.layers import Layer


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Network(NamedClasses, TiledInference):
    """A trained network with its normalization, its class names, and the shape of its inputs.

    Attributes:
        apply: The pure function, from `functionalize`.
        variables: The arrays.
        normalization: The normalization of pixels, applied to all inputs.
        input_shape: The shape of one input; for images ``(H, W, C)``.
        class_names: One name per class, in the order of the outputs; any sequence.
        architecture: The network as data; None if the network was given as a module.
        task: What the outputs mean: one class per image, several per image, or predicted numbers.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        pictures: What the training pictures look like; None if this is unknown.
        preprocessing: How pictures are resized and cropped, as for pretrained weights; None means
            as by `image_folder`: until they cover the input shape, and to their center.
        origin: The published weights that the network has, or that its training began with; None
            if there are none.
    """

    apply: Apply
    variables: Variables
    normalization: Normalization
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    architecture: Layer | None = None
    task: Task = SingleLabel()
    kind: Kind = "images"
    pictures: PictureStatistics | None = None
    preprocessing: Preprocessing | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        # A frozen dataclass can only be set through `object`; arguments are stored converted.
        names, shape = self.class_names, as_input_shape(self.input_shape, self.kind)
        object.__setattr__(self, "class_names", as_names("class_names", names))
        object.__setattr__(self, "input_shape", shape)
        spread = spread_channels(self.normalization, self.kind, shape)
        object.__setattr__(self, "normalization", spread)
        check_preprocessing(self.preprocessing)
        if self.origin is not None and not isinstance(self.origin, Origin):
            raise TypeError(f"origin: expected an Origin, got {self.origin!r:.80}")

    def __repr__(self) -> str:
        parameters = F.count_parameters(self.variables.params)
        return (
            f"Network({self.input_shape} to {len(self.class_names)} {self.task.outputs_in_words}, "
            f"{parameters:,} parameters)"
        )

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the output for one input."""
        dtype = jnp.int32 if self.kind == "tokens" else jnp.float32
        return self.apply.output_shape(self.variables, self.input_shape, dtype)

    @property
    def multilabel(self) -> bool:
        """True if an image may show any number of the classes."""
        return self.task == Multilabel()

    @property
    def takes_pictures(self) -> bool:
        """True if picture files can be its inputs: images in gray or color."""
        return self.kind == "images" and self.input_shape[-1] in (1, 3)

    def with_variables(self, variables: Variables) -> "Network":
        """Return the same network with other weights."""
        return dataclasses.replace(self, variables=variables)

    @property
    def module(self) -> nnx.Module:
        """A Flax module with copies of the weights, in eval mode; it takes normalized images."""
        return self.apply.module(self.variables)

    @takes_names_only
    def compile(
        self, *, batch_size: int = 1, image_size: int | tuple[int, ...] | None = None
    ) -> CompiledNetwork:
        """Compile the network for fast predictions of any kind of input; see `CompiledNetwork`.

        Args:
            batch_size: Number of inputs at once.
            image_size: Side of the images or volumes, or one per axis; for signals and tokens,
                their length. None means the size in `input_shape`.

        Raises:
            TypeError: If an argument has no name, or is not an integer.
            ValueError: If an argument is below 1, or the network does not take `image_size`.
        """
        return compile_network(self, batch_size, image_size)

    def logits(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
        everywhere: bool = False,
    ) -> np.ndarray:
        """Compute the logits: the scores before the softmax (for multilabel, the sigmoid).

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: Views of each image to average logits over, such as `jaxcnn.data.flip_views()`.
            batch_size: Images per batch.
            devices: Number of each process's devices that share a batch; None: all of them.
            everywhere: Share each batch with the other processes, which all make the same call.

        Returns:
            ``(N, classes)`` float32, on the host.
        """
        return compute_logits(
            self.variables,
            as_inputs(images, self.kind, self.input_shape, self.architecture),
            apply=self.apply,
            normalization=self.normalization,
            views=as_views(views, self.kind),
            batch_size=batch_size,
            devices=devices,
            everywhere=everywhere,
        )

    def predict_proba(
        self,
        images: ArrayLike,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
        everywhere: bool = False,
    ) -> np.ndarray:
        """Predict probabilities of classes: the softmax of the logits; for multilabel, the sigmoid.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            views: Views of each image to average logits over, such as `jaxcnn.data.flip_views()`.
            batch_size: Images per batch.
            devices: Number of each process's devices that share a batch; None: all of them.
            everywhere: Share each batch with the other processes, which all make the same call.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, except for multilabel.

        Raises:
            ValueError: If the network is a regression, or the images do not fit the network.
        """
        check_has_classes(self.task)
        logits = self.logits(
            images, views=views, batch_size=batch_size, devices=devices, everywhere=everywhere
        )
        return np.asarray(self.task.predictions(logits))

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        devices: int | None = None,
        everywhere: bool = False,
    ) -> np.ndarray:
        """Predict the most probable class of each image; for multilabel, all probable classes.

        For a regression, predict one number per target.

        Args:
            images: ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1].
            thresholds: Multilabel only: the lowest probability of a predicted class. One threshold
                for all classes or ``(classes,)``, as from `best_thresholds`; None means 0.5.
            views: Views of each image to average logits over, such as `jaxcnn.data.flip_views()`.
            batch_size: Images per batch.
            devices: Number of each process's devices that share a batch; None: all of them.
            everywhere: Share each batch with the other processes, which all make the same call.

        Returns:
            Single label: class indices ``(N,)``. Multilabel: booleans ``(N, classes)``. Regression:
            numbers ``(N,)`` or ``(N, K)``.

        Raises:
            ValueError: If the images do not fit the network, or `thresholds` does not fit its task.
        """
        lowest = check_thresholds(thresholds, self.task, len(self.class_names))
        logits = self.logits(
            images, views=views, batch_size=batch_size, devices=devices, everywhere=everywhere
        )
        return self.task.decide(np.asarray(self.task.predictions(logits)), lowest)

    @takes_one_set
    def evaluate(
        self,
        dataset: LabeledImages,
        *,
        views: Sequence[View] = UNCHANGED,
        batch_size: int = BATCH_SIZE,
        loss: Loss | None = None,
        devices: int | None = None,
        everywhere: bool = False,
    ) -> Evaluation:
        """Measure an `Evaluation` on a labeled set; every example counts exactly once.

        Args:
            dataset: Images of the network's input shape, with the network's classes in the same
                order. A set of single labels may have only the first of the network's classes. A
                pair of arrays ``(images, labels)`` is taken, too.
            views: Views of each image to average logits over, such as `jaxcnn.data.flip_views()`.
            batch_size: Examples per batch.
            loss: Loss per example. None means the softmax cross-entropy; for multilabel, the mean
                sigmoid cross-entropy; for a regression, the mean squared or absolute error.
            devices: Number of each process's devices that share a batch; None: all of them.
            everywhere: Share each batch with the other processes, which all make the same call.

        Raises:
            TypeError: If `dataset` is not a data set.
            ValueError: If the images or the labels of `dataset` do not fit the network.
        """
        dataset = as_labeled_set("dataset", dataset, self)
        found = outputs_on(
            self,
            dataset,
            views=views,
            batch_size=batch_size,
            loss=loss,
            devices=devices,
            everywhere=everywhere,
        )
        return found.evaluation(self.task, dataset.labels)

    def check_takes(self, dataset: LabeledImages) -> None:
        """Raise unless a data set has images, labels and class names that fit the network.

        Raises:
            TypeError: If `dataset` is not a data set.
            ValueError: If the images, labels or classes of `dataset` do not fit the network.
        """
        check_fits("dataset", dataset, self)
