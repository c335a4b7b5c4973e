"""Sets whose labels number the same names in another order."""

import numpy as np
import pytest

from jaxcnn.data import Dataset, ImageFiles, overlap

IMAGES = np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2, 1)


def test_labels_follow_their_names():
    data = Dataset(IMAGES, [0, 1, 1], ("cat", "dog"))
    matched = data.match_classes(("dog", "bird", "cat"))
    assert matched.labels.tolist() == [2, 0, 0]
    assert matched.labels.dtype == data.labels.dtype
    assert matched.class_names == ("dog", "bird", "cat")
    assert matched.match_classes(data.class_names).labels.tolist() == data.labels.tolist()
    assert data.labels.tolist() == [0, 1, 1]  # unchanged


def test_a_class_with_examples_needs_a_name():
    data = Dataset(IMAGES, [0, 1, 1], ("cat", "dog", "cow"))
    assert data.match_classes(("dog", "cat")).labels.tolist() == [1, 0, 0]
    with pytest.raises(ValueError, match="name of each class with examples, got none for 'dog'"):
        data.match_classes(("cat", "cow"))


def test_columns_follow_their_names():
    labels = np.array([[1, 0], [0, 0], [1, 1]])
    several = Dataset(IMAGES, labels, ("cat", "dog"), multilabel=True)
    assert several.match_classes(("dog", "cat")).labels.tolist() == labels[:, ::-1].tolist()
    numbers = Dataset(IMAGES, labels / 2, ("x", "y"), task="regression")
    assert numbers.match_classes(("y", "x")).labels.tolist() == (labels[:, ::-1] / 2).tolist()
    with pytest.raises(ValueError, match=r"expected \('x', 'y'\) in any order, got \('x', 'z'\)"):
        numbers.match_classes(("x", "z"))


def test_labels_of_files_follow_their_names():
    files = ImageFiles(["1.png", "2.png"], [0, 1], ("cat", "dog"), (2, 2, 1))
    assert files.match_classes(("dog", "cat")).labels.tolist() == [1, 0]


def test_an_overlap_compares_labels_of_the_same_names():
    data = Dataset(IMAGES, [0, 1, 1], ("cat", "dog"))
    renamed = Dataset(IMAGES, [1, 0, 0], ("dog", "cat"))
    with pytest.raises(ValueError, match=r"test: expected the classes of `train`, \('cat', 'dog'"):
        overlap(data, renamed)
    assert overlap(data, renamed.match_classes(data.class_names)).conflicts == 0
