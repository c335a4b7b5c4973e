import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import Dataset, Splits, to_shape

IMAGES = np.arange(5 * 2 * 3 * 1, dtype=np.uint8).reshape(5, 2, 3, 1)
DATA = Dataset(IMAGES, [0, 1, 1, 0, 1], ("cat", "dog", "bird"), "pets")


def test_what_a_dataset_tells():
    assert len(DATA) == 5
    assert DATA.input_shape == (2, 3, 1)
    assert DATA.num_classes == 3
    assert DATA.class_counts.tolist() == [2, 3, 0]
    assert repr(DATA) == "Dataset('pets': 5 images (2, 3, 1) uint8, 3 classes)"


@pytest.mark.parametrize(("shape", "inputs"), [((10, 10, 1), 100), ((10, 10, 3), 300)])
def test_a_flat_image_has_so_many_numbers(shape, inputs):  # guide row A1.8
    data = Dataset(np.zeros((1, *shape), np.uint8), [0], ("a",))
    assert np.prod(data.input_shape) == data.images.reshape(len(data), -1).shape[1] == inputs


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays_are_kept_in_one_form(dtype):
    data = Dataset(np.zeros((2, 4, 4, 1), dtype), jnp.array([0, 1]), ["a", "b"])
    assert data.images.dtype == np.float32
    assert data.labels.dtype == np.int32
    assert data.class_names == ("a", "b")
    assert isinstance(data.labels, np.ndarray)
    assert data.name == "custom"


def test_a_dataset_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DATA.name = "other"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("indices", "labels"),
    [([4, 0], [1, 0]), (np.array([True, False, True, False, False]), [0, 1]), ([1, 1], [1, 1])],
)
def test_a_subset_keeps_the_rest(indices, labels):
    subset = DATA.subset(indices)
    assert subset.labels.tolist() == labels
    np.testing.assert_array_equal(subset.images, IMAGES[indices])
    assert (subset.class_names, subset.name) == (DATA.class_names, DATA.name)


@pytest.mark.parametrize(("n", "length"), [(1, 1), (3, 3), (100, 5)])
def test_take_gives_the_first(n, length):
    np.testing.assert_array_equal(DATA.take(n).images, IMAGES[:length])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DATA.take(0), "n: expected at least 1, got 0"),
        (lambda: DATA.subset([False] * 5), "pets: images: expected at least one image"),
        (lambda: Dataset(IMAGES, [0] * 5, ()), r"class_names: expected one name for each class"),
        (lambda: Dataset(IMAGES, [0] * 5, "cat"), r"class_names: expected one name .* got 'cat'"),
        (lambda: Dataset(IMAGES, [0, 1, 2, 3, 0], ("a", "b")), "custom: labels: expected 0 to 1"),
    ],
)
def test_bad_arguments_are_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()


MANY = Dataset(IMAGES, [[1, 0], [1, 1], [0, 0], [1, 0], [1, 1]], ("sea", "sky"), multilabel=True)


def test_what_a_multilabel_set_tells():
    assert (MANY.labels.dtype, MANY.num_classes) == (np.uint8, 2)
    assert MANY.class_counts.tolist() == [4, 2]
    assert repr(MANY) == "Dataset('custom': 5 images (2, 3, 1) uint8, 2 classes, multilabel)"
    assert not DATA.multilabel


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64])
def test_multilabel_arrays_are_kept_in_one_form(dtype):
    data = Dataset(IMAGES, MANY.labels.astype(dtype), ["sea", "sky"], multilabel=True)
    assert data.labels.dtype == np.uint8
    np.testing.assert_array_equal(data.labels, MANY.labels)


def test_a_multilabel_set_stays_one():
    for data, rows in [
        (MANY.subset([4, 0]), [4, 0]),
        (MANY.subset(MANY.labels[:, 1] == 1), [1, 4]),
        (MANY.take(2), [0, 1]),
        (to_shape(MANY, (4, 4, 3)), [0, 1, 2, 3, 4]),
    ]:
        assert data.multilabel
        np.testing.assert_array_equal(data.labels, MANY.labels[rows])


def test_splits_unpack():
    train, test = Splits(DATA, DATA.take(1))
    assert (len(train), len(test)) == (5, 1)
