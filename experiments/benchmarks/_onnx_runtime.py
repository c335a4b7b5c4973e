"""Exported files in ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from _results import cores


def predictor(file: Path | bytes, images: np.ndarray) -> Callable[[], np.ndarray]:
    """Return a function that runs a file on all cores and returns the logits.

    Args:
        file: The path of the file, or its content.
        images: Its input.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: images}
    return lambda: np.asarray(session.run(None, feed)[0])
