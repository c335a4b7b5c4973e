"""Pairs of arrays in place of a labeled set."""

import numpy as np
import pytest
import small
from small import as_bits, quick_fit

import jaxcnn
from jaxcnn.data import as_labeled_set
from jaxcnn.training import dry_run, fit_ensemble, overfit_one_batch


def pair(labels=None):
    data = small.dataset()
    return data.images, data.labels if labels is None else labels


@pytest.mark.thorough
def test_fit_and_evaluate_take_pairs():
    by_set = quick_fit()
    by_pair = quick_fit(data=pair(), validation=pair())
    assert as_bits(by_pair.state.params) == as_bits(by_set.state.params)
    assert by_pair.class_names == ("0", "1", "2")
    assert by_pair.evaluate(pair()) == by_set.evaluate(small.dataset())


def test_labels_that_are_text_name_their_classes():
    words = np.array(["cat", "bird", "dog"])[small.dataset().labels]
    found = as_labeled_set("train", pair(words))
    assert found.class_names == ("bird", "cat", "dog")
    few = as_labeled_set("validation", (found.images[:2], ["dog", "cat"]), found)
    assert (few.labels.tolist(), few.class_names) == ([2, 1], found.class_names)
    with pytest.raises(
        ValueError, match=r"validation: labels: expected one of \('bird'.*got 'cow'"
    ):
        as_labeled_set("validation", (found.images[:2], ["dog", "cow"]), found)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.zeros(40), TypeError, r'train: labels: expected an integer .* pass task="regression"'),
        (np.eye(40, 3, dtype=int), ValueError, "train: labels: .*they look one-hot"),
        (
            np.full((40, 2), "cat"),
            TypeError,
            "labels: expected an array of numbers, got text",
        ),
        (np.array(["cat", 3] * 20, object), TypeError, "labels: expected numbers or text, got 3"),
        ([0, None] * 20, TypeError, r"labels: .*, got None \(leave out examples without a label"),
        (
            np.array(["cat", np.nan] * 20, object),
            TypeError,
            r"labels: expected one per example, got nan \(leave out examples",
        ),
        (np.zeros(39, int), ValueError, "train: labels: expected 40, one per image, got 39"),
        (np.full(40, -1), ValueError, r"class numbers from 0, got -1 .*leave these examples out"),
    ],
)
def test_wrong_pairs_are_named(labels, error, message):
    with pytest.raises(error, match=message):
        quick_fit(data=pair(labels))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint64, np.int8, np.int64])
def test_labels_are_integers_of_any_dtype(dtype):
    data = small.dataset()
    found = as_labeled_set("train", pair(data.labels.astype(dtype)))
    assert found.class_names == ("0", "1", "2")
    np.testing.assert_array_equal(found.labels, data.labels)


def test_names_of_classes_are_for_a_data_set():
    with pytest.warns(
        UserWarning, match=r"and jaxcnn.data.Dataset\(images, labels, class_names\) "
    ):
        as_labeled_set("train", pair(small.dataset().labels * 2))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (small.dataset().labels * 5, r"from 0 to 10, but .*np.unique\(labels, return_inverse=True"),
        (small.dataset().labels * 2 % 5, r"the 5 classes, got .*end with Dense\(5\)\)"),
    ],
    ids=["with gaps", "too many"],
)
def test_labels_that_number_other_classes(labels, message):
    labels = np.where(np.arange(40) == 9, 3, labels) if labels.max() == 4 else labels
    with (
        pytest.warns(UserWarning, match="train: labels: expected all numbers from 0 to"),
        pytest.raises(ValueError, match=message),
    ):
        jaxcnn.fit(small.LINEAR, pair(labels))


def test_labels_from_1_without_names(recwarn):
    expected = (
        r"labels: expected classes numbered from 0, got all .* 1 to 3 \(pass labels - 1, or cl"
    )
    with pytest.raises(ValueError, match=expected):
        jaxcnn.fit(small.LINEAR, pair(small.dataset().labels + 1))
    assert not recwarn.list


@pytest.mark.parametrize(
    "make", [lambda x, y: as_labeled_set("train", (x, y)), jaxcnn.data.Dataset]
)
def test_labels_come_second(make):
    data = small.dataset()
    expected = r"got shapes \(40,\) and \(40, 8, 8, 1\) \(the labels come second\)"
    with pytest.raises(ValueError, match=expected):
        make(data.labels, data.images)


def test_labels_from_1_of_named_classes():
    data = small.dataset()
    with pytest.raises(ValueError, match=r"classes are numbered from 0: pass labels - 1\)"):
        jaxcnn.data.Dataset(data.images, data.labels + 1, data.class_names)
    with pytest.raises(ValueError, match=r"validation: labels: expected 0 to 2.*pass labels - 1\)"):
        jaxcnn.fit(small.LINEAR, pair(), validation=pair(data.labels + 1))


def test_splits_are_no_pair():
    with pytest.raises(
        TypeError, match=r"train: expected a data set, got Splits \(pass its .train"
    ):
        jaxcnn.fit(small.LINEAR, jaxcnn.data.digits())


@pytest.mark.slow
def test_what_checks_a_training_takes_pairs_too():
    assert "images" in dry_run(small.LINEAR, pair(), batch_size=8).train
    assert overfit_one_batch(small.LINEAR, pair(), examples=16).passed
    options = {"seeds": [0], "epochs": 1, "batch_size": 8, "progress": False}
    assert len(fit_ensemble(small.LINEAR, pair(), **options).members) == 1
