"""Find the published data sets that are on this machine."""

import os
from pathlib import Path

from jaxcnn.data.sets._cifar import CIFAR10, CIFAR100
from jaxcnn.data.sets._download import find
from jaxcnn.data.sets._mnist import FASHION_MNIST, MNIST


def find_published_sets(folder: str | os.PathLike[str] | None = None) -> dict[str, Path | None]:
    """Find the published data sets that are on this machine, without downloading anything.

    Args:
        folder: The folder to search; None means `$JAXCNN_DATA`, then the user's cache folder.

    Returns:
        A dict that maps the name of each published set to the folder of the set, or to None if the
        set is not found.

    Example:
        >>> find_published_sets("nowhere")
        {'CIFAR-10': None, 'CIFAR-100': None, 'MNIST': None, 'Fashion-MNIST': None}
    """
    formats = (CIFAR10, CIFAR100, MNIST, FASHION_MNIST)
    return {fmt.name: find(fmt.subfolder, folder) for fmt in formats}
