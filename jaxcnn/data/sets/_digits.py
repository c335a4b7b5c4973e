"""The digits that come with scikit-learn: real images without a download."""

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn.data._dataset import Dataset, Splits


def digits() -> Splits:
    """Load scikit-learn's handwritten digits: 8x8 gray images, 1,437 to train and 360 to test.

    The split is stratified, 80% to 20%, and always the same (seed 0). The published pixels are
    0..16. They are scaled to 0..255 and rounded.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, 8, 8, 1)`` uint8.

    Raises:
        ImportError: If scikit-learn is not installed.

    Example:
        >>> train, test = digits()
        >>> train
        Dataset('digits': 1437 images (8, 8, 1) uint8, 10 classes)

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998,
    https://doi.org/10.24432/C50P49
    """
    bunch = import_extra("sklearn.datasets").load_digits()
    images = np.rint(bunch.images[..., None] * (255 / 16)).astype(np.uint8)
    class_names = [str(digit) for digit in bunch.target_names]
    everything = Dataset(images, bunch.target, class_names, "digits")
    train, test = import_extra("sklearn.model_selection").train_test_split(
        np.arange(len(everything)), test_size=0.2, random_state=0, stratify=everything.labels
    )
    return Splits(everything.subset(train), everything.subset(test))
