"""Two classifiers on the same examples: the interval of the difference, and McNemar's test."""

import math
from statistics import NormalDist

from jaxcnn._support.arguments import check_int

STEPS = 80
"""Halvings of an interval, after which its ends are neighboring floats."""


def paired_difference_interval(
    only_first: int, only_second: int, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Compute Tango's confidence interval of the difference of two accuracies on the same examples.

    Use it to compare two networks on one test set. Only examples that one network gets right and
    the other wrong tell the networks apart. So the interval is usually much narrower than the
    intervals of the two accuracies suggest. Also, it stays between -1 and 1, and is right where the
    networks never disagree. The interval contains each difference d for which

        |only_first - only_second - n d| ≤ z √(n (2 q + d (1 - d)))

    where z is the quantile of the normal distribution, and q the most likely share of
    `only_second` if the difference is d. The interval excludes 0 exactly if McNemar's test without
    continuity correction rejects that the accuracies are equal.

    Args:
        only_first: Number of examples that only the first network gets right.
        only_second: Number of examples that only the second network gets right.
        n: Number of all examples, at least 1.
        confidence: Confidence level, above 0 and below 1.

    Returns:
        The lower and the upper end of the interval of the first accuracy minus the second, a pair
        of Python floats from -1 to 1.

    Raises:
        TypeError: If a count is not an integer.
        ValueError: If an argument is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> low, high = F.paired_difference_interval(40, 20, 160)
        >>> print(f"{low:.4f} to {high:.4f}")
        0.0309 to 0.2181

    Source: Tango 1998, *Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design*; recommended by Fagerland, Lydersen and Laake 2014, *Recommended
    tests and confidence intervals for paired binomial proportions*.
    """
    _check_counts(only_first, only_second)
    check_int("n", n)
    if only_first + only_second > n:
        raise ValueError(
            f"n: expected at least only_first + only_second = {only_first + only_second}, got {n}"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number above 0 and below 1, got {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return -_upper_end(only_second, only_first, n, z), _upper_end(only_first, only_second, n, z)


def _upper_end(more: int, fewer: int, n: int, z: float) -> float:
    """Find the largest difference that the counts do not contradict, by bisection."""
    low, high = (more - fewer) / n, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _is_possible(middle, more, fewer, n, z):
            low = middle
        else:
            high = middle
    return high


def _is_possible(difference: float, more: int, fewer: int, n: int, z: float) -> bool:
    d = difference
    b = (2 * n - more + fewer) * d - more - fewer
    # Both roots are of numbers that only rounding makes negative.
    q = (math.sqrt(max(b * b + 8 * n * fewer * d * (1 - d), 0.0)) - b) / (4 * n)
    return n * d - (more - fewer) <= z * math.sqrt(max(n * (2 * q + d * (1 - d)), 0.0))


def mcnemar_p_value(only_first: int, only_second: int, *, exact: bool = True) -> float:
    """Compute the p-value of McNemar's test that two accuracies on the same examples differ.

    If both networks were equally accurate, each example on which one is right and the other wrong
    would favor either with probability 1/2. The p-value is the probability of counts at least as
    uneven as these, in either direction. The exact test computes it from the binomial distribution.
    The other test approximates it: without continuity correction,

        (only_first - only_second)² / (only_first + only_second)

    has a chi-squared distribution with one degree of freedom. This is the test that belongs to
    `paired_difference_interval`: its 95% interval excludes 0 exactly if this p-value is below 0.05.
    Where the networks disagree about fewer than 25 examples or so, the approximation is rough, and
    the exact p-value, which is usually larger, can lead to another verdict.

    Args:
        only_first: Number of examples that only the first network gets right.
        only_second: Number of examples that only the second network gets right.
        exact: Whether to compute the exact p-value, or the approximation without continuity
            correction.

    Returns:
        The two-sided p-value, a Python float from 0 to 1; 1 if the networks never disagree.

    Raises:
        TypeError: If a count is not an integer.
        ValueError: If a count is negative.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.mcnemar_p_value(1, 7):.4f}, {F.mcnemar_p_value(1, 7, exact=False):.4f}")
        0.0703, 0.0339

    Source: McNemar 1947, *Note on the sampling error of the difference between correlated
    proportions or percentages*; for classifiers: Dietterich 1998, *Approximate Statistical Tests
    for Comparing Supervised Classification Learning Algorithms*.
    """
    _check_counts(only_first, only_second)
    first, second = int(only_first), int(only_second)  # NumPy's integers overflow
    if first + second == 0:
        return 1.0
    from scipy.stats import binomtest, chi2  # slow to import

    if exact:
        return float(binomtest(first, first + second).pvalue)
    return float(chi2.sf((first - second) ** 2 / (first + second), 1))


def _check_counts(only_first: int, only_second: int) -> None:
    check_int("only_first", only_first, minimum=0)
    check_int("only_second", only_second, minimum=0)
