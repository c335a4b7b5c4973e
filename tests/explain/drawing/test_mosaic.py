import numpy as np
import pytest

from jaxcnn.explain.drawing import columns_for, middles, mosaic, pitch


def test_tiles_stand_row_by_row_with_lines_between():
    tiles = np.arange(1, 6)[:, None, None] * np.ones((5, 2, 3))
    whole = mosaic(tiles, 2)
    down, right = pitch(2, 3)
    rows, columns = middles(3, down).astype(int), middles(2, right).astype(int)
    np.testing.assert_array_equal(whole[np.ix_(rows, columns)], [[1, 2], [3, 4], [5, np.nan]])
    scale = (right - 2) // 3
    assert whole.shape == (3 * (2 * scale + 2) - 2, 2 * (3 * scale + 2) - 2)
    assert np.isnan(whole[down - 2 : down]).all()
    assert np.isfinite(whole[: down - 2, : right - 2]).all()


def test_colors():
    whole = mosaic(np.full((3, 40, 50, 3), 0.25), 3, between=1)
    assert whole.shape == (40, 3 * 52 - 2, 3)
    assert np.unique(whole[:, 50:52]) == 1


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (4, 2), (10, 5), (40, 8), (64, 8), (96, 12), (256, 16)]
)
def test_pages_have_few_empty_places(count, columns):
    assert columns_for(count) == columns
