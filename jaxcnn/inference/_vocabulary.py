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
    size = vocabulary_size(architecture, inputs.shape[1:])
    if size is not None:
        check_vocabulary(name, inputs, size)


def vocabulary_size(architecture: Layer, input_shape: tuple[int, ...]) -> int | None:
    """Return the number of tokens that an architecture has a vector for; None without `Embedding`.

    Args:
        architecture: The network as data.
        input_shape: The shape of one input.
    """
    layers = (visited.layer for visited in walk(architecture, input_shape))
    sizes = (layer.num_embeddings for layer in layers if isinstance(layer, Embedding))
    return min(sizes, default=None)


def check_vocabulary(name: str, tokens: np.ndarray, size: int) -> None:
    """Raise ValueError if a token is not below the size of a vocabulary.

    Args:
        name: Name of the tokens in error messages.
        tokens: Integers from 0, at least one.
        size: The number of tokens in the vocabulary.

    Raises:
        ValueError: If a token is too high. The message names the position of the first such token.
    """
    if tokens.max() >= size:
        position = tuple(np.argwhere(tokens >= size)[0].tolist())
        raise ValueError(
            f"{name}: expected tokens from 0 to {size - 1}, the vocabulary of the network's "
            f"Embedding, got {tokens[position]} at {position}"
        )
