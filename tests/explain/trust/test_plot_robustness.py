import numpy as np

from jaxcnn import explain
from jaxcnn.explain.trust._robustness import Change, ChangedAccuracy

RESULT = explain.Robustness(
    (
        ChangedAccuracy(Change("as they are"), 0.9, (0.88, 0.92)),
        ChangedAccuracy(Change("gray", gray=True), 0.5, (0.4, 0.6)),
    ),
    500,
)


def test_points_and_intervals(draw):
    figure = draw(explain.plot_robustness(RESULT, title="net"))
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["as they are", "gray"]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[90, 0], [50, 1]])
    ((whisker,),) = axes.containers[0].lines[2:]
    np.testing.assert_allclose(whisker.get_segments(), [[[88, 0], [92, 0]], [[40, 1], [60, 1]]])
    assert [text.get_text() for text in axes.texts] == ["90.0", "50.0"]
    assert figure.get_supxlabel().startswith("n = 500 images each")
