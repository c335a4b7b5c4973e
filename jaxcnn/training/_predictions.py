"""What a network says about a whole set, in memory or in files."""

import numpy as np

from jaxcnn.data import LabelledImages, padded_batches
from jaxcnn.training._inference import BATCH_SIZE, read_batches
from jaxcnn.training._network import Network


def logits_of(network: Network, images: LabelledImages) -> np.ndarray:
    """The scores of each class for each image, ``(N, classes)``; files are streamed."""
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    logits = map(network.logits, read_batches(images, indices))
    return np.concatenate([*logits])[: len(images)]
