"""Inputs in the form that an exported file takes, in batches."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxcnn.data import LabeledImages, check_inputs
from jaxcnn.export.onnx_graph._runtime import OnnxNetwork

BATCH = 32
"""Inputs per batch, unless a caller passes another number."""


def batches_for(
    file: OnnxNetwork, source: LabeledImages | Any, argument: str, batch_size: int = BATCH
) -> Iterator[np.ndarray]:
    """Yield inputs in the dtype that a file takes, in batches; image files are streamed.

    Args:
        file: The exported file.
        source: A labeled set, or an array ``(N, *input_shape)``: pixels as uint8 or floats in
            [0, 1], other inputs as in training, or inputs that are normalized already if the file
            was exported for those.
        argument: Name of `source` in errors.
        batch_size: Inputs per batch.

    Raises:
        TypeError: If the inputs are neither a labeled set nor an array, or have the wrong dtype.
        ValueError: If a labeled set, which is not normalized, is for a file of normalized inputs.
    """
    if not isinstance(source, LabeledImages):
        array = np.asarray(source)
        if array.ndim == 0:
            raise TypeError(
                f"{argument}: expected a labeled set or an array of inputs, got "
                f"{type(source).__name__}"
            )
        for start in range(0, len(array), batch_size):
            yield _converted(file, array[start : start + batch_size], argument)
        return
    if _takes_normalized(file):
        raise ValueError(
            f"{argument}: expected an array of normalized inputs, because the file was exported "
            "with from_pixels=False, got a labeled set"
        )
    for start in range(0, len(source), batch_size):
        indices = np.arange(start, min(start + batch_size, len(source)))
        yield _converted(file, source.read(indices), argument)


def _takes_normalized(file: OnnxNetwork) -> bool:
    return file.kind != "tokens" and not file.inside["from_pixels"]


def _converted(file: OnnxNetwork, array: np.ndarray, argument: str) -> np.ndarray:
    if _takes_normalized(file):
        if array.dtype.kind != "f":
            raise TypeError(f"{argument}: expected normalized floats, got {array.dtype}")
        return array.astype(np.float32)
    array = check_inputs(array, file.kind, name=argument)
    if file.kind == "images":
        return array if array.dtype == np.uint8 else np.rint(array * 255).astype(np.uint8)
    if file.kind != "tokens" and array.dtype == np.uint8:
        return array.astype(np.float32) / 255
    return array.astype(file.input_dtype)
