import numpy as np

from jaxcnn import explain

RNG = np.random.default_rng(0)


def test_a_line_for_each_filter_around_zero(draw):
    kernel = RNG.normal(size=(20, 1, 6))
    figure = draw(explain.plot_filters(kernel, title="first layer for sounds"))
    assert figure.get_suptitle() == "first layer for sounds"
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == list("012345")
    for place in range(6):
        zero, line = axes.lines[2 * place : 2 * place + 2]
        weights = kernel[:, 0, place]
        drawn = line.get_ydata() - zero.get_ydata()[0]
        np.testing.assert_allclose(drawn, 0.35 * weights / np.abs(weights).max(), atol=1e-6)
        assert np.ptp(zero.get_ydata()) == 0


def test_no_more_than_64():
    figure = explain.plot_filters(np.ones((5, 1, 100)))
    assert len(figure.axes[0].texts) == 64
    assert "n = 100 filters over 5 neighbouring samples" in figure.get_supxlabel()
    assert "the first 64 shown" in figure.get_supxlabel().replace("\n", " ")
