from itertools import combinations

import numpy as np
import pytest

from jaxcnn.explain.network._label_places import GAPS, HALF_HEIGHT, HALF_WIDTH, places


def are_apart(a, b):
    return abs(a[0] - b[0]) >= 2 * HALF_WIDTH or abs(a[1] - b[1]) >= 2 * HALF_HEIGHT


@pytest.mark.parametrize("spread", [0.0, 3.0, 20.0])
def test_numbers_of_a_crowd_lie_on_no_marker_and_no_number(spread):
    rng = np.random.default_rng(0)
    centers = (100 + spread * rng.normal(size=(14, 2))).tolist()
    radii = rng.uniform(2, 9, size=14).tolist()
    found = places(centers, radii, 8)
    assert len(found) == 8
    assert all(are_apart(a, b) for a, b in combinations(found, 2))
    for number, center, radius in zip(found, centers[:8], radii[:8], strict=True):
        away = np.hypot(*np.subtract(number, center)) - radius
        assert GAPS[0] - 1e-9 <= away <= GAPS[-1] + 1e-9
    for number in found:
        rectangle = [(-HALF_WIDTH, -HALF_HEIGHT), (HALF_WIDTH, HALF_HEIGHT)]
        low, high = np.add(number, rectangle)
        nearest = np.clip(centers, low, high)
        assert np.all(np.hypot(*np.subtract(nearest, centers).T) >= np.subtract(radii, 1e-9))


def test_a_number_alone_stands_above_its_marker():
    assert places([(5.0, 7.0)], [2.0], 1) == [(5.0, 7.0 + 2.0 + GAPS[0])]


def test_where_there_is_no_room_there_is_a_number_all_the_same():
    assert len(places([(0.0, 0.0)], [1.0], 1) + places([(0, 0)] * 2, [1.0, 99.0], 2)) == 3
