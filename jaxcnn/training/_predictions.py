"""What a network says about a whole set, in memory or in files."""

import numpy as np

from jaxcnn.data import Dataset, LabelledImages, padded_batches, stream_batches
from jaxcnn.training._inference import BATCH_SIZE
from jaxcnn.training._network import Network


def logits_of(network: Network, images: LabelledImages) -> np.ndarray:
    """The scores of each class for each image, ``(N, classes)``; files are streamed."""
    if isinstance(images, Dataset):
        return network.logits(images.images)
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    batches = stream_batches(images, indices)
    return np.concatenate([*map(network.logits, batches)])[: len(images)]
