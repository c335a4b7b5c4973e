"""The interval of a difference on the same examples, and McNemar's test."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chisquare, norm

from jaxcnn import functional as F

COUNTS = [(1, 7, 21), (40, 20, 160), (12, 2, 50), (0, 9, 30), (300, 260, 10_000)]


def test_the_published_example():
    """Airway responsiveness of 21 children, in table II of Fagerland, Lydersen and Laake 2014."""
    low, high = F.paired_difference_interval(1, 7, 21)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def score(difference: float, first: int, second: int, n: int) -> float:
    """The score statistic of a difference, by the most likely shares for it, found numerically."""

    def minus_log_likelihood(share: float) -> float:  # of the examples only the second has right
        shares = np.array([share + difference, share, 1 - difference - 2 * share])
        counts = np.array([first, second, n - first - second])
        seen = counts > 0
        return -(counts[seen] * np.log(np.maximum(shares[seen], 1e-300))).sum()

    bounds = max(0.0, -difference), (1 - difference) / 2
    share = minimize_scalar(minus_log_likelihood, bounds=bounds, options={"xatol": 1e-12}).x
    variance = n * (2 * share + difference - difference**2)
    return (first - second - n * difference) / np.sqrt(variance)


@pytest.mark.parametrize("counts", COUNTS)
def test_the_ends_are_where_the_score_is_the_quantile(counts):
    first, second, n = counts
    z = norm.ppf(0.95)
    middle = (first - second) / n
    lowest, highest = -(n - first) / n + 1e-6, (n - second) / n - 1e-6
    low = brentq(lambda d: score(d, *counts) - z, max(lowest, -1 + 1e-9), middle)
    high = brentq(lambda d: score(d, *counts) + z, middle, min(highest, 1 - 1e-9))
    assert F.paired_difference_interval(*counts, confidence=0.9) == pytest.approx(
        (low, high), abs=1e-5
    )


@pytest.mark.parametrize("n", [60, 1000])
def test_it_excludes_0_exactly_if_mcnemars_test_is_significant(n):
    first, second = np.meshgrid(range(25), range(25))
    for a, b in zip(first.ravel().tolist(), second.ravel().tolist(), strict=True):
        low, high = F.paired_difference_interval(a, b, n)
        is_significant = a + b > 0 and (a - b) ** 2 / (a + b) > norm.ppf(0.975) ** 2
        assert (low > 0 or high < 0) == is_significant


def test_edges():
    assert F.paired_difference_interval(50, 0, 50)[1] == 1
    low, high = F.paired_difference_interval(0, 0, 100)
    assert low == -high < 0
    assert F.paired_difference_interval(3, 9, 40) == tuple(
        -end for end in reversed(F.paired_difference_interval(9, 3, 40))
    )


def test_the_published_p_values():
    """Of the same children, in Fagerland, Lydersen and Laake 2013, *The McNemar test*."""
    assert round(F.mcnemar_p_value(1, 7), 3) == 0.070
    assert round(F.mcnemar_p_value(1, 7, exact=False), 3) == 0.034


@pytest.mark.parametrize("counts", [(0, 0), (5, 5), (1, 7), (30, 0), (260, 300)])
def test_the_exact_p_value_is_the_sum_of_the_probabilities(counts):
    n = sum(counts)
    tail = sum(comb(n, k) for k in range(min(counts) + 1))
    expected = min(Fraction(1), Fraction(2 * tail, 2**n))
    assert F.mcnemar_p_value(*counts) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("counts", [(5, 5), (1, 7), (30, 0), (260, 300), (4000, 5200)])
def test_the_other_p_value_is_that_of_the_chi_squared_test(counts):
    found = F.mcnemar_p_value(*counts, exact=False)
    assert found == pytest.approx(chisquare(counts).pvalue, rel=1e-9)
    low, high = F.paired_difference_interval(*counts, 10_000)
    assert (low > 0 or high < 0) == (found < 0.05)


def test_runs_that_never_disagree_and_small_integers():
    assert F.mcnemar_p_value(0, 0, exact=False) == 1
    assert F.mcnemar_p_value(np.int32(90_000), np.int32(20_000), exact=False) < 1e-9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 2, 2), "n: expected at least only_first [+] only_second = 3, got 2"),
        ((-1, 2, 9), "only_first: expected at least 0, got -1"),
        ((1, -2, 9), "only_second: expected at least 0, got -2"),
        ((1, 2, 9, 1.0), "confidence: expected a number above 0 and below 1, got 1.0"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        F.paired_difference_interval(*arguments)
