import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import explain

NORMS = {
    "sigmoid": {"0": jnp.array(2e-6), "2": 0.0, "4": 0.62},
    "ReLU": {"0": 0.1, "2": 0.2, "4": 0.3},
}


def test_lines_and_caption(draw):
    figure = draw(explain.plot_gradient_norms(NORMS))
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2e-6, np.nan, 0.62])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "2", "4"]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "sigmoid: the last layer's is 310,000 times the first one's" in caption
    assert "ReLU: the last layer's is 3 times the first one's" in caption


def test_layers_of_other_names_are_numbered():
    axes = explain.plot_gradient_norms({"a": {"x": 1.0}, "b": {"y": 1.0, "z": 2.0}}).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2"]


def test_no_network():
    with pytest.raises(ValueError, match="norms must be of 1 to 4 networks; got 0"):
        explain.plot_gradient_norms({})
