import numpy as np
import pytest
from sklearn import metrics

from jaxcnn.inference import best_thresholds

RNG = np.random.default_rng(1)
TARGETS = RNG.integers(0, 2, (50, 4))
PROBABILITIES = np.clip(0.2 * TARGETS + 0.8 * RNG.random((50, 4)), 0, 1).astype(np.float32)


@pytest.mark.thorough
@pytest.mark.parametrize("places", [1, 2, 7])  # with one place many probabilities are equal
def test_no_other_threshold_has_a_better_f1(places):
    probabilities = PROBABILITIES.round(places)
    thresholds = best_thresholds(probabilities, TARGETS)
    assert (thresholds.shape, thresholds.dtype) == ((4,), np.float64)
    for k, threshold in enumerate(thresholds):
        column, truth = probabilities[:, k], TARGETS[:, k]
        reached = metrics.f1_score(truth, column >= threshold)
        possible = [metrics.f1_score(truth, column >= p) for p in np.unique(column)]
        assert reached == pytest.approx(max(possible))


def test_half_way_between_the_two_that_it_parts():
    thresholds = best_thresholds(np.array([[0.9], [0.7], [0.4], [0.1]]), [[1], [1], [0], [0]])
    np.testing.assert_allclose(thresholds, [0.55])


def test_labels_that_all_or_no_examples_have():
    thresholds = best_thresholds(PROBABILITIES[:, :2], np.array([[1, 0]] * 50))
    assert (PROBABILITIES[:, 0] >= thresholds[0]).all()
    assert thresholds[1] == 0.5


@pytest.mark.parametrize(
    ("probabilities", "targets", "error", "message"),
    [
        (TARGETS, TARGETS, TypeError, "probabilities: expected floating point, got int64"),
        (PROBABILITIES[0], TARGETS[0], ValueError, r"expected shape \(N, K\), got \(4,\)"),
        (PROBABILITIES * 3, TARGETS, ValueError, r"numbers from 0 to 1, got .*sigmoid"),
        (PROBABILITIES * np.nan, TARGETS, ValueError, "got nan to nan"),
        (PROBABILITIES, TARGETS * 1.0, TypeError, "targets: expected booleans, or .* got float64"),
        (PROBABILITIES, TARGETS[:9], ValueError, r"targets: expected shape \(50, 4\), got \(9, 4"),
    ],
)
def test_errors(probabilities, targets, error, message):
    with pytest.raises(error, match=message):
        best_thresholds(probabilities, targets)
