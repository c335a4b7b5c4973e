"""Checks of inputs and labels on the host, where an error can still name the wrong value.

Inside a compiled loss, a label out of range or a NaN pixel raises no error. So pixels are checked
here, and labels in `check_labels` of the tasks.
"""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array, holds_paths
from jaxcnn.data._pixel_checks import check_pixels
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import first_index

Kind = Literal["images", "signals", "volumes", "tokens"]
"""What the inputs of a network are: `check_inputs` says which shapes and values each kind has."""

SHAPES = {
    "images": "(N, H, W, C)",
    "signals": "(N, L, C)",
    "volumes": "(N, D, H, W, C)",
    "tokens": "(N, L)",
}
"""The shape of inputs of each kind, as errors write it."""
NOUNS = {"images": "image", "signals": "signal", "volumes": "volume", "tokens": "sequence"}
"""The noun for one input of each kind."""

RANKS = {kind: shape.count(",") + 1 for kind, shape in SHAPES.items()}
"""The number of axes of a batch of each kind."""


def check_arrays(
    images: ArrayLike,
    labels: ArrayLike,
    num_classes: int,
    *,
    name: str = "dataset",
    multilabel: bool = False,
) -> np.ndarray:
    """Check images and labels for training, and count the examples of each class.

    Args:
        images: ``(N, H, W, C)``, uint8 in 0..255, or floating point in [0, 1].
        labels: ``(N,)``, integers in 0..num_classes-1. Multilabel: ``(N, num_classes)``, each 0 or
            1, integers or booleans.
        num_classes: Number of classes; a class may have no example.
        name: Name of the data in error messages, such as ``"train"``.
        multilabel: Whether an image may show any number of the classes.

    Returns:
        The number of examples of each class, ``(num_classes,)`` int64.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape or a value is wrong.

    Example:
        >>> images = np.zeros((4, 32, 32, 3), np.uint8)
        >>> check_arrays(images, [0, 2, 2, 1], num_classes=3).tolist()
        [1, 1, 2]
    """
    images, task = (
        check_images(images, name=f"{name}: images"),
        as_task(None, multilabel=multilabel),
    )
    labels = task.check_labels(
        labels, examples=len(images), outputs=num_classes, name=f"{name}: labels"
    )
    return task.count_classes(labels, num_classes)


