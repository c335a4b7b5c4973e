import numpy as np
import pytest

from jaxcnn import explain

SURE = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.6, 0.4]]
BEFORE = explain.reliability(SURE, [0, 1, 0, 0], bins=5)


def test_bars_are_accuracies_and_gaps_reach_to_the_confidence(draw):
    figure = draw(explain.plot_reliability({"as trained": BEFORE, "again": BEFORE}, title="net"))
    first, second, counts, _ = figure.axes
    assert first.get_title() == "as trained\ncalibration error 27.5%"
    assert second.get_title().startswith("again\n")
    bars = {bar.get_x(): bar.get_height() for bar in first.patches}
    assert bars == pytest.approx({40: 100, 80: 200 / 3})
    (gaps,) = first.collections
    ends = np.sort([segment[:, 1] for segment in gaps.get_segments()], axis=1)
    np.testing.assert_allclose(ends, [[60, 100], [200 / 3, 90]])
    assert [text.get_text() for text in counts.texts] == ["", "", "1", "", "3"]
    assert figure.get_supxlabel().startswith("n = 4 examples")


def test_nothing_to_show():
    with pytest.raises(ValueError, match="reliabilities must hold at least one; got none"):
        explain.plot_reliability({})
