"""Sets from whatever callers have: named errors for what holds no numbers."""

import numpy as np
import pytest

from jaxcnn.data import Dataset, ImageFiles, channel_moments

IMAGES = np.zeros((2, 4, 4, 1), np.uint8)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Dataset([np.zeros((2, 2, 3)), np.zeros((4, 2, 3))], [0, 1], ("a", "b")),
            ValueError,
            r"custom: images: expected entries of one shape, got \(2, 2, 3\) at 0 and \(4, 2, 3\)",
        ),
        (
            lambda: Dataset((image for image in IMAGES), [0, 1], ("a", "b")),
            TypeError,
            "custom: images: expected an array, got generator",
        ),
        (
            lambda: Dataset(IMAGES, (k for k in range(2)), ("a", "b")),
            TypeError,
            "custom: labels: expected an array, got generator",
        ),
        (
            lambda: Dataset(IMAGES, [[1, 2], [3]], task="regression"),
            ValueError,
            r"custom: labels: expected entries of one shape, got \(2,\) at 0 and \(1,\) at 1",
        ),
        (
            lambda: Dataset(IMAGES, [0, None], ("a", "b")),
            TypeError,
            "custom: labels: expected an array of numbers",
        ),
        (
            lambda: channel_moments(Dataset(IMAGES, [0, 1], ("a", "b"))),
            TypeError,
            r"images: expected an array, got Dataset \(pass its .images\)",
        ),
        (lambda: channel_moments([1, 2]), ValueError, r"images: expected shape \(N, ..., C\)"),
        (
            lambda: ImageFiles("1.png", [0], ("a",), (4, 4, 1)),
            TypeError,
            "paths: expected a list of files, got '1.png'",
        ),
    ],
)
def test_the_argument_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_set_is_a_read_only_view():
    labels = np.array([0, 1], np.int32)
    data = Dataset(images := IMAGES.copy(), labels, ("a", "b"))
    assert np.shares_memory(data.images, images)
    assert np.shares_memory(data.labels, labels)
    for array in (data.images, data.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 1
    images[0] = 1  # the caller's own array stays writable


def test_objects_that_hold_images_are_images():
    objects = np.array([*IMAGES, None], object)[:-1]  # as in a column of pandas
    data = Dataset(objects, [0, 1], ("a", "b"))
    assert (objects.shape, data.images.shape, data.images.dtype) == ((2,), IMAGES.shape, np.uint8)


def test_labels_of_any_integers():
    for labels in (np.array([0, 1], ">i4"), np.array([0, 1], object), range(2), np.uint64([0, 1])):
        data = Dataset(IMAGES, labels, ("a", "b"))
        assert (data.labels.dtype, data.labels.tolist()) == (np.int32, [0, 1])
        assert data.labels.dtype.isnative


def test_moments_of_any_byte_order():
    images = np.random.default_rng(0).random((3, 4, 4, 2))
    for found, expected in zip(
        channel_moments(images.astype(">f8")), channel_moments(images), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
