import math

from jaxcnn import explain
from jaxcnn.training import RateRange

RATES = (0.01, 0.1, 1.0, 10.0, 100.0)
RESULT = RateRange(RATES, (2.0, 0.5, 0.6, 8.0, math.inf), 2.3, steps=100)


def test_what_is_drawn_is_the_result():  # guide row A8.24
    (axes,) = explain.plot_learning_rate_range(RESULT, title="net on data").axes
    lines = {line.get_label(): line for line in axes.lines}
    assert axes.get_xscale() == "log"
    assert lines["after training"].get_ydata()[:3].tolist() == [2.0, 0.5, 0.6]
    assert lines["diverged or far above"].get_xdata().tolist() == [10.0, 100.0]
    assert lines["lowest, 0.1"].get_xydata().tolist() == [[0.1, 0.5]]
    assert lines["suggested peak, 0.5"].get_xdata() == [0.5, 0.5]
    assert lines["at the start"].get_ydata() == [2.3, 2.3]


def test_nothing_trained(draw):
    figure = draw(
        explain.plot_learning_rate_range(RateRange((0.1, 1.0), (math.inf,) * 2, math.nan, 100))
    )
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert not any("suggested" in label or "lowest" in label for label in labels)
    assert "No rate made the loss fall." in figure.get_supxlabel()
