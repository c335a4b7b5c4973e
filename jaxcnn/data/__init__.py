"""Data: reading, checking, downloading, augmenting and batching labelled images."""

from jaxcnn.data._augmentation import Augmentation
from jaxcnn.data._batching import epoch_order, full_batches, padded_batches
from jaxcnn.data._checks import check_arrays
from jaxcnn.data._cifar import cifar10, cifar100
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._digits import digits
from jaxcnn.data._errors import DataError, DownloadError
from jaxcnn.data._mnist import fashion_mnist, mnist
from jaxcnn.data._transforms import alternating_flip, cutout, random_flip, random_shift

__all__ = [
    "Augmentation",
    "DataError",
    "Dataset",
    "DownloadError",
    "Splits",
    "alternating_flip",
    "check_arrays",
    "cifar10",
    "cifar100",
    "cutout",
    "digits",
    "epoch_order",
    "fashion_mnist",
    "full_batches",
    "mnist",
    "padded_batches",
    "random_flip",
    "random_shift",
]
