"""`cross_validate`: one network per fold, and the mean of their results."""

import numpy as np
import pytest
import small
from small import as_bits, quick_fit

from jaxcnn.data import Dataset
from jaxcnn.training import cross_validate, mean_interval, sgd

OPTIONS = {"epochs": 2, "batch_size": 8, "tx": sgd(0.02), "progress": False}


@pytest.fixture(scope="module")
def found():
    return cross_validate(small.LINEAR, small.dataset(), folds=4, **OPTIONS)


@pytest.mark.slow
def test_each_fold_is_trained_without_its_examples(found):
    folds = small.dataset().folds(4)
    alone = quick_fit(data=folds[1].train, **OPTIONS)
    assert as_bits(found.runs[1].state.params) == as_bits(alone.state.params)
    assert found.evaluations[1] == alone.evaluate(folds[1].validation)
    assert [run.history[-1]["validation_accuracy"] for run in found.runs] == [*found.values]


@pytest.mark.slow
def test_the_mean_and_its_interval(found):
    values = [evaluation.accuracy for evaluation in found.evaluations]
    assert found.mean == pytest.approx(np.mean(values))
    assert found.spread == pytest.approx(np.std(values, ddof=1))
    low, high = mean_interval(found.mean, found.spread, 4)
    assert found.interval == (max(low, 0), min(high, 1))
    assert f"accuracy {found.mean:.2%} ± {found.spread:.2%} over 4 folds (95% int" in str(found)
    assert [row["fold"] for row in found.to_dict()["folds"]] == [0, 1, 2, 3]


@pytest.mark.slow
def test_own_folds_a_regression_and_checkpoints(tmp_path):
    data = small.dataset()
    numbers = Dataset(data.images, data.labels.astype(float), task="regression")
    folds = [(numbers.subset(range(20)), numbers.subset(range(20, 40)))] * 2
    net = small.jaxcnn.Sequential([*small.LINEAR.layers[:1], small.jaxcnn.Dense(1)])
    found = cross_validate(net, numbers, folds=folds, checkpoints=tmp_path, **OPTIONS)
    assert found.measure == "mean squared error"
    assert found.values[0] == found.evaluations[0].loss
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fold-0", "fold-1"]


def test_wrong_folds_are_named():
    with pytest.raises(ValueError, match="folds: expected at least 2, got 1"):
        cross_validate(small.LINEAR, small.dataset(), folds=[small.dataset().split(0.2)])
