"""Folds and random splits keep the shares of the classes."""

import numpy as np
import pytest
import small

from jaxcnn.data import Dataset, ImageFiles


def labeled(labels, **options):
    images = np.zeros((len(labels), 2, 2, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(len(labels))
    return Dataset(images, labels, **options)


LABELS = np.random.default_rng(0).choice(4, 97, p=[0.5, 0.3, 0.15, 0.05])


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_have_the_class_counts_of_scikit_learn(folds):
    from sklearn.model_selection import StratifiedKFold

    data = labeled(LABELS, class_names=[*"abcd"], weights=np.arange(97))
    found = data.folds(folds)
    expected = StratifiedKFold(folds, shuffle=True, random_state=0).split(LABELS, LABELS)
    for fold, (_, held_out) in zip(found, expected, strict=True):
        counts = np.bincount(LABELS[held_out], minlength=4)
        assert fold.validation.class_counts.tolist() == counts.tolist()
        both = np.concatenate([fold.train.weights, fold.validation.weights])
        assert sorted(both.tolist()) == list(range(97))
    held_out = np.concatenate([fold.validation.weights for fold in found])
    assert sorted(held_out.tolist()) == list(range(97))


def test_folds_are_made_one_at_a_time(monkeypatch):
    made, subset = [], Dataset.subset
    monkeypatch.setattr(Dataset, "subset", lambda *args: made.append(1) or subset(*args))
    folds = small.dataset().folds(4)
    assert (len(folds), len(made)) == (4, 0)
    assert (len(folds[-1].validation), len(made)) == (10, 2)
    assert [len(validation) for _, validation in folds[:2]] == [10, 10]
    with pytest.raises(IndexError):
        folds[4]


def test_folds_depend_on_the_seed():
    data = labeled(LABELS, class_names=[*"abcd"], weights=np.arange(97))
    one, same, other = (data.folds(3, seed=seed)[0].validation.weights for seed in (0, 0, 1))
    assert one.tolist() == same.tolist() != other.tolist()


def test_sets_without_classes_are_split_as_a_whole():
    numbers = labeled(np.arange(11.0), task="regression")
    assert [len(fold.validation) for fold in numbers.folds(3)] == [4, 4, 3]
    several = labeled(np.eye(11, 2, dtype=int), class_names=[*"ab"], multilabel=True)
    assert [len(fold.validation) for fold in several.folds(5)] == [3, 2, 2, 2, 2]


def test_files_are_split_as_well():
    files = ImageFiles([f"{n}.png" for n in range(8)], [0, 1] * 4, [*"ab"], (2, 2, 1))
    train, validation = files.split(0.25)
    assert validation.class_counts.tolist() == [1, 1]
    assert not set(train.paths) & set(validation.paths)
    assert [fold.validation.class_counts.tolist() for fold in files.folds(2)] == [[2, 2], [2, 2]]


def test_a_split_keeps_the_shares():
    train, validation = labeled(LABELS, class_names=[*"abcd"]).split(0.2)
    expected = np.maximum(np.rint(np.bincount(LABELS) * 0.2), 1)
    assert validation.class_counts.tolist() == expected.tolist()
    assert len(train) + len(validation) == 97


def test_wrong_numbers_are_named():
    data = small.dataset(n=9)
    for folds, message in (
        (1, "folds: expected at least 2, got 1"),
        (4, "at most 3, the examples"),
    ):
        with pytest.raises(ValueError, match=message):
            data.folds(folds)
    with pytest.raises(ValueError, match=r"fraction: expected a finite number above 0 and below 1"):
        data.split(1.0)
    with pytest.raises(ValueError, match="fraction: expected a set with two examples of a class"):
        data.take(3).split(0.5)
    with pytest.warns(
        UserWarning, match="expected at least 5 examples of each class, got 1 of the"
    ):
        labeled([0] * 9 + [1], class_names=[*"ab"]).folds()
