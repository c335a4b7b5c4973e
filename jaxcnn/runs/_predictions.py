"""What a network predicts for a whole set, in memory or in files."""

import numpy as np

from jaxcnn.data import Dataset, LabelledImages, padded_batches, stream_batches
from jaxcnn.training import Network

BATCH_SIZE = 500


def probabilities_of(network: Network, images: LabelledImages) -> np.ndarray:
    """The probability of each class for each image, ``(N, classes)``; files are streamed."""
    if isinstance(images, Dataset):
        return network.predict_proba(images.images)
    indices, _ = padded_batches(len(images), min(BATCH_SIZE, len(images)))
    batches = stream_batches(images, indices)
    return np.concatenate([network.predict_proba(batch) for batch in batches])[: len(images)]
