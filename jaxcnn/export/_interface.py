"""Input and output of an exported file: their names, dtypes and shapes."""

import numpy as np

from jaxcnn.export._tensor import Tensor
from jaxcnn.inference import INPUT_DTYPES, Network

BATCH = "N"
"""The name of the batch axis, whose size is free."""


def input_of(
    network: Network, *, from_pixels: bool = True, batch: tuple[str, ...] = (BATCH,)
) -> Tensor:
    """Return the input: its name is that of the network's kind of inputs.

    Args:
        network: The network.
        from_pixels: Whether the file normalizes it.
        batch: Names of the axes in front of those of an example.
    """
    dtype = np.dtype(INPUT_DTYPES[network.kind]).name
    if network.kind == "images" and not from_pixels:
        dtype = "float32"
    return Tensor(network.kind, dtype, (*batch, *network.input_shape))


def output_of(
    network: Network, *, softmax: bool = False, batch: tuple[str, ...] = (BATCH,)
) -> Tensor:
    """Return the output: logits, probabilities, or the numbers of a regression.

    Args:
        network: The network.
        softmax: Whether the file computes probabilities.
        batch: Names of the axes in front of those of an example.
    """
    name = "probabilities" if softmax else "logits"
    if not network.task.has_classes:
        name = "numbers"
    return Tensor(name, "float32", (*batch, *network.output_shape))


def check_softmax(network: Network, softmax: bool) -> None:
    """Raise ValueError if probabilities are asked for, and the network has no classes."""
    if softmax and not network.task.has_classes:
        raise ValueError("softmax: expected False for a regression, which has no classes, got True")
