"""The frame of a Python file: its functions are copied into the file that `_numpy_file` writes.

In the file, `network` and the constants are those of the network, and the functions that stand for
others here are those of ``predict.py``.
"""

import sys
from typing import Any

import numpy as np

ABOUT: dict[str, Any] = {}
"""What the network takes and returns."""


def network(images):
    """Compute the layers."""
    return images


checked: Any = None
predictions: Any = None
read: Any = None
show: Any = None
check_usage: Any = None
fault: Any = None


def logits(inputs):
    """Compute the logits, or the numbers of a regression: one row per input."""
    inputs = np.asarray(inputs)
    shape = tuple(ABOUT["input_shape"])
    if inputs.shape[1:] != shape:
        raise ValueError(f"inputs: expected shape {('N', *shape)}, got {inputs.shape}")
    inputs = checked(inputs, ABOUT["kind"])
    inputs = inputs.astype(np.int64 if ABOUT["kind"] == "tokens" else np.float32)
    batches = (inputs[i : i + 32] for i in range(0, len(inputs), 32))  # for memory
    nothing = np.empty((0, *ABOUT["output_shape"]), np.float32)
    return np.concatenate([nothing, *map(network, batches)])


def predict(inputs):
    """Return the probabilities of the classes, or the numbers of a regression."""
    return predictions(logits(inputs), ABOUT["task"])


def main(*files):
    """Print what the network predicts for each file."""
    inputs = "PICTURE" if ABOUT["kind"] == "images" else "INPUTS.npy"
    check_usage(files, 1, f"python {sys.argv[0]} {inputs} ...")
    for file in files:
        try:
            outputs = predict(read(file, ABOUT))
        except Exception as error:
            raise fault(file, error) from None
        show(file, outputs, ABOUT)
