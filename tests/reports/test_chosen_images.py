"""Which outputs of the network are explained for a test image."""

from types import SimpleNamespace

import numpy as np
import pytest

from jaxcnn.data import Multilabel, Regression, SingleLabel
from jaxcnn.reports._chosen_images import explained_outputs

NAMES = ("cat", "dog", "bird")
LIKELY = np.array([[0.2, 0.7, 0.1], [0.2, 0.1, 0.7]], np.float32)


def run_of(task, labels, outputs=LIKELY, names=NAMES):
    return SimpleNamespace(
        interface=SimpleNamespace(task=task, class_names=names),
        test_set=SimpleNamespace(
            shown=np.array([1, 0]), labels=np.asarray(labels), logits=np.asarray(outputs)
        ),
        probabilities=np.asarray(outputs),
        is_single_label=task == SingleLabel(),
        is_multilabel=task == Multilabel(),
    )


def explained(run, position):
    return [found[1:] for found in explained_outputs(run, position)]


def test_a_right_prediction_is_compared_with_the_runner_up():
    found = explained(run_of(SingleLabel(), [0, 2]), 0)
    assert found == [(2, "predicted class", "bird"), (0, "runner-up", "runner-up: cat")]


@pytest.mark.parametrize("truth", [0, 2])  # the second and the last in probability
def test_a_mistake_is_compared_with_the_true_class(truth):
    name = NAMES[truth]
    assert explained(run_of(SingleLabel(), [truth, 2]), 1) == [
        (1, "predicted class", f"dog (is {name})"),
        (truth, "true class", f"true class: {name}"),
    ]


def test_other_tasks_and_a_single_class_have_one_output():
    many = run_of(Multilabel(), np.eye(3, dtype=int)[:2])
    assert explained(many, 0) == [(2, "most probable label", "bird")]
    numbers = run_of(Regression(), [[0.0, 0.0, 0.0], [0.2, 0.1, 9.0]])
    assert explained(numbers, 0) == [(2, "", "bird 0.7 (is 9)")]
    one = run_of(SingleLabel(), [0, 0], np.ones((2, 1)), ("cat",))
    assert explained(one, 0) == [(0, "predicted class", "cat")]
