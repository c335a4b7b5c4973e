"""Check that inputs and views fit a network."""

import os
from collections.abc import Sequence

import numpy as np
from jax.typing import ArrayLike

from jaxcnn.data import Kind, View, check_images, check_inputs
from jaxcnn.inference._evaluate import UNCHANGED
from jaxcnn.inference._vocabulary import check_tokens
from jaxcnn.layers import Layer


def as_inputs(
    inputs: ArrayLike, kind: Kind, input_shape: tuple[int, ...], architecture: Layer | None
) -> np.ndarray:
    """Return inputs as a NumPy array; raise unless a network with these properties takes them."""
    inputs = check_images(inputs) if kind == "images" else check_inputs(inputs, kind)
    check_shape(inputs.shape, kind, input_shape)
    check_tokens("tokens", inputs, architecture)
    return inputs


def check_shape(shape: tuple[int, ...], kind: Kind, input_shape: tuple[int, ...]) -> None:
    """Raise ValueError unless this is the shape of inputs ``(N, *input_shape)``."""
    if shape[1:] != input_shape:
        shown = ", ".join(map(str, input_shape))
        raise ValueError(f"{kind}: expected shape (N, {shown}), got {shape}")


def check_is_file(path: object) -> None:
    """Raise TypeError unless this is the path of a file, or an open one."""
    if not isinstance(path, str | os.PathLike) and not hasattr(path, "read"):
        shape = getattr(path, "shape", None)
        got = f"a {type(path).__name__}" if shape is None else f"an array of shape {shape}"
        raise TypeError(
            f"path: expected an image file, got {got} (predict_proba takes arrays, (N, H, W, C))"
        )


def as_views(views: Sequence[View], kind: Kind) -> tuple[View, ...]:
    """Return views as a tuple; raise ValueError if they would change inputs that are not images."""
    found = tuple(views)
    if kind != "images" and found != UNCHANGED:
        raise ValueError(f"views: expected none for a network of {kind}, got {found}")
    return found
