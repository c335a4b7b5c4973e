"""Check that inputs and views fit a network."""

from collections.abc import Iterable, Sequence

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.arguments import is_int
from jaxcnn._support.arrays import as_array, holds_paths
from jaxcnn.data import RANKS, Kind, View, check_images, check_inputs, check_views
from jaxcnn.inference._evaluate import UNCHANGED
from jaxcnn.inference._vocabulary import check_tokens
from jaxcnn.layers import Layer


def as_inputs(
    inputs: ArrayLike, kind: Kind, input_shape: tuple[int, ...], architecture: Layer | None
) -> np.ndarray:
    """Return inputs as a NumPy array; raise unless a network of these properties takes them."""
    if holds_paths(inputs):
        raise TypeError(
            f"{kind}: expected an array {_batch_shape(input_shape)}, got {inputs!r:.80} "
            "(classify(image) takes an image file, jaxcnn.predict_files(run, files) many)"
        )
    inputs = as_array(kind, inputs)
    _check_channels_are_last(inputs.shape, kind, input_shape)
    for shape, index in ((input_shape, "None"), (input_shape[:-1], "None, ..., None")):
        if inputs.shape == shape and (index == "None" or input_shape[-1] == 1):
            raise ValueError(
                f"{kind}: expected shape {_batch_shape(input_shape)}, got {shape} (a batch of one "
                f"is {kind}[{index}])"
            )
    inputs = check_images(inputs) if kind == "images" else check_inputs(inputs, kind)
    check_shape(inputs.shape, kind, input_shape, _hint_of_size(inputs.shape, kind, input_shape))
    check_tokens("tokens", inputs, architecture)
    return inputs


def _check_channels_are_last(
    shape: tuple[int, ...], kind: Kind, input_shape: tuple[int, ...]
) -> None:
    """Raise ValueError if the shape is that of one input or of a batch with channels first."""
    rank = len(input_shape)
    example = shape[-rank:]
    if kind == "tokens" or example == input_shape or len(shape) not in (rank, rank + 1):
        return
    if (*example[1:], example[0]) == input_shape:
        one = "[None]" if len(shape) == rank else ""
        raise ValueError(
            f"{kind}: expected shape {_batch_shape(input_shape)}, got {shape} (move the channels "
            f"last: np.moveaxis({kind}, {-rank}, -1){one})"
        )


def as_input_shape(shape: Sequence[int], kind: Kind) -> tuple[int, ...]:
    """Return the shape of one input as plain integers; raise unless it fits this kind of input."""
    if kind not in RANKS:
        raise ValueError(f"kind: expected one of {tuple(RANKS)}, got {kind!r}")
    if isinstance(shape, str) or not isinstance(shape, Iterable):
        raise TypeError(f"input_shape: expected a tuple of integers, got {shape!r}")
    sizes, rank = tuple(shape), RANKS[kind] - 1
    for size in sizes:
        if not is_int(size) or size < 1:
            raise ValueError(f"input_shape: expected positive integers, got {size!r}")
    if len(sizes) != rank:
        raise ValueError(f"input_shape: expected {rank} numbers for {kind}, got {sizes}")
    return tuple(map(int, sizes))


def check_shape(
    shape: tuple[int, ...], kind: Kind, input_shape: tuple[int, ...], hint: str = ""
) -> None:
    """Raise ValueError unless this is the shape of inputs ``(N, *input_shape)``."""
    if shape[1:] != input_shape:
        raise ValueError(f"{kind}: expected shape {_batch_shape(input_shape)}, got {shape}{hint}")


def _hint_of_size(shape: tuple[int, ...], kind: Kind, input_shape: tuple[int, ...]) -> str:
    """Say how to predict for inputs that differ in nothing but their size."""
    axes = spatial_axes(kind, input_shape)
    if len(shape) != len(input_shape) + 1 or shape[1 + axes :] != input_shape[axes:]:
        return ""
    size = shape[1 : 1 + axes]
    return (
        f" (network.compile(image_size={size[0] if axes == 1 else size}) makes predictions for "
        "this size, if the layers take it)"
    )


def spatial_axes(kind: Kind, input_shape: tuple[int, ...]) -> int:
    """Return how many axes of an input are a size: all but that of the channels."""
    return 1 if kind == "tokens" else len(input_shape) - 1


def _batch_shape(input_shape: tuple[int, ...]) -> str:
    return f"(N, {', '.join(map(str, input_shape))})"


def as_views(views: Sequence[View], kind: Kind) -> tuple[View, ...]:
    """Return views as a tuple; raise ValueError if they would change inputs that are not images."""
    check_views(views)
    found = tuple(views)
    if kind != "images" and found != UNCHANGED:
        raise ValueError(f"views: expected none for a network of {kind}, got {found}")
    return found
