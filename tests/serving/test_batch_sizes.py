"""The sizes of compiled batches, and the plan by which they answer a queue soonest."""

import numpy as np
import pytest

from jaxcnn.serving._batch_sizes import best_first_sizes, powers_of_two


def test_sizes_end_with_the_largest():
    assert powers_of_two(1) == (1,)
    assert powers_of_two(32) == (1, 2, 4, 8, 16, 32)
    assert powers_of_two(24) == (1, 2, 4, 8, 16, 24)


def total(waiting, seconds, firsts):
    """The time until all are answered, by the plan or by the best of all plans."""
    spent = 0.0
    while waiting > 0:
        spent += seconds[firsts[waiting]]
        waiting -= firsts[waiting]
    return spent


def best_total(waiting, seconds):
    if waiting <= 0:
        return 0.0
    return min(each + best_total(waiting - size, seconds) for size, each in seconds.items())


def test_the_plan_is_the_fastest_of_all():
    rng = np.random.default_rng(0)
    for _ in range(5):
        seconds = {size: rng.uniform(1, 2) * size**0.8 for size in (1, 2, 4, 8)}
        firsts = best_first_sizes(seconds)
        for waiting in range(1, 9):
            assert total(waiting, seconds, firsts) == pytest.approx(best_total(waiting, seconds))
