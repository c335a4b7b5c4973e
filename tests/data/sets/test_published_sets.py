"""The real files, where this machine has them (see `JAXCNN_DATA`): counts that are published."""

import pytest

from jaxcnn.data import cifar10, mnist, overlap


def loaded(loader):
    try:
        return loader()
    except FileNotFoundError:
        pytest.skip("the data set is not on this machine")


def test_cifar10():  # guide rows A6.16, A6.17
    train, test = loaded(cifar10)
    assert train.images.shape == (50_000, 32, 32, 3)
    assert test.images.shape == (10_000, 32, 32, 3)
    assert train.class_counts.tolist() == [5000] * 10
    assert test.class_counts.tolist() == [1000] * 10
    assert train.class_names == (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip
    # Nearly equal pairs are 3.3% of the test images (Barz and Denzler, 2020); equal ones fewer.
    assert overlap(train, test).count < 330


def test_mnist():
    train, test = loaded(mnist)
    assert train.images.shape == (60_000, 28, 28, 1)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert train.class_counts.tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert test.class_counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
