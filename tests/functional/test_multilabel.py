from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics

from jaxcnn import functional as F

RNG = np.random.default_rng(3)
TARGETS = RNG.integers(0, 2, (40, 5))
PREDICTIONS = np.where(RNG.random((40, 5)) < 0.3, 1 - TARGETS, TARGETS)
TARGETS[:, 3] = 0  # predicted, but without examples
PREDICTIONS[:, 4] = 0  # never predicted
WHERE = RNG.random(40) < 0.6
MATRIX = F.multilabel_confusion_matrix(PREDICTIONS, TARGETS)


def test_counts_agree_with_scikit_learn():
    expected = metrics.multilabel_confusion_matrix(TARGETS, PREDICTIONS)
    np.testing.assert_array_equal(MATRIX, expected)
    assert MATRIX.dtype == jnp.int32


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_precision_recall_f1_agree_with_scikit_learn(average):  # 0 / 0 is 0
    compute = jax.jit(F.multilabel_precision_recall_f1, static_argnames="average")
    scores = compute(MATRIX, average=average)
    zero: Any = 0  # scikit-learn's type says str
    expected = metrics.precision_recall_fscore_support(
        TARGETS, PREDICTIONS, average=average, zero_division=zero
    )
    for ours, theirs in zip(scores, expected, strict=False):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        assert (ours.dtype, ours.shape) == (jnp.float32, () if average else (5,))


def test_nothing_predicted_and_nothing_there_is_zero():
    scores = F.multilabel_precision_recall_f1(MATRIX)
    assert scores.recall[3] == scores.f1[3] == scores.precision[4] == scores.f1[4] == 0


def test_whole_examples_and_single_answers_agree_with_scikit_learn():
    ours = F.exact_match_ratio(PREDICTIONS, TARGETS), F.hamming_loss(PREDICTIONS, TARGETS)
    theirs = (
        metrics.accuracy_score(TARGETS, PREDICTIONS),
        metrics.hamming_loss(TARGETS, PREDICTIONS),
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert F.exact_match_ratio(TARGETS, TARGETS) == 1
    assert F.hamming_loss(TARGETS, 1 - TARGETS) == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    "metric", [F.multilabel_confusion_matrix, F.exact_match_ratio, F.hamming_loss]
)
def test_where_jit_and_dtypes(metric):
    expected = metric(PREDICTIONS, TARGETS)
    jitted = jax.jit(metric)
    for dtype in (bool, np.uint8, np.int32):
        ours = jitted(PREDICTIONS.astype(dtype), TARGETS.astype(dtype))
        np.testing.assert_allclose(ours, expected, rtol=1e-6)
    np.testing.assert_allclose(
        jitted(PREDICTIONS, TARGETS, where=WHERE),
        jitted(PREDICTIONS[WHERE], TARGETS[WHERE]),
        rtol=1e-6,
    )
    sets = np.stack([PREDICTIONS, TARGETS])
    each = jax.vmap(jitted, (0, None))(sets, TARGETS)
    for part, guess in zip(each, sets, strict=True):
        np.testing.assert_allclose(part, jitted(guess, TARGETS), rtol=1e-6)


def test_matrices_of_batches_add_up():
    halves = [F.multilabel_confusion_matrix(PREDICTIONS[i::2], TARGETS[i::2]) for i in range(2)]
    np.testing.assert_array_equal(halves[0] + halves[1], MATRIX)


def test_small_integers_do_not_overflow():
    matrix = np.array([[[0, 100], [50, 200]]], np.uint8)
    scores = F.multilabel_precision_recall_f1(matrix)
    np.testing.assert_allclose(scores.f1, [400 / 550], rtol=1e-6)


@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        (
            np.ones((40, 5)),
            TARGETS,
            TypeError,
            r"predictions: expected .*float32 .compare .* thresh",
        ),
        (
            PREDICTIONS,
            np.ones((40, 5)),
            TypeError,
            "targets: expected booleans, or .* got float32$",
        ),
        (PREDICTIONS[0], TARGETS[0], ValueError, r"predictions: expected shape \(N, K\).*\(5,\)"),
        (PREDICTIONS, TARGETS[:, :4], ValueError, r"targets: expected shape \(40, 5\).*\(40, 4\)"),
        (np.ones((4, 0), int), np.ones((4, 0), int), ValueError, r"\(N, K\).*got \(4, 0\)"),
    ],
)
@pytest.mark.parametrize(
    "metric", [F.multilabel_confusion_matrix, F.exact_match_ratio, F.hamming_loss]
)
def test_errors(metric, predictions, targets, error, message):
    with pytest.raises(error, match=message):
        metric(jnp.asarray(predictions), jnp.asarray(targets))


def test_a_mask_of_another_shape():
    with pytest.raises(ValueError, match=r"where: expected booleans of shape \(40,\)"):
        F.hamming_loss(PREDICTIONS, TARGETS, where=WHERE[:3])


@pytest.mark.parametrize(
    ("matrix", "average", "error", "message"),
    [
        (np.eye(2, dtype=int), None, ValueError, r"matrix: expected shape \(K, 2, 2\), got \(2, 2"),
        (np.ones((5, 2, 2)), None, TypeError, "matrix: expected integer counts, got float"),
        (MATRIX, "mean", ValueError, r"average: expected one of .* or None, got 'mean'"),
    ],
)
def test_errors_of_the_scores(matrix, average, error, message):
    with pytest.raises(error, match=message):
        F.multilabel_precision_recall_f1(matrix, average=average)
