import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain.training import _weight_histograms
from jaxcnn.explain.training._weight_histograms import WeightHistogram


def histogram(n):
    return WeightHistogram(np.array([-1.0, 0.0, 1.0]), np.array([1, n - 1]), -0.25, 0.5)


def test_a_panel_an_array(draw):
    figure = draw(explain.plot_weights({f"${k}": histogram(2000 + k) for k in range(5)}))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 5
    assert shown[1].get_title() == "\\$1\nn = 2,001: −0.25 ± 0.5"
    np.testing.assert_array_equal(shown[1].patches[0].get_data().values, [1, 2000])
    np.testing.assert_allclose(shown[1].lines[1].get_xdata(), [-0.75, 0.25])


def test_of_many_the_largest_are_shown(monkeypatch):
    monkeypatch.setattr(_weight_histograms, "MOST_PANELS", 2)
    figure = explain.plot_weights({str(k): histogram(k + 2) for k in range(3)})
    assert [axes.get_title()[0] for axes in figure.axes] == ["1", "2"]
    assert "The 2 largest of 3 arrays." in figure.get_supxlabel().replace("\n", " ")


def test_nothing_to_show():
    with pytest.raises(ValueError, match="histograms must hold at least one; got none"):
        explain.plot_weights({})
