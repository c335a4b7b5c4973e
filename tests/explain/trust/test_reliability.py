import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref

from jaxcnn import explain

RNG = np.random.default_rng(2)
PROBABILITIES = RNG.dirichlet(np.full(3, 0.4), size=200).astype(np.float32)
LABELS = RNG.integers(0, 3, 200)


@pytest.mark.parametrize("bins", [1, 15])
def test_the_error_is_the_oracles(bins):
    error = explain.reliability(PROBABILITIES, LABELS, bins=bins).error
    assert error == pytest.approx(ref.expected_calibration_error(PROBABILITIES, LABELS, bins))


def test_bins_by_hand():
    likely = np.array([[0.5, 0.5], [0.4, 0.6], [0.75, 0.25], [0.2, 0.8], [1.0, 0.0]])
    found = explain.reliability(likely, [0, 1, 1, 1, 0], bins=4)
    assert found.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.counts.tolist() == [0, 1, 2, 2]  # an edge belongs to the bin below it
    np.testing.assert_allclose(found.confidence, [np.nan, 0.5, 0.675, 0.9])
    np.testing.assert_allclose(found.accuracy, [np.nan, 1, 0.5, 1])
    assert found.error == pytest.approx((0.5 + 2 * 0.175 + 2 * 0.1) / 5)
    assert found.mean_confidence == pytest.approx(3.65 / 5)
    assert found.mean_accuracy == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bins": 0}, ValueError, "bins must be at least 1; got 0"),
        ({"probabilities": LABELS}, TypeError, "probabilities must be floating point; got int64"),
        ({"probabilities": PROBABILITIES[0]}, ValueError, r"must have shape \(N, K\).* got \(3,\)"),
        ({"probabilities": PROBABILITIES[:0]}, ValueError, r"got \(0, 3\)"),
        ({"probabilities": PROBABILITIES * np.nan}, ValueError, "probabilities must be finite"),
        ({"probabilities": 0 * PROBABILITIES - 2}, ValueError, "0 and 1; got -2 to -2; take the"),
        ({"probabilities": 0 * PROBABILITIES + 3}, ValueError, "0 and 1; got 3 to 3; take the"),
        ({"labels": LABELS[:2]}, ValueError, r"labels must have shape \(200,\).* got \(2,\)"),
        ({"labels": LABELS * 1.0}, TypeError, "labels must be integer class numbers; got float64"),
        ({"labels": LABELS + 1}, ValueError, "labels must lie between 0 and 2; got 1 to 3"),
        ({"labels": PROBABILITIES > 0}, ValueError, "score several labels an example one by one"),
    ],
)
def test_errors(change, error, message):
    arguments = {"probabilities": jnp.asarray(PROBABILITIES), "labels": LABELS, "bins": 15}
    with pytest.raises(error, match=message):
        explain.reliability(**(arguments | change))
