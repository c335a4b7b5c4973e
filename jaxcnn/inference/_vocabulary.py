"""Check that tokens are within the vocabulary of a network's `Embedding`."""

import numpy as np

from jaxcnn.architecture import walk
from jaxcnn.data import Dataset, LabeledImages
from jaxcnn.layers import Embedding, Layer


def check_tokens(name: str, inputs: np.ndarray | LabeledImages, architecture: Layer | None) -> None:
    """Raise ValueError unless an architecture's `Embedding` has a vector for each token.

    For tokens beyond the vocabulary, an embedding returns NaN, so training would seem to diverge.

    Args:
        name: Name of the inputs in error messages.
        inputs: Checked inputs, or a data set. Only tokens, ``(N, L)`` integers, are checked.
        architecture: The network as data. With None, as for a Flax module, nothing is checked.

    Raises:
        ValueError: If a token is too high. The message names the position of the first such token.
    """
    if isinstance(inputs, Dataset):
        inputs = inputs.images
    elif isinstance(inputs, LabeledImages):
        return
    if architecture is None or not np.issubdtype(inputs.dtype, np.integer) or inputs.ndim != 2:
        return
    layers = (visited.layer for visited in walk(architecture, inputs.shape[1:]))
    sizes = [layer.num_embeddings for layer in layers if isinstance(layer, Embedding)]
    if sizes and inputs.max() >= min(sizes):
        position = tuple(np.argwhere(inputs >= min(sizes))[0].tolist())
        raise ValueError(
            f"{name}: expected tokens from 0 to {min(sizes) - 1}, the vocabulary of the network's "
            f"Embedding, got {inputs[position]} at {position}"
        )
