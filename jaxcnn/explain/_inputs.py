"""Check what callers pass: a model, images, a random key, scores and labels."""

import os
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from flax import nnx
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn._support import arrays
from jaxcnn._support.arguments import type_in_words
from jaxcnn.data import RANKS, SHAPES, Kind, LabeledImages, Task, check_pixels
from jaxcnn.inference import Network, Normalization
from jaxcnn.layers import Layer, call, layer_hint
from jaxcnn.runs import Run, network_hint

Model = nnx.Module | Network | Run
"""A module that takes the inputs it was built for, or a trained network, which takes pixels."""


class Subject(NamedTuple):
    """A model of any kind as one function of floats, in eval mode.

    Attributes:
        module: The Flax module.
        normalization: Applied to the inputs first; None: there is none.
        architecture: The architecture that the module was built from, if it is known.
        kind: The kind of inputs that a trained network takes; not known for a bare module.
        input_shape: The shape of one input of a trained network; None: it is not known.
        class_names: The names of a trained network's classes; empty: there are none.
    """

    module: nnx.Module
    normalization: Normalization | None = None
    architecture: Layer | None = None
    kind: Kind = "images"
    input_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] = ()

    def __call__(self, inputs: Array) -> Array:
        """Compute the network's outputs in eval mode, for floating-point `inputs`."""
        if self.normalization is not None:
            inputs = self.normalization(inputs)
        # Modules that change when they are called, as `nnx.bridge.ToNNX` counts its random numbers,
        # can do so only in the trace in which they were made.
        module = nnx.merge(*nnx.split(self.module), copy=True)
        return call(module, inputs, train=False, key=None)


def subject_of(model: Model) -> Subject:
    """Turn a module, a trained network or a run into one function of floats.

    Raises:
        TypeError: If `model` is none of these.
    """
    if isinstance(model, Run):
        model = model.network
    if isinstance(model, Network):
        return Subject(
            model.module,
            model.normalization,
            model.architecture,
            model.kind,
            model.input_shape,
            model.class_names if model.task.has_classes else (),
        )
    if isinstance(model, nnx.Module):
        return Subject(model)
    is_layer = isinstance(model, Layer)
    hint = network_hint(model) or layer_hint(model)
    hint = " (build it first, with jaxcnn.build)" if is_layer else hint
    raise TypeError(
        "model: expected a built module, a trained network or a run, "
        f"got {type_in_words(model)}{hint}"
    )


def as_batch_of_one(subject: Subject, image: ArrayLike) -> Array:
    """Return one input as floats with a batch axis, ``(1, H, W, C)``.

    Args:
        subject: The network.
        image: One input without a batch axis, in a form that `as_inputs` accepts.

    Raises:
        TypeError: If it is no array, or it holds integers, and the network is a module that expects
            floats.
        ValueError: If a trained network is not given exactly one input of its kind and shape, or
            floats outside its range.
    """
    inputs = _as_floats(subject, image, "image", SHAPES[subject.kind].replace("N, ", ""))
    if subject.normalization is not None and inputs.ndim != RANKS[subject.kind] - 1:
        shape = SHAPES[subject.kind].replace("N, ", "")
        what = "one image" if subject.kind == "images" else f"one of the {subject.kind}"
        raise ValueError(
            f"image: expected {what}, {shape}, such as images[0], got shape {inputs.shape}"
        )
    if subject.input_shape not in (None, inputs.shape):
        raise ValueError(f"image: expected shape {subject.input_shape}, got {inputs.shape}")
    return inputs[None]


def as_inputs(subject: Subject, images: ArrayLike, *, name: str = "images") -> Array:
    """Return images as floats that can be differentiated.

    Args:
        subject: The network. A trained one takes pixels: uint8, which become 0 to 1, or floats from
            0 to 1 (for signals and volumes: any finite ones), which are checked unless traced.
        images: ``(N, H, W, C)``, or other inputs of the network, with a batch axis. Integers stay
            integers if the network has an embedding; they have no gradient.
        name: The argument's name in error messages.

    Raises:
        TypeError: If the images are no array, such as a path, or are integers, and the network is a
            module that expects floats.
        ValueError: If a trained network is given images of another shape than it predicts for, or
            floats outside its range.
    """
    inputs = _as_floats(subject, images, name, SHAPES[subject.kind])
    expected = subject.input_shape
    if name == "images" and expected is not None and inputs.shape[1:] != expected:
        shown, hint = ", ".join(map(str, expected)), ""
        if inputs.shape == expected:
            hint = f" (for one of the {subject.kind} add the batch axis: images[None])"
        raise ValueError(f"images: expected shape (N, {shown}), got {inputs.shape}{hint}")
    return inputs