def check_inputs(
    inputs: ArrayLike, kind: Kind = "images", *, name: str | None = None
) -> np.ndarray:
    """Check inputs of one kind, and convert them to the dtype in which data sets store them.

    ========= ================= ==================================================== =========
    kind      shape             values                                               stored as
    ========= ================= ==================================================== =========
    images    (N, H, W, C)      pixels: uint8, or floats from 0 to 1                 unchanged
    signals   (N, L, C)         uint8 (0 to 255 as for pixels), or any finite floats unchanged
    volumes   (N, D, H, W, C)   uint8 (0 to 255 as for pixels), or any finite floats unchanged
    tokens    (N, L)            integers from 0: rows of an embedding                int32
    ========= ================= ==================================================== =========

    Floats are stored as float32. The kind is never guessed from the shape: images without their
    channel axis have the same shape as signals.

    Args:
        inputs: At least one example.
        kind: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        name: Name of the inputs in error messages; None means the kind.

    Returns:
        The inputs as uint8, float32 or int32.

    Raises:
        TypeError: If the dtype is wrong.
        ValueError: If the kind, the shape or a value is wrong.

    Example:
        >>> check_inputs([[5, 2, 0]], "tokens").dtype
        dtype('int32')
        >>> check_inputs(np.zeros((4, 100, 1)), "signals").dtype
        dtype('float32')
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind: expected one of {get_args(Kind)}, got {kind!r}")
    name = name or kind
    if holds_paths(inputs):
        raise TypeError(
            f"{name}: expected an array {SHAPES[kind]}, got {inputs!r:.80} "
            "(jaxcnn.data.image_folder and jaxcnn.data.image_table read image files)"
        )
    inputs = as_array(name, inputs)
    if kind == "images":
        _check_image_shape(inputs, name, hint=_kind_hint(inputs))
        inputs = check_pixels(inputs, name)
        return inputs if inputs.dtype == np.uint8 else inputs.astype(np.float32, copy=False)
    if inputs.ndim != RANKS[kind]:
        raise ValueError(f"{name}: expected shape {SHAPES[kind]}, got {inputs.shape}")
    if 0 in inputs.shape:
        raise ValueError(f"{name}: expected at least one value, got shape {inputs.shape}")
    return _check_tokens(inputs, name) if kind == "tokens" else _check_numbers(inputs, name)


def check_images(images: ArrayLike, *, name: str = "images") -> np.ndarray:
    """Check that images have a shape, a dtype and values that a network can take.

    Args:
        images: ``(N, H, W, C)``, uint8 in 0..255, or floating point in [0, 1].
        name: Name of the images in error messages.

    Returns:
        The images as a NumPy array.

    Raises:
        TypeError: If the dtype is wrong.
        ValueError: If the shape or a value is wrong.

    Example:
        >>> check_images(np.zeros((4, 28, 28), np.uint8))
        Traceback (most recent call last):
        ValueError: images: expected shape (N, H, W, C), got (4, 28, 28) (for gray images ...
    """
    images = as_array(name, images)
    _check_image_shape(images, name)
    return check_pixels(images, name)


def _check_image_shape(images: np.ndarray, what: str, hint: str = "") -> None:
    shape = images.shape
    if images.ndim != 4:
        missing = _missing_axes(shape)
        hint = "; ".join(filter(None, (missing, hint)))
        shown = f" ({hint})" if hint else ""
        raise ValueError(f"{what}: expected shape (N, H, W, C), got {shape}{shown}")
    if 0 in shape:
        raise ValueError(f"{what}: expected at least one image and one pixel, got shape {shape}")
    if shape[1] in (1, 3, 4) and min(shape[2:]) > 4:
        raise ValueError(
            f"{what}: expected shape (N, H, W, C), got {shape} (it looks like (N, C, H, W): move "
            "the channels last by images.transpose(0, 2, 3, 1))"
        )


def _missing_axes(shape: tuple[int, ...]) -> str:
    """Return a hint on the axes that images of two or three axes lack; empty if it is unclear."""
    if len(shape) == 3 and shape[-1] in (1, 3, 4):
        return "for one image add the batch axis: images[None]"
    if len(shape) == 3:
        return "for gray images add the channel axis: images[..., None]"
    if len(shape) == 2 and min(shape) > 4:
        return "for one gray image add two axes: images[None, ..., None]"
    return ""


def check_not_swapped(name: str, inputs: Any, labels: np.ndarray) -> None:
    """Raise ValueError if labels were passed in place of inputs, and inputs in place of labels."""
    if getattr(inputs, "ndim", None) == 1 and labels.ndim > 1:
        raise ValueError(
            f"{name}: expected inputs and then labels, got shapes {inputs.shape} and "
            f"{labels.shape} (the labels come second)"
        )


def check_weights(weights: ArrayLike, examples: int, *, name: str = "weights") -> np.ndarray:
    """Check the weights of examples in the loss, and convert them to float32.

    Args:
        weights: ``(examples,)`` finite numbers of at least 0.
        examples: The expected number of examples.
        name: Name of the weights in error messages.

    Returns:
        ``(examples,)`` float32.

    Raises:
        TypeError: If the weights are no numbers.
        ValueError: If the shape or a weight is wrong.

    Example:
        >>> check_weights([1, 0.5], 2).dtype
        dtype('float32')
    """
    weights = as_array(name, weights)
    if weights.shape != (examples,):
        raise ValueError(
            f"{name}: expected shape {(examples,)}, one number per example, got {weights.shape}"
        )
    if weights.dtype == bool or not np.issubdtype(weights.dtype, np.number):
        raise TypeError(f"{name}: expected numbers, got {weights.dtype}")
    stored = weights.astype(np.float32, copy=False)
    wrong = ~(np.isfinite(stored) & (stored >= 0))
    if wrong.any():
        index = first_index(wrong)
        raise ValueError(
            f"{name}: expected finite numbers of at least 0, got {weights[index]} at {index}"
        )
    return stored


def _kind_hint(inputs: np.ndarray) -> str:
    """Suggest the kind whose batches have this rank, for an error message."""
    for kind, rank in RANKS.items():
        if rank == inputs.ndim and (kind != "tokens" or np.issubdtype(inputs.dtype, np.integer)):
            return f'for {kind} {SHAPES[kind]} pass kind="{kind}"'
    return ""


def _check_numbers(inputs: np.ndarray, name: str) -> np.ndarray:
    if inputs.dtype == np.uint8:
        return inputs
    if not np.issubdtype(inputs.dtype, np.floating):
        hint = "" if inputs.dtype.kind == "c" else " (.astype(np.float32) makes them so)"
        raise TypeError(f"{name}: expected dtype uint8 or float32, got {inputs.dtype}{hint}")
    with np.errstate(over="ignore"):
        stored = inputs.astype(np.float32, copy=False)
    if not (np.isfinite(stored.min()) and np.isfinite(stored.max())):
        index = first_index(~np.isfinite(stored))
        raise ValueError(
            f"{name}: expected finite values within float32, got {inputs[index]} at {index}"
        )
    return stored


def _check_tokens(inputs: np.ndarray, name: str) -> np.ndarray:
    if not np.issubdtype(inputs.dtype, np.integer):
        raise TypeError(f"{name}: expected an integer dtype, got {inputs.dtype}")
    most = np.iinfo(np.int32).max
    wrong = (inputs < 0) | (inputs > most)
    if wrong.any():
        index = first_index(wrong)
        raise ValueError(f"{name}: expected 0 to {most}, got {inputs[index]} at {index}")
    return inputs.astype(np.int32, copy=False)
