import numpy as np
import pytest

from jaxcnn.data import DataError, Dataset, overlap

RNG = np.random.default_rng(0)
TRAIN = Dataset(RNG.integers(0, 256, (20, 4, 6, 3), dtype=np.uint8), np.arange(20) % 2, ("a", "b"))
FRESH = Dataset(RNG.integers(0, 256, (8, 4, 6, 3), dtype=np.uint8), np.arange(8) % 2, ("a", "b"))


def with_copies(pairs, labels):
    images, all_labels = FRESH.images.copy(), FRESH.labels.copy()
    for (i, j), label in zip(pairs, labels, strict=True):
        images[j], all_labels[j] = TRAIN.images[i], label
    return Dataset(images, all_labels, ("a", "b"))


def test_different_images_do_not_overlap():
    found = overlap(TRAIN, FRESH, strict=True)
    assert (found.count, found.conflicts) == (0, 0)
    assert found.train_indices.shape == found.test_indices.shape == (0,)


def test_every_copy_is_found():  # guide row A6.16
    test = with_copies([(12, 1), (3, 4), (12, 7)], [0, 1, 1])
    found = overlap(TRAIN, test)
    assert found.train_indices.tolist() == [12, 3, 12]
    assert found.test_indices.tolist() == [1, 4, 7]
    assert found.conflicts == 1
    assert str(found).startswith("3 of the test images also occur in the training set, 1 of them")
    with pytest.raises(DataError, match=r"3 of the test images.*:\n  image 1 is image 12 again\n"):
        overlap(TRAIN, test, strict=True)


def test_one_of_several_labels_makes_a_conflict():
    labels = np.array([[0, 1], [1, 1], [0, 0]])
    train = Dataset(TRAIN.images[:3], labels, ("a", "b"), multilabel=True)
    other = labels ^ [[0, 1], [0, 0], [1, 1]]
    found = overlap(train, Dataset(train.images, other, ("a", "b"), multilabel=True))
    assert (found.count, found.conflicts) == (3, 2)
    with pytest.raises(ValueError, match=r"labels of shape \(2,\) per image .* got \(\)"):
        overlap(train, TRAIN)


def test_one_pixel_makes_another_image():
    test = with_copies([(0, 0)], [0])
    images = test.images.copy()
    images[0, 3, 5, 2] ^= 1
    changed = Dataset(images, test.labels, test.class_names)
    assert overlap(TRAIN, changed).count == 0


def test_copies_within_the_training_set_name_the_first():
    found = overlap(TRAIN.subset([5, 6, 5]), TRAIN.subset([5]))
    assert found.train_indices.tolist() == [0]


def test_a_set_overlaps_with_itself():
    assert overlap(TRAIN, TRAIN).test_indices.tolist() == list(range(20))


@pytest.mark.parametrize(
    "other",
    [
        Dataset(TRAIN.images[:, :3], TRAIN.labels, ("a", "b")),
        Dataset(TRAIN.images / 255, TRAIN.labels, ("a", "b")),
    ],
)
def test_sets_that_cannot_be_compared_are_told(other):
    with pytest.raises(ValueError, match=r"test: expected images of \(\(4, 6, 3\), 'uint8'\) as"):
        overlap(TRAIN, other)
