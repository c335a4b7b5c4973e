import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

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
        ({"bins": 0}, ValueError, "bins: expected at least 1, got 0"),
        ({"probabilities": LABELS}, TypeError, "probabilities: expected floating point, got int64"),
        ({"probabilities": PROBABILITIES[0]}, ValueError, r"expected shape \(N, K\).* got \(3,\)"),
        ({"probabilities": PROBABILITIES[:0]}, ValueError, r"got \(0, 3\)"),
        ({"probabilities": PROBABILITIES * np.nan}, ValueError, "probabilities: expected finite"),
        ({"probabilities": 0 * PROBABILITIES - 2}, ValueError, r"0 to 1, got -2 to -2 \(take the"),
        ({"probabilities": 0 * PROBABILITIES + 3}, ValueError, r"0 to 1, got 3 to 3 \(take the"),
        ({"labels": LABELS[:2]}, ValueError, r"labels: expected shape \(200,\).* got \(2,\)"),
        (
            {"labels": LABELS * 1.0},
            TypeError,
            "labels: expected integer class numbers, got float64",
        ),
        ({"labels": LABELS + 1}, ValueError, "labels: expected classes 0 to 2, got 1 to 3"),
        ({"labels": PROBABILITIES > 0}, ValueError, "score several labels per example one by one"),
    ],
)
def test_errors_of_reliability(change, error, message):
    arguments = {"probabilities": jnp.asarray(PROBABILITIES), "labels": LABELS, "bins": 15}
    with pytest.raises(error, match=message):
        explain.reliability(**(arguments | change))


LOGIT_RNG = np.random.default_rng(4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_labels_drawn_at_a_temperature_give_it_back(temperature):
    logits = LOGIT_RNG.normal(0, 3, (20_000, 5))
    noise = LOGIT_RNG.gumbel(size=logits.shape)  # the largest of the sums is drawn by the softmax
    labels = (logits / temperature + noise).argmax(axis=1)
    assert explain.fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_of_two_classes_it_is_logistic_regression_on_the_difference():
    difference = LOGIT_RNG.normal(0, 2, 300)
    labels = (LOGIT_RNG.random(300) < 1 / (1 + np.exp(-0.6 * difference))).astype(int)
    logits = np.stack([np.zeros(300), difference], axis=1)
    slope = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(
        difference[:, None], labels
    )
    assert explain.fit_temperature(logits, labels) == pytest.approx(1 / slope.coef_[0, 0], rel=1e-5)


def test_there_the_mean_of_the_labels_logits_is_what_is_expected_of_them():
    logits, labels = LOGIT_RNG.normal(0, 2, (100, 4)), LOGIT_RNG.integers(0, 4, 100)
    labels[:60] = logits[:60].argmax(axis=1)
    likely = softmax(logits / explain.fit_temperature(logits, labels), axis=1)
    expected = (likely * logits).sum(axis=1).mean()  # where the gradient by 1/T is zero
    assert logits[np.arange(100), labels].mean() == pytest.approx(expected, rel=1e-6)


def test_where_all_is_right_or_wrong_it_is_a_limit_of_the_search():
    assert explain.fit_temperature([[1.0, 0.0]], [0]) == 0.01
    assert explain.fit_temperature([[1.0, 0.0]], [1]) == 100
    assert explain.fit_temperature([[0.0, 0.0]], [1]) == 100


def test_errors_of_fit_temperature():  # the others: test_reliability
    with pytest.raises(ValueError, match="logits: expected finite values, got some that are NaN"):
        explain.fit_temperature([[1.0, -np.inf]], [0])


SURE = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.6, 0.4]]
BEFORE = explain.reliability(SURE, [0, 1, 0, 0], bins=5)


def test_bars_are_accuracies_and_gaps_reach_to_the_confidence():
    figure = explain.plot_reliability({"as trained": BEFORE, "again": BEFORE}, title="net")
    first, second, counts, _ = figure.axes
    assert first.get_title() == "as trained\ncalibration error 27.5%"
    assert second.get_title().startswith("again\n")
    bars = {bar.get_x(): bar.get_height() for bar in first.patches}
    assert bars == pytest.approx({40: 100, 80: 200 / 3})
    (gaps,) = first.collections
    ends = np.sort([segment[:, 1] for segment in gaps.get_segments()], axis=1)
    np.testing.assert_allclose(ends, [[60, 100], [200 / 3, 90]])
    assert [text.get_text() for text in counts.texts] == ["", "", "1", "", "3"]
    assert figure.get_supxlabel().startswith("n = 4 examples")
