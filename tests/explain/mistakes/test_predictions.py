import numpy as np
import pytest
from sklearn import metrics

from jaxcnn.explain import plot_predictions

RNG = np.random.default_rng(0)
TRUTHS = RNG.normal(size=(50, 2)) * [1, 1000]
PREDICTED = TRUTHS + RNG.normal(size=(50, 2)) * [0.5, 300]


def test_dots_are_the_examples_and_titles_have_their_scores():
    figure = plot_predictions(PREDICTED, TRUTHS, ["height", "price"])
    for k, (axes, name) in enumerate(zip(figure.axes, ["height", "price"], strict=True)):
        dots = np.asarray(axes.collections[0].get_offsets())
        np.testing.assert_allclose(dots, np.stack([TRUTHS[:, k], PREDICTED[:, k]], 1), rtol=1e-6)
        r2 = metrics.r2_score(TRUTHS[:, k], PREDICTED[:, k])
        assert axes.get_title().startswith(f"{name}: R² {r2:.3f}\nRMSE ")
        assert axes.get_xlabel() == f"true {name}"
        assert axes.get_ylabel() == f"predicted {name}"
        assert axes.get_xlim() == axes.get_ylim()
        (diagonal,) = axes.lines
        np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    rmse = metrics.root_mean_squared_error(TRUTHS[:, 0], PREDICTED[:, 0])
    assert f"RMSE {rmse:.3g} (" in figure.axes[0].get_title()


@pytest.mark.parametrize(("targets", "drawn"), [(1, 1), (4, 4), (5, 5), (8, 6)])
def test_one_panel_per_target_and_at_most_six(targets, drawn):
    values = RNG.normal(size=(5, targets))
    figure = plot_predictions(values, values)
    assert sum(axes.axison for axes in figure.axes) == drawn
    assert ("The first 6 of 8 targets" in figure.get_supxlabel()) == (targets > drawn)


def test_of_many_examples_evenly_spaced_ones_are_drawn():
    values = np.arange(10_001.0)
    (axes,) = plot_predictions(values, values).axes
    assert len(np.asarray(axes.collections[0].get_offsets())) == 5000
    assert axes.get_title() == "value: R² 1.000\nRMSE 0 (0 to 0)"
    caption = axes.figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 10,001 examples, of which 5,000 are drawn")


def test_equal_values_have_limits_around_them():
    (axes,) = plot_predictions([7.0, 7.0], [7.0, 7.0]).axes
    assert axes.get_xlim() == axes.get_ylim() == (3.5, 10.5)
