"""The scores of an evaluation, each against scikit-learn's."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn import metrics

from jaxcnn.data import Multilabel, SingleLabel

RNG = np.random.default_rng(8)
LABELS = RNG.choice(4, 80, p=[0.6, 0.2, 0.1, 0.1])
LOGITS = (RNG.normal(size=(80, 4)) + 1.5 * np.eye(4)[LABELS]).astype(np.float32)
ANSWERS = RNG.integers(0, 2, (80, 4)).astype(np.uint8)


def test_scores_of_one_class_per_example_are_those_of_scikit_learn():
    found = SingleLabel().scores(LOGITS, LABELS)
    guesses, likely = LOGITS.argmax(axis=1), softmax(LOGITS.astype(np.float64), axis=1)
    expected = {
        "balanced_accuracy": metrics.balanced_accuracy_score(LABELS, guesses),
        "macro_f1": metrics.f1_score(LABELS, guesses, average="macro"),
        "matthews_corrcoef": metrics.matthews_corrcoef(LABELS, guesses),
        "cohen_kappa": metrics.cohen_kappa_score(LABELS, guesses),
        "roc_auc": metrics.roc_auc_score(LABELS, likely, multi_class="ovr"),
        "brier_score": metrics.brier_score_loss(LABELS, likely),
    }
    assert found.to_dict() == pytest.approx(expected, rel=1e-5)
    assert SingleLabel().results(LOGITS, LABELS, "abcd") == pytest.approx(expected, rel=1e-5)


@pytest.mark.thorough
def test_scores_of_several_labels_are_those_of_scikit_learn():
    found = Multilabel().scores(LOGITS, ANSWERS)
    guesses = LOGITS >= 0
    expected = {
        "macro_f1": metrics.f1_score(ANSWERS, guesses, average="macro"),
        "micro_f1": metrics.f1_score(ANSWERS, guesses, average="micro"),
        "mean_average_precision": metrics.average_precision_score(ANSWERS, LOGITS),
        "roc_auc": metrics.roc_auc_score(ANSWERS, expit(LOGITS)),
    }
    assert found.to_dict() == pytest.approx(expected, rel=1e-5)
    results = Multilabel().results(LOGITS, ANSWERS, "abcd")
    assert {name: results[name] for name in expected} == pytest.approx(expected, rel=1e-5)
    assert set(results["f1"]) == set("abcd")


def test_one_class_only_has_no_auc():
    found = SingleLabel().scores(LOGITS, 0 * LABELS)
    assert np.isnan(found.roc_auc)
    assert "AUC" not in str(found)
    assert found.to_dict()["roc_auc"] is None


@pytest.mark.parametrize("outputs", [np.nan * LOGITS, np.inf * LOGITS])
def test_outputs_that_are_not_finite_have_no_scores(outputs):
    found = SingleLabel().scores(outputs, LABELS)
    assert set(found.to_dict().values()) == {None}
    assert str(found) == ""
