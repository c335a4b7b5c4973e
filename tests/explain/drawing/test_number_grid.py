import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxcnn.explain.drawing import draw_grid, write_numbers


def written(numbers):
    return [[text.get_text() for text in row] for row in write_numbers(_axes(), numbers, 0.5)]


def _axes():
    return Figure().subplots()


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ([[0, 255]], ["0", "255"]),
        ([[0.12345, -0.004567]], ["0.123", "−0.005"]),
        ([[1.6, 0.00001]], ["1.6", "0"]),
        ([[6600, -3.4]], ["6600", "−3"]),
        ([[0.0, -0.0]], ["0", "0"]),
    ],
)
def test_all_have_the_decimals_that_the_largest_needs(numbers, texts):
    assert written(np.array(numbers)) == [texts]


@pytest.mark.thorough
def test_letters_are_as_large_as_all_of_them_fit():
    few = write_numbers(_axes(), np.array([[1, 2]]), 0.2)[0][0]
    many = write_numbers(_axes(), np.array([[1, -1.25]]), 0.2)[0]
    assert few.get_fontsize() > many[0].get_fontsize() == many[1].get_fontsize()


def test_cells():
    axes = _axes()
    draw_grid(axes, 2, 3, room=4)
    assert len(axes.lines) == 3 + 4
    assert axes.get_ylim()[0] > 3 > -0.5 > axes.get_ylim()[1]  # row 0 is on top, with room for 4
