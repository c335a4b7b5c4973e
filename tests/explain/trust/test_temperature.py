import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from jaxcnn import explain

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_labels_drawn_at_a_temperature_give_it_back(temperature):
    logits = RNG.normal(0, 3, (20_000, 5))
    noise = RNG.gumbel(size=logits.shape)  # the largest of the sums is drawn by the softmax
    labels = (logits / temperature + noise).argmax(axis=1)
    assert explain.fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_of_two_classes_it_is_logistic_regression_on_the_difference():
    difference = RNG.normal(0, 2, 300)
    labels = (RNG.random(300) < 1 / (1 + np.exp(-0.6 * difference))).astype(int)
    logits = np.stack([np.zeros(300), difference], axis=1)
    slope = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(
        difference[:, None], labels
    )
    assert explain.fit_temperature(logits, labels) == pytest.approx(1 / slope.coef_[0, 0], rel=1e-5)


def test_there_the_mean_of_the_labels_logits_is_what_is_expected_of_them():
    logits, labels = RNG.normal(0, 2, (100, 4)), RNG.integers(0, 4, 100)
    labels[:60] = logits[:60].argmax(axis=1)
    likely = softmax(logits / explain.fit_temperature(logits, labels), axis=1)
    expected = (likely * logits).sum(axis=1).mean()  # where the gradient by 1/T is zero
    assert logits[np.arange(100), labels].mean() == pytest.approx(expected, rel=1e-6)


def test_where_all_is_right_or_wrong_it_is_near_an_end():
    assert 0.01 <= explain.fit_temperature([[1.0, 0.0]], [0]) < 0.1
    assert 90 < explain.fit_temperature([[1.0, 0.0]], [1]) <= 100


def test_errors():  # the others: test_reliability
    with pytest.raises(ValueError, match="logits must be finite; some are NaN or infinite"):
        explain.fit_temperature([[1.0, -np.inf]], [0])
