import math

import pytest

from jaxcnn.training import EarlyStopping


def history(name, *values):
    return [{name: value} for value in values]


@pytest.mark.parametrize(
    ("options", "values", "best"),
    [
        ({}, (1.0, 0.5, 0.6, 0.5), 1),
        ({"min_change": 0.2}, (1.0, 0.9, 0.7, 0.6), 2),
        ({}, (math.nan, 2.0, math.nan), 1),
        ({"monitor": "validation_accuracy"}, (0.1, 0.7, 0.3), 1),
        ({"monitor": "train_loss"}, (0.1, 0.7, 0.05), 2),
    ],
)
def test_the_best_epoch(options, values, best):
    stopping = EarlyStopping(**options)
    assert stopping.best(history(stopping.monitor, *values)) == best


def test_it_gives_up_after_so_many_epochs_without_a_better_one():  # guide row A6.19
    stopping = EarlyStopping(patience=2)
    losses = history("validation_loss", 1.0, 0.5, 0.6, 0.7, 0.4)
    gives_up = [stopping.gives_up(losses[: n + 1]) for n in range(5)]
    assert gives_up == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patience": 0}, ValueError, "patience: expected at least 1, got 0"),
        ({"patience": 2.5}, TypeError, "patience: expected an integer, got 2.5"),
        ({"monitor": "loss"}, ValueError, "monitor: expected one of"),
        (
            {"min_change": -1.0},
            ValueError,
            "min_change: expected a finite number of at least 0, got -1",
        ),
        (
            {"monitor": "val_accuracy"},
            ValueError,
            r"monitor: expected one of validation_loss, .*\(did you mean validation_accuracy",
        ),
        (
            {"monitor": "validation_acuracy"},
            ValueError,
            r"mode: expected 'min' or 'max' .*got None \(did you mean validation_accuracy",
        ),
        ({"monitor": "bacc"}, ValueError, r"got 'bacc' \(did you mean validation_bacc\?\)"),
        ({"monitor": "loss"}, ValueError, r"\(did you mean validation_loss or train_loss\?\)"),
        ({"monitor": "validation_bacc"}, ValueError, r"monitor validation_bacc, got None$"),
        (
            {"metric": "loss"},
            TypeError,
            r"metric: expected one of the options patience, monitor, .*\(the metric to watch is m",
        ),
        ({"min_delta": 0.1}, TypeError, r"\(the smallest improvement is min_change=0.0\)"),
        ({"patients": 3}, TypeError, r"patients: expected one of .*\(did you mean patience\?\)"),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error, match=message):
        EarlyStopping(**options)