def _as_floats(subject: Subject, images: ArrayLike, name: str, shape: str) -> Array:
    inputs = as_array(images, name=name, shape=shape)
    is_trained, kind = subject.normalization is not None, subject.kind
    if is_trained and name == "images" and inputs.ndim == RANKS[kind] - 1:
        raise ValueError(
            f"{name}: expected shape {SHAPES[kind]}, got {inputs.shape} (for one of the {kind} add "
            f"the batch axis: {name}[None])"
        )
    if jnp.issubdtype(inputs.dtype, jnp.floating):
        if is_trained and inputs.size and not isinstance(inputs, Tracer):
            return _checked_floats(inputs, kind, name)
        return inputs
    if inputs.dtype == jnp.uint8 and subject.normalization is not None:
        return inputs.astype(jnp.float32) / 255
    if jnp.issubdtype(inputs.dtype, jnp.integer) and _has_embedding(subject.module):
        return inputs
    raise TypeError(
        f"{name}: expected floating point, as the module takes, got {inputs.dtype} "
        "(a trained network, run.network, takes uint8 pixels, too)"
    )


def as_array(images: ArrayLike, *, name: str = "images", shape: str = SHAPES["images"]) -> Array:
    """Return images as an array of JAX; raise TypeError for what is none, such as a path."""
    _check_is_array(name, images, shape)
    return arrays.as_operand(name, images)


def as_numpy(images: ArrayLike | npt.ArrayLike, *, name: str = "images") -> np.ndarray:
    """Return images as a NumPy array; raise TypeError for what is none, such as a path."""
    _check_is_array(name, images, SHAPES["images"])
    return arrays.as_array(name, images)


def _check_is_array(name: str, images: object, shape: str) -> None:
    """Raise TypeError for a path, a data set, or a list of these, and say what to do with it."""
    first = images[0] if isinstance(images, list | tuple) and images else images
    if isinstance(first, str | bytes | os.PathLike):
        hint = "read a file by jaxcnn.data.load_image"
    elif isinstance(first, LabeledImages):
        hint = "pass images of it, such as dataset.read([0, 1])"
    else:
        return
    raise TypeError(f"{name}: expected an array {shape}, got {images!r:.80} ({hint})")


def _checked_floats(inputs: Array, kind: Kind, name: str) -> Array:
    numbers = np.asarray(inputs, np.float32)
    if kind == "images":
        clipped = check_pixels(numbers, name)
        return inputs if clipped is numbers else jnp.asarray(clipped, inputs.dtype)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: expected finite values, got some that are NaN or infinite")
    return inputs


def _has_embedding(module: nnx.Module) -> bool:
    return any(isinstance(node, nnx.Embed) for _, node in nnx.iter_modules(module))


def check_takes_images(caller: str, kind: Kind, task: Task | None = None) -> None:
    """Raise ValueError unless a network or a set is about images, and has classes if needed.

    Args:
        caller: The caller's name in error messages, such as `"robustness"`.
        kind: The kind of the inputs.
        task: The task, if its labels must be classes; None: they may be anything.
    """
    if kind != "images":
        raise ValueError(f"{caller}: expected images, got {kind}")
    if task is not None:
        check_has_classes(caller, task)


def check_has_classes(caller: str, task: Task) -> None:
    """Raise ValueError for a task without classes; `caller` is the caller's name."""
    if not task.has_classes:
        raise ValueError(f"{caller}: expected classes, got a regression, which has none")


def check_key(key: object) -> None:
    """Raise TypeError unless `key` is a random key, of JAX's new or old kind, or traced."""
    dtype = getattr(key, "dtype", None)
    if dtype is None or not (dtype == jnp.uint32 or jnp.issubdtype(dtype, jax.dtypes.prng_key)):
        raise TypeError(f"key: expected a random key such as jax.random.key(0), got {key!r:.80}")


def check_scores(
    name: str, scores: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores as float64 ``(N, K)`` and labels as ``(N,)``, checked.

    Args:
        name: The scores' name in error messages.
        scores: ``(N, K)``.
        labels: Integers ``(N,)``, from 0 to K - 1.

    Raises:
        TypeError: If the scores are not floating point or the labels are not integers.
        ValueError: If the shapes do not fit together, there is no example, labels are out of range,
            or scores are not finite.
    """
    numbers = arrays.as_array(name, scores)
    if not np.issubdtype(numbers.dtype, np.floating):
        raise TypeError(f"{name}: expected floating point, got {numbers.dtype}")
    if numbers.ndim != 2 or 0 in numbers.shape:
        raise ValueError(f"{name}: expected shape (N, K), neither 0, got {numbers.shape}")
    truths = arrays.as_array("labels", labels)
    check_one_label(truths)
    if not np.issubdtype(truths.dtype, np.integer):
        raise TypeError(f"labels: expected integer class numbers, got {truths.dtype}")
    examples, classes = numbers.shape
    if truths.shape != (examples,):
        raise ValueError(
            f"labels: expected shape ({examples},), one class per example, got {truths.shape}"
        )
    if truths.min() < 0 or truths.max() >= classes:
        raise ValueError(
            f"labels: expected classes 0 to {classes - 1}, got {truths.min()} to {truths.max()}"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: expected finite values, got some that are NaN or infinite")
    return numbers.astype(np.float64), truths


def check_one_label(labels: np.ndarray) -> None:
    """Raise ValueError for labels ``(N, K)``, several per example, which cannot be confused."""
    if labels.ndim == 2:
        raise ValueError(
            f"labels: expected one class per example, (N,), got {labels.shape} (score several "
            "labels per example one by one, with multilabel_precision_recall_f1 and "
            "average_precision of jaxcnn.functional)"
        )
