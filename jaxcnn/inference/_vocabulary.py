"""Checks that tokens are within a network's vocabulary."""

import numpy as np

from jaxcnn.architecture import walk
from jaxcnn.data import Dataset, ImageFiles, LabeledImages
from jaxcnn.layers import Embedding, Layer


def check_tokens(name: str, inputs: np.ndarray | LabeledImages, architecture: Layer | None) -> None:
    """Raise unless an architecture's `Embedding` has a vector for each token.

    Beyond the vocabulary an embedding gives NaN, which would look like a training that diverged.

    Args:
        name: What error messages call the inputs.
        inputs: Checked inputs, or a data set; those that are not tokens, `(N, L)` integers, pass.
        architecture: The network as data; None, for a Flax module, passes.

    Raises:
        ValueError: If a token is too high; the error names the first one's position.
    """
    if isinstance(inputs, ImageFiles):
        return
    if isinstance(inputs, Dataset):
        inputs = inputs.images
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
