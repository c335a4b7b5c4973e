import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.data import Dataset, Multilabel, Regression, SingleLabel, Splits, to_shape

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
        (lambda: Dataset(IMAGES, [0] * 5, ()), r"class_names: expected one name per class"),
        (lambda: Dataset(IMAGES, [0] * 5), r"got None \(name them .* class_names=range\(K\)\)$"),
        (lambda: Dataset(IMAGES, np.eye(5, dtype=int)), "custom: labels: .* look one-hot"),
        (lambda: Dataset(IMAGES, 0), r"custom: labels: expected shape \(1,\), got \(\)"),
        (lambda: Dataset(IMAGES, [0] * 5, "cat"), r"class_names: expected one name .* got 'cat'"),
        (lambda: Dataset(IMAGES, [0, 1, 2, 3, 0], ("a", "b")), "custom: labels: expected 0 to 1"),
    ],
)
def test_bad_arguments_are_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            IMAGES,
            ["cat"] * 5,
            "custom: labels: expected an array of numbers, got text .number the classes",
        ),
        (IMAGES, [0.5] * 5, 'labels: .*task="regression"'),
    ],
)
def test_faults_come_before_missing_names(images, labels, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Dataset(images, labels)


def test_files_are_not_images():
    with pytest.raises(TypeError, match=r"custom: images: .*got \['1.png'\] .*data.image_folder"):
        Dataset(["1.png"], [0], ["a"])


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


TEXTS = np.array([[3, 1, 0], [2, 2, 1]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_tokens_are_kept_as_they_are(dtype):
    data = Dataset(TEXTS.astype(dtype), [0, 1], ("a", "b"), kind="tokens")
    assert (data.kind, data.input_shape, data.images.dtype) == ("tokens", (3,), np.int32)
    np.testing.assert_array_equal(data.read([1, 0]), TEXTS[::-1])
    assert repr(data) == "Dataset('custom': 2 sequences (3,) int32, 2 classes)"


@pytest.mark.parametrize(("kind", "shape"), [("signals", (7, 2)), ("volumes", (3, 4, 5, 1))])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_signals_and_volumes_hold_any_finite_numbers(kind, shape, dtype):
    values = (np.arange(2 * np.prod(shape)).reshape(2, *shape) - 5).astype(dtype)
    data = Dataset(values, [0, 1], ("a", "b"), kind=kind)
    assert data.input_shape == shape
    assert data.images.dtype == (np.uint8 if dtype == np.uint8 else np.float32)
    for part in (data.take(1), data.subset([0])):
        assert (part.kind, part.input_shape) == (kind, shape)
        np.testing.assert_array_equal(part.images, data.images[:1])


NUMBERS = np.linspace(-1, 1, 5)


@pytest.mark.parametrize(
    ("labels", "names", "shape", "shown"),
    [
        (NUMBERS, ["age"], (5,), "regression of age"),
        (NUMBERS, None, (5,), "regression of value"),
        (np.stack([NUMBERS, NUMBERS], 1), ["x", "y"], (5, 2), "regression of x, y"),
        (np.ones((5, 4)), None, (5, 4), "regression of 4 numbers"),
    ],
)
def test_numbers_to_predict(labels, names, shape, shown):
    data = Dataset(IMAGES, labels, names, task="regression")
    assert data.task == Regression()
    assert (data.labels.shape, data.labels.dtype) == (shape, np.float32)
    assert data.num_classes == len(data.class_names) == (shape[1] if len(shape) > 1 else 1)
    assert repr(data) == f"Dataset('custom': 5 images (2, 3, 1) uint8, {shown})"
    assert not data.multilabel
    part = data.subset([3, 1])
    assert part.task == data.task
    np.testing.assert_array_equal(part.labels, labels[[3, 1]].astype(np.float32))
    with pytest.raises(ValueError, match="expected a data set with classes, got a regression"):
        _ = data.class_counts


def test_ways_to_name_a_task():
    labels = np.array([[1, 0], [1, 1]])
    made = [
        Dataset(IMAGES[:2], labels, ("sea", "sky"), **options)
        for options in ({"multilabel": True}, {"task": "multilabel"}, {"task": Multilabel()})
    ]
    assert {data.task for data in made} == {Multilabel()}
    assert all(data.multilabel for data in made)
    assert DATA.task == SingleLabel()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"task": "many"}, ValueError, "task: expected one of .*, got 'many'"),
        ({"task": 3}, TypeError, "task: expected a task or its name, .*, got 3"),
        ({"task": SingleLabel, "labels": [0]}, TypeError, "task: expected a task or its name"),
        ({"task": "regression", "multilabel": True}, ValueError, "multilabel: expected False with"),
        ({"class_names": None}, ValueError, "class_names: expected one name per class, got N"),
        ({"class_names": [], "task": "regression"}, ValueError, "one name per number to predict"),
        ({"labels": NUMBERS}, TypeError, 'float64 .for numbers to predict, pass task="regr'),
        ({"kind": "sounds"}, ValueError, "kind: expected one of .*, got 'sounds'"),
        ({"kind": "tokens"}, ValueError, r"custom: tokens: expected shape \(N, L\), got \(5, 2, 3"),
        (
            {"images": IMAGES[..., 0]},
            ValueError,
            r'; for signals \(N, L, C\) pass kind="signals"\)$',
        ),
        ({"images": IMAGES[:, 0, :, 0]}, ValueError, r'for tokens \(N, L\) pass kind="tokens"\)$'),
        ({"images": IMAGES[None]}, ValueError, r'volumes \(N, D, H, W, C\) pass kind="volumes"\)$'),
        (
            {"images": [[-1]] * 5, "kind": "tokens"},
            ValueError,
            r"0 to 2147483647, got -1 at \(0, 0",
        ),
        ({"images": [[0.5]] * 5, "kind": "tokens"}, TypeError, "tokens: expected an integer dtype"),
        (
            {"images": np.ones((5, 2, 1), int), "kind": "signals"},
            TypeError,
            "uint8 or float32, got",
        ),
        (
            {"images": np.ones((5, 0, 1)), "kind": "signals"},
            ValueError,
            "at least one value, got sh",
        ),
        (
            {"images": np.full((5, 2, 1), np.nan), "kind": "signals"},
            ValueError,
            r"signals: expected finite values within float32, got nan at \(0, 0, 0\)",
        ),
    ],
)
def test_bad_tasks_and_kinds_are_told(options, error, message):
    given = {"images": IMAGES, "labels": [0, 1, 0, 1, 0], "class_names": ("a", "b")}
    with pytest.raises(error, match=message):
        Dataset(**given | options)


def test_only_images_change_their_shape():
    data = Dataset(TEXTS, [0, 1], ("a", "b"), kind="tokens")
    with pytest.raises(ValueError, match="dataset: expected images, got tokens"):
        to_shape(data, (4, 4, 3))
