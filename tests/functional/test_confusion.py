from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics

from jaxcnn import functional as F

RNG = np.random.default_rng(5)
LABELS, PREDICTIONS = RNG.integers(0, 4, (2, 60))
LABELS[LABELS == 3] = 0  # class 3: predicted, but without examples
WHERE = RNG.random(60) < 0.5

# Jitted, so that each is compiled once and not operation by operation.
confusion_matrix = jax.jit(F.confusion_matrix, static_argnums=2)
precision_recall_f1 = jax.jit(F.precision_recall_f1)


def test_agrees_with_scikit_learn():
    matrix = confusion_matrix(PREDICTIONS, LABELS, 5)
    expected = metrics.confusion_matrix(LABELS, PREDICTIONS, labels=np.arange(5))
    np.testing.assert_array_equal(matrix, expected)
    assert matrix.dtype == jnp.int32


def test_precision_recall_f1_agree_with_scikit_learn():  # class 4 does not occur: 0 / 0 is 0
    scores = precision_recall_f1(confusion_matrix(PREDICTIONS, LABELS, 5))
    zero: Any = 0  # scikit-learn's type says str
    expected = metrics.precision_recall_fscore_support(
        LABELS, PREDICTIONS, labels=np.arange(5), zero_division=zero
    )
    np.testing.assert_allclose(scores.precision, expected[0], rtol=1e-6)
    np.testing.assert_allclose(scores.recall, expected[1], rtol=1e-6)
    np.testing.assert_allclose(scores.f1, expected[2], rtol=1e-6)
    assert scores.recall[3] == scores.recall[4] == scores.precision[4] == scores.f1[4] == 0


def test_where_leaves_padding_out():
    np.testing.assert_array_equal(
        confusion_matrix(PREDICTIONS, LABELS, 4, where=WHERE),
        confusion_matrix(PREDICTIONS[WHERE], LABELS[WHERE], 4),
    )


def test_classes_out_of_range_are_not_counted():
    labels, predictions = np.array([0, -1, 0, 2, 0]), np.array([0, 0, -1, 0, 7])
    np.testing.assert_array_equal(confusion_matrix(predictions, labels, 2), [[1, 0], [0, 0]])


@pytest.mark.thorough
def test_jit_and_vmap_change_nothing():
    expected = F.confusion_matrix(PREDICTIONS, LABELS, 4)
    np.testing.assert_array_equal(confusion_matrix(PREDICTIONS, LABELS, 4), expected)
    parts = jax.vmap(lambda p, y: confusion_matrix(p, y, 4))(
        PREDICTIONS.reshape(3, 20), LABELS.reshape(3, 20)
    )
    np.testing.assert_array_equal(np.sum(parts, 0), expected)
    for plain, compiled in zip(
        F.precision_recall_f1(expected), precision_recall_f1(expected), strict=True
    ):
        np.testing.assert_allclose(plain, compiled, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_integer_dtypes(dtype):
    with jax.enable_x64(dtype == "int64"):
        matrix = confusion_matrix(PREDICTIONS.astype(dtype), LABELS.astype(dtype), 4)
        assert matrix.dtype == jnp.int32
        assert np.sum(matrix) == 60
        assert jax.eval_shape(F.precision_recall_f1, matrix).f1.dtype == jnp.float32


@pytest.mark.parametrize(
    ("predictions", "labels", "num_classes", "error", "message"),
    [
        (
            np.eye(4),
            LABELS[:4],
            4,
            ValueError,
            r"predictions: expected classes .*\(4, 4\) .of logits, take jnp",
        ),
        (np.ones(4), LABELS[:4], 4, TypeError, "predictions: expected integer classes.* float32"),
        (
            PREDICTIONS,
            LABELS[:4],
            4,
            ValueError,
            r"labels: expected .* shape \(60,\), got shape \(4,\)",
        ),
        (PREDICTIONS, LABELS, 0, ValueError, "num_classes: expected at least 1, got 0"),
    ],
)
def test_errors(predictions, labels, num_classes, error, message):
    with pytest.raises(error, match=message):
        F.confusion_matrix(jnp.asarray(predictions), labels, num_classes)


def test_small_integers_do_not_overflow():
    scores = precision_recall_f1(np.array([[200, 0], [100, 1]], np.uint8))
    np.testing.assert_allclose(scores.f1, [400 / 500, 2 / 102], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "bool"])
