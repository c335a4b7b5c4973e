"""ROC curves and AUC against scikit-learn, tied and absent classes included."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from jaxcnn import functional as F

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 3, 40)
PROBABILITIES = np.asarray(jax.nn.softmax(RNG.normal(size=(40, 3)) + np.eye(3)[LABELS]))
TIED = np.round(PROBABILITIES * 4) / 4
ANSWERS = RNG.integers(0, 2, (40, 3))
WHERE = RNG.random(40) < 0.6
AVERAGES = ("macro", "weighted", "micro", None)


def by_scikit_learn(scores, labels, average):
    """One-versus-rest, of which scikit-learn demands that rows sum to 1, as several labels."""
    answers = np.eye(scores.shape[1], dtype=int)[labels] if labels.ndim == 1 else labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class without examples gives NaN
        return metrics.roc_auc_score(answers, scores, average=average)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("labels", [LABELS, ANSWERS], ids=["classes", "labels"])
@pytest.mark.parametrize("scores", [PROBABILITIES, TIED], ids=["different", "tied"])
def test_auc_agrees_with_scikit_learn(scores, labels, average):
    found = F.roc_auc(scores, labels, average=average)
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, by_scikit_learn(scores, labels, average), rtol=1e-6)


def test_auc_of_probabilities_is_that_of_scikit_learn_one_versus_rest():
    for average in ("macro", "weighted"):
        expected = metrics.roc_auc_score(LABELS, PROBABILITIES, average=average, multi_class="ovr")
        np.testing.assert_allclose(
            F.roc_auc(PROBABILITIES, LABELS, average=average), expected, rtol=1e-6
        )


@pytest.mark.thorough
def test_auc_is_the_same_compiled():
    @jax.jit
    def compiled(scores, labels, where):
        return [F.roc_auc(scores, labels, average=average, where=where) for average in AVERAGES]

    found = compiled(TIED, LABELS, WHERE)
    for average, area in zip(AVERAGES, found, strict=True):
        expected = by_scikit_learn(TIED[WHERE], LABELS[WHERE], average)
        np.testing.assert_allclose(area, expected, rtol=1e-5)
        on_host = F.roc_auc(TIED, LABELS, average=average, where=WHERE)
        np.testing.assert_allclose(on_host, expected, rtol=1e-6)


def test_auc_of_known_answers():
    scores, labels = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    assert F.roc_auc(scores, labels) == 0.75
    assert F.roc_auc(-scores, labels) == 0.25
    assert F.roc_auc(np.ones(4), labels.astype(bool)) == 0.5
    assert F.roc_auc(labels.astype(np.float16), labels) == 1
    assert F.roc_auc(scores[:, None], labels[:, None], average=None).shape == (1,)


def test_absent_classes_are_nan_and_means_leave_them_out():
    labels = LABELS % 2
    areas = np.asarray(F.roc_auc(PROBABILITIES, labels, average=None))
    np.testing.assert_allclose(areas, by_scikit_learn(PROBABILITIES, labels, None), rtol=1e-6)
    assert np.isnan(areas).tolist() == [False, False, True]
    np.testing.assert_allclose(F.roc_auc(PROBABILITIES, labels), areas[:2].mean(), rtol=1e-6)
    np.testing.assert_allclose(
        F.roc_auc(PROBABILITIES, labels, average="weighted"),
        by_scikit_learn(PROBABILITIES, labels, "weighted"),
        rtol=1e-6,
    )


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_one_class_only_is_nan(average):
    assert np.isnan(F.roc_auc(PROBABILITIES, 0 * LABELS, average=average))
    assert np.isnan(F.roc_auc(PROBABILITIES[:, 0], 0 * LABELS))


def test_nan_scores_are_not_hidden():
    scores = PROBABILITIES.copy()
    scores[3, 1] = np.nan
    assert np.isnan(F.roc_auc(scores, LABELS))
    assert not np.isnan(F.roc_auc(scores, LABELS, where=np.arange(40) != 3))


CURVES = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, n, elements=st.sampled_from([0, 0.25, 0.5, 0.75, 1])),
        hnp.arrays(np.int64, n, elements=st.integers(0, 1)),
    )
)


@pytest.mark.thorough
@settings(deadline=None, max_examples=40)
@given(CURVES)
def test_curve_agrees_with_scikit_learn(drawn):
    scores, labels = drawn
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = metrics.roc_curve(labels, scores)
    for found, wanted in zip(F.roc_curve(scores, labels), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_curve_without_padding_encloses_the_area():
    curve = F.roc_curve(TIED[:, 0], LABELS == 0, where=WHERE)
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    np.testing.assert_allclose(F.roc_auc(TIED[:, 0], LABELS == 0, where=WHERE), area, rtol=1e-6)


@pytest.mark.parametrize(
    ("scores", "labels", "options", "error", "message"),
    [
        (LABELS, LABELS, {}, TypeError, "scores: expected floating point, got int"),
        (TIED, LABELS + 1, {}, ValueError, "labels: expected classes from 0 to 2, got 3"),
        (TIED, LABELS[:5], {}, ValueError, r"labels: expected integer classes of shape \(40,\)"),
        (TIED, ANSWERS + 1, {}, ValueError, "labels: expected 0 or 1, got 2"),
        (TIED[:, 0], LABELS, {}, ValueError, "labels: expected 0 or 1, got 2"),
        (TIED[None], LABELS, {}, ValueError, r"scores: expected shape \(N,\), or \(N, K\)"),
        (TIED, LABELS, {"average": "mean"}, ValueError, "average: expected one of"),
        (TIED, LABELS, {"where": WHERE[:3]}, ValueError, "where: expected booleans of shape"),
    ],
)
def test_errors_of_auc(scores, labels, options, error, message):
    with pytest.raises(error, match=message):
        F.roc_auc(scores, labels, **options)


def test_errors_of_curves():
    with pytest.raises(ValueError, match=r"scores: expected shape \(N,\).*one class"):
        F.roc_curve(TIED, LABELS)
    with pytest.raises(ValueError, match="scores: expected numbers, got nan"):
        F.roc_curve(np.array([np.nan, 1.0]), np.array([0, 1]))
