"""When the next batch begins."""

import pytest

from jaxcnn.serving import _pace
from jaxcnn.serving._pace import Pace


@pytest.fixture
def at(monkeypatch):
    """A function that sets the clock."""
    now = [0.0]
    monkeypatch.setattr(_pace.time, "monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def test_half_of_the_largest_batch_begins_beside_another(at):
    pace = Pace({4: 0.1, 8: 0.2}, max_batch=8, max_delay_s=0.002)
    pace.begin(8, filled=7)
    at(0.05)
    assert pace.seconds_until_next(4, arrived=0.05) == 0
    assert pace.seconds_until_next(3, arrived=0.05) is None


def test_a_smaller_batch_begins_shortly_before_the_end_of_one_of_its_size(at):
    pace = Pace({1: 0.1, 8: 0.2}, max_batch=8, max_delay_s=0.002)
    pace.begin(1, filled=1)
    at(0.05)
    assert pace.seconds_until_next(1, arrived=0.05) == pytest.approx(0.1 - 0.003 - 0.05)
    at(0.098)
    assert pace.seconds_until_next(1, arrived=0.05) == 0


def test_batches_beside_each_other_share_the_time(at):
    pace = Pace({8: 1.5}, max_batch=8, max_delay_s=0.002)
    first = pace.begin(8, filled=8)
    at(1.0)
    second = pace.begin(8, filled=8)
    at(2.0)
    pace.finish(8, first)
    at(3.0)
    pace.finish(8, second)
    assert pace.seconds_for(8) == pytest.approx(1.5)  # as measured before: 3 s for both
    at(10.0)
    alone = pace.begin(8, filled=8)
    at(10.5)
    pace.finish(8, alone)
    assert pace.seconds_for(8) == pytest.approx(1.5 - 0.2 * (1.5 - 0.5))


def test_an_idle_network_waits_for_the_clients_that_it_has_answered(at):
    pace = Pace({8: 1.0}, max_batch=8, max_delay_s=0.002)
    began = pace.begin(8, filled=8)
    at(1.0)
    pace.finish(8, began)
    assert pace.seconds_until_next(3, arrived=0.5) == pytest.approx(0.1)
    assert pace.seconds_until_next(4, arrived=0.5) == 0
    at(1.2)
    assert pace.seconds_until_next(3, arrived=1.2) == pytest.approx(0.002)
