import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain.mistakes import _classification_report

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 120)
LOGITS = RNG.normal(size=(120, 4)) + 1.5 * np.eye(4)[LABELS]


def test_the_hardest_classes_are_shown_best_first(draw, monkeypatch):
    monkeypatch.setattr(_classification_report, "MOST_ROWS", 3)
    report = explain.ClassificationReport.of(LOGITS, LABELS, ["$0", "$1", "$2", "$3"])
    figure = draw(explain.plot_class_scores(report, title="net"))
    lines = {line.get_label().split(":")[0]: line for line in figure.axes[0].lines}
    f1 = lines["F1"].get_xdata()
    np.testing.assert_allclose(f1, 100 * np.sort(report.f1)[:3][::-1], rtol=1e-6)
    hardest = int(report.f1.argmin())
    assert lines["recall"].get_xdata()[-1] == pytest.approx(100 * report.recall[hardest])
    assert lines["precision"].get_xdata()[-1] == pytest.approx(100 * report.precision[hardest])
    name = figure.axes[0].get_yticklabels()[-1].get_text()
    assert name == rf"\${hardest} ({report.support[hardest]})"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "The 3 of 4 classes with the lowest scores." in caption
