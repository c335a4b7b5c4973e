import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from sklearn.metrics import accuracy_score, top_k_accuracy_score

from jaxcnn import functional as F

RNG = np.random.default_rng(4)
SCORES = RNG.normal(size=(40, 5)).astype(np.float32)
LABELS = RNG.integers(0, 5, 40)
WHERE = RNG.random(40) < 0.6

# Jitted, so that each is compiled once and not operation by operation.
accuracy = jax.jit(F.accuracy)
top_k_accuracy = jax.jit(F.top_k_accuracy, static_argnums=2)


def test_agrees_with_scikit_learn():
    assert float(accuracy(SCORES, LABELS)) == pytest.approx(
        accuracy_score(LABELS, SCORES.argmax(-1))
    )


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_accuracy_agrees_with_scikit_learn_and_the_oracle(k):  # guide row A5.11
    found = float(top_k_accuracy(SCORES, LABELS, k))
    expected = top_k_accuracy_score(LABELS, SCORES, k=k, labels=np.arange(5)) if k < 5 else 1
    assert found == pytest.approx(expected)
    assert found == pytest.approx(ref.top_k_accuracy(SCORES, LABELS, k))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_of_equals_the_lower_class_is_the_guess(k):
    scores = np.zeros((4, 3), np.float32)
    labels = np.array([0, 1, 2, 2])
    assert top_k_accuracy(scores, labels, k) == ref.top_k_accuracy(scores, labels, k)
    assert accuracy(scores, labels) == 0.25


def test_where_leaves_padding_out():
    assert float(accuracy(SCORES, LABELS, where=WHERE)) == pytest.approx(
        float(accuracy(SCORES[WHERE], LABELS[WHERE]))
    )
    assert float(top_k_accuracy(SCORES, LABELS, 2, where=WHERE)) == pytest.approx(
        float(top_k_accuracy(SCORES[WHERE], LABELS[WHERE], 2))
    )
    assert np.isnan(accuracy(SCORES, LABELS, where=np.zeros(40, bool)))


@pytest.mark.thorough
def test_jit_and_vmap_change_nothing():
    assert accuracy(SCORES, LABELS, where=WHERE) == F.accuracy(SCORES, LABELS, where=WHERE)
    batches, labels = SCORES.reshape(4, 10, 5), LABELS.reshape(4, 10)
    np.testing.assert_array_equal(
        jax.vmap(accuracy)(batches, labels),
        [accuracy(s, y) for s, y in zip(batches, labels, strict=True)],
    )
    np.testing.assert_array_equal(
        jax.vmap(lambda s, y: top_k_accuracy(s, y, 2))(batches, labels),
        [top_k_accuracy(s, y, 2) for s, y in zip(batches, labels, strict=True)],
    )


def test_half_precision_and_64_bit():
    half = accuracy(SCORES.astype(jnp.bfloat16), LABELS.astype(np.uint8))
    assert half.dtype == jnp.float32
    with jax.enable_x64(True):
        assert accuracy(SCORES.astype(np.float64), LABELS) == accuracy(SCORES, LABELS)


def test_ranked_guesses_of_the_guide():  # guide row A6.3
    names = np.array(["bus", "car", "truck", "train"])
    probabilities, classes = F.top_k(F.softmax(jnp.array([-0.5, 1.2, -0.1, 2.4])), 4)
    assert names[np.asarray(classes)].tolist() == ["train", "car", "truck", "bus"]
    np.testing.assert_allclose(probabilities, [0.695264, 0.209410, 0.057071, 0.038256], atol=5e-7)


def test_top_k_of_the_guides_digit():  # guide row A6.2
    probabilities, classes = F.top_k(jnp.array([0, 0.1, 0.1, 0.75, 0, 0, 0, 0, 0, 0.05]), 4)
    assert classes.tolist() == [3, 1, 2, 9]
    assert float(probabilities.sum()) == pytest.approx(1)


@pytest.mark.parametrize("k", [0, 5])
def test_k_out_of_range(k):
    with pytest.raises(ValueError, match=f"k: expected 1 to the number of classes, 4, got {k}"):
        F.top_k(jnp.ones(4), k)
    with pytest.raises(ValueError, match="k: expected 1 to"):
        F.top_k_accuracy(jnp.ones((2, 4)), jnp.array([0, 1]), k)


@pytest.mark.parametrize("metric", [F.accuracy, F.expected_calibration_error])
@pytest.mark.parametrize(
    ("arguments", "where", "error", "message"),
    [
        (
            (SCORES, LABELS[:3]),
            None,
            ValueError,
            r"labels: expected .* shape \(40,\), got shape \(3",
        ),
        ((SCORES, LABELS * 1.0), None, TypeError, "labels: expected integer classes.* float32"),
        ((SCORES, np.eye(5)[LABELS]), None, ValueError, r"\(40, 5\) .if they are one-hot"),
        ((LABELS, LABELS), None, TypeError, "(logits|probabilities): expected floating point"),
        (
            (SCORES, LABELS),
            WHERE[:3],
            ValueError,
            r"where: expected booleans of shape \(40,\), True .* got bool of shape \(3,\)",
        ),
        ((SCORES, LABELS), WHERE.astype(np.int32), ValueError, "where: expected booleans .* int32"),
    ],
)
def test_errors(metric, arguments, where, error, message):
    with pytest.raises(error, match=message):
        metric(*map(jnp.asarray, arguments), where=where)


def test_what_is_not_a_number_is_never_right():
    scores = np.array([[np.nan, 1.0], [np.nan, np.nan], [2.0, np.nan], [0.0, 1.0]], np.float32)
    for label in (0, 1):
        labels = np.full(4, label)
        assert accuracy(scores, labels) == label / 4
        assert top_k_accuracy(scores, labels, 2) == 1 / 4
