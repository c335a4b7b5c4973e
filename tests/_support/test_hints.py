"""Hints of errors about names that belong elsewhere: attributes of a part, metrics of an epoch."""

import copy
import pickle

import bright_rows
import pytest
import small

import jaxcnn
from jaxcnn.data import Splits
from jaxcnn.runs import Logs

TRAINED = {"epoch": 1, "train_loss": 0.5, "train_accuracy": 0.5, "learning_rate": 0.1}
BOTH = Logs({**TRAINED, "validation_loss": 0.5, "validation_accuracy": 0.5})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("val_acc", "did you mean validation_accuracy?"),
        ("test_loss", "did you mean validation_loss?"),
        ("acc", "did you mean train_accuracy or validation_accuracy?"),
        ("loss", "did you mean train_loss or validation_loss?"),
        ("lr", "did you mean learning_rate?"),
    ],
)
def test_metrics_by_other_names(name, hint):
    with pytest.raises(KeyError) as raised:
        BOTH[name]
    assert raised.value.args[0].endswith(f"got {name!r} ({hint})")


@pytest.mark.parametrize("name", ["validation_accuracy", "val_acc", "test_loss"])
def test_without_a_validation_set_its_metrics_are_missing(name):
    with pytest.raises(KeyError, match=r"\(fit\(validation=...\) measures it\)"):
        Logs(TRAINED)[name]


def test_a_history_is_a_tuple():
    run = jaxcnn.Run(bright_rows.network(), (BOTH,))
    hint = r"\(history\[-1\]\[.train_loss.\] is a number of .* history.to_dataframe\(\) has"
    with pytest.raises(TypeError, match=f"expected the number of an epoch, got 'loss' {hint}"):
        run.history["loss"]  # pyright: ignore[reportArgumentType, reportCallIssue]
    with pytest.raises(AttributeError, match=f"'History' object has no attribute 'plot' {hint}"):
        run.history.plot()  # pyright: ignore[reportAttributeAccessIssue]
    assert run.history[-1] == run.history[0:1][0] == BOTH


def test_an_attribute_of_a_part_is_found():
    run, splits = jaxcnn.Run(bright_rows.network()), Splits(small.dataset(), small.dataset())
    with pytest.raises(
        AttributeError, match=r"attribute 'compile' \(did you mean .network.compile"
    ):
        run.compile(batch_size=1)  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError, match=r"attribute 'evalute' \(did you mean evaluate"):
        run.evalute()  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError, match=r"attribute 'match_classes' \(did you mean .test.mat"):
        splits.match_classes()  # pyright: ignore[reportAttributeAccessIssue]


def test_objects_with_hints_are_copied():
    splits = Splits(small.dataset(), small.dataset())
    run = jaxcnn.Run(bright_rows.network(), (BOTH,))
    assert copy.copy(run).history == copy.deepcopy(run.history) == run.history
    assert len(pickle.loads(pickle.dumps(splits)).test) == len(splits.test)