def test_a_matrix_without_counts(dtype):
    message = f"confusion_matrix: expected integer counts, got {dtype}"
    with pytest.raises(TypeError, match=message):
        F.precision_recall_f1(np.eye(2, dtype=dtype))


def test_a_matrix_that_is_not_square():
    with pytest.raises(
        ValueError, match=r"confusion_matrix: expected shape \(K, K\), got \(2, 3\)"
    ):
        F.precision_recall_f1(np.zeros((2, 3), np.int32))


@pytest.mark.parametrize(
    ("matrix", "recall", "f1"),
    [
        ([[3_000_000_000, 1], [1, 10]], [1.0, 10 / 11], [1.0, 10 / 11]),
        ([[1_500_000_000, 0], [0, 10]], [1.0, 1.0], [1.0, 1.0]),
        ([[2**62, 0], [2**62, 1]], [1.0, 0.0], [2 / 3, 0.0]),
    ],
)
@pytest.mark.parametrize("make", [np.array, list])
def test_large_counts_do_not_overflow(matrix, recall, f1, make):
    scores = F.precision_recall_f1(make(matrix))
    np.testing.assert_allclose(scores.recall, recall, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(scores.f1, f1, rtol=1e-6, atol=1e-6)
    assert scores.f1.dtype == jnp.float32


def test_traced_counts_do_not_overflow():
    scores = precision_recall_f1(np.full((2, 2), 2**30, np.int32))
    np.testing.assert_allclose(scores.f1, [0.5, 0.5], rtol=1e-6)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_averages_agree_with_scikit_learn(average):  # class 4 does not occur: it is left out
    zero: Any = 0
    expected = metrics.precision_recall_fscore_support(
        LABELS, PREDICTIONS, average=average, zero_division=zero
    )[:3]
    matrix = confusion_matrix(PREDICTIONS, LABELS, 5)
    for score in (F.precision_recall_f1, jax.jit(F.precision_recall_f1, static_argnames="average")):
        found = score(matrix, average=average)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert {(part.shape, str(part.dtype)) for part in found} == {((), "float32")}


def test_an_unknown_average():
    unknown: Any = "mean"
    with pytest.raises(ValueError, match=r"average: expected one of .*, got 'mean'"):
        F.precision_recall_f1(np.eye(2, dtype=int), average=unknown)


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_balanced_accuracy_agrees_with_scikit_learn():  # classes 3 and 4 have no examples
    expected = metrics.balanced_accuracy_score(LABELS, PREDICTIONS)
    matrix = np.asarray(confusion_matrix(PREDICTIONS, LABELS, 5))
    for score in (F.balanced_accuracy, jax.jit(F.balanced_accuracy)):
        found = score(matrix)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert (found.shape, found.dtype) == ((), jnp.float32)


def test_balanced_accuracy_of_known_matrices():
    assert F.balanced_accuracy(np.diag([7, 1, 100])) == 1
    assert F.balanced_accuracy(np.array([[90, 0], [10, 0]])) == 0.5
    assert F.balanced_accuracy(np.zeros((2, 2), int)) == 0
    with pytest.raises(TypeError, match="confusion_matrix: expected integer counts"):
        F.balanced_accuracy(np.eye(2))


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_averages_without_examples_are_zero(average):
    assert [*F.precision_recall_f1(np.zeros((2, 2), int), average=average)] == [0, 0, 0]
