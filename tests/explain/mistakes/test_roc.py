from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from jaxcnn import explain

RNG = np.random.default_rng(6)
LABELS = np.arange(90) % 9
SCORES = RNG.random((90, 9)) + 0.55 * np.eye(9)[LABELS]
NAMES = [*"abcdefghi"]


def named(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def lines(axes):
    return [line for line in axes.lines if len(line.get_xdata()) > 2]


def test_the_six_lowest_areas_are_named_and_all_curves_are_drawn():
    figure = explain.plot_roc(SCORES, LABELS, NAMES)
    each: Any = None  # scikit-learn's type says str
    areas = np.asarray(metrics.roc_auc_score(np.eye(9)[LABELS], SCORES, average=each))
    lowest = np.argsort(areas)[:6]
    for text, k in zip(named(figure)[:-1], lowest, strict=True):
        name, area = text.split(": AUC ")
        assert (name, float(area)) == (NAMES[k], pytest.approx(areas[k], abs=1e-4))
    assert len(lines(figure.axes[0])) == 9
    assert "6 lowest AUCs have colors, and the others are gray" in figure.get_supxlabel()


def test_a_curve_is_that_of_scikit_learn():
    answers = LABELS == 2
    figure = explain.plot_roc(SCORES[:, 2:3], answers[:, None], ["c"])
    wrong, right, _ = metrics.roc_curve(answers, SCORES[:, 2])
    line = lines(figure.axes[0])[0]
    np.testing.assert_allclose(np.asarray(line.get_xdata()), 100 * wrong)
    np.testing.assert_allclose(np.asarray(line.get_ydata()), 100 * right)


def test_the_corner_is_enlarged_only_if_a_curve_is_in_it():
    assert len(explain.plot_roc(SCORES, LABELS, NAMES).axes) == 2
    assert len(explain.plot_roc(RNG.random((90, 9)), LABELS, NAMES).axes) == 1


def test_classes_without_examples_have_no_curve():
    figure = explain.plot_roc(SCORES, LABELS % 3, NAMES)
    assert len(named(figure)) == 4
    assert "none or all of the examples have no curve: 6" in figure.get_supxlabel()


def test_curves_that_hide_each_other_are_counted():
    figure = explain.plot_roc(np.eye(9)[LABELS], LABELS, NAMES)
    caption = figure.get_supxlabel()
    assert "9 curves have an AUC of 1.0000 and hide each other: they are black." in caption
    assert "gray" not in caption
    assert named(figure) == ["9 classes: AUC 1.0000", "random scores: AUC 0.5"]
    assert "hide" not in explain.plot_roc(RNG.random((90, 9)), LABELS, NAMES).get_supxlabel()


def test_colors_are_for_the_curves_below_the_perfect_ones():
    scores = np.where(np.arange(9) < 2, SCORES, np.eye(9)[LABELS])
    figure = explain.plot_roc(scores, LABELS, NAMES)
    assert [name.split(":")[0] for name in named(figure)[2:]] == ["7 classes", "random scores"]
    assert {name[0] for name in named(figure)[:2]} == {"a", "b"}
    colors = [line.get_color() for line in lines(figure.axes[0])]
    assert colors.count("black") == 7
    perfect = np.where(np.arange(9) < 8, SCORES, np.eye(9)[LABELS])
    assert named(explain.plot_roc(perfect, LABELS, NAMES))[6] == "i: AUC 1.0000"


def test_of_two_classes_one_curve_is_drawn():
    assert len(named(explain.plot_roc(SCORES[:, :2], LABELS % 2, ["a", "b"]))) == 2


@pytest.mark.parametrize(
    ("scores", "labels", "names", "message"),
    [
        (SCORES[:, 0], LABELS, NAMES, r"scores: expected shape \(N, K\), got \(90,\)"),
        (SCORES, LABELS, "ab", "class_names: expected one for each of the 9 classes, got 2"),
        (SCORES, LABELS + 1, NAMES, "labels: expected classes from 0 to 8, got 9"),
        (SCORES, 0 * LABELS, NAMES, "labels: expected examples of several classes"),
    ],
)
def test_errors(scores, labels, names, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_roc(scores, labels, names)
