import numpy as np
import pytest

from jaxcnn import explain

OFFSETS = np.linspace(-1, 1, 5)
BOWL = 0.1 + OFFSETS[:, None] ** 2 + 3 * OFFSETS**2


def test_contours_and_the_trained_network(draw):
    losses = BOWL.copy()
    losses[0, 0] = np.inf
    figure = draw(explain.plot_loss_surface(explain.LossSurface(OFFSETS, losses, 100)))
    axes, bar = figure.axes
    (star,) = axes.lines
    assert star.get_xydata().tolist() == [[0, 0]]
    assert star.get_label() == "the trained network, loss 0.1"
    assert bar.get_ylabel() == "loss (nat)"
    levels = axes.collections[0].levels
    assert levels[[0, -1]].tolist() == pytest.approx([0.1, 4.1])
    np.testing.assert_allclose(levels[1:] / levels[:-1], levels[1] / levels[0])
    assert "100 images at 25 points" in figure.get_supxlabel()


def test_no_loss_is_finite():
    nothing = explain.LossSurface(OFFSETS, np.full((5, 5), np.nan), 100)
    with pytest.raises(ValueError, match="surface must hold losses that are finite; none is"):
        explain.plot_loss_surface(nothing)
