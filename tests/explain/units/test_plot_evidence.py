import dataclasses

import numpy as np
import pytest

from jaxcnn import explain

EVIDENCE = explain.Evidence(
    layer="classifier",
    target=np.array(3),
    logit=np.array(2.25),
    bias=np.array(-0.5),
    features=np.array([7, 2]),
    places=np.array([[0, 1, 3], [0, 0, 2]]),
    axes=("row", "column", "channel"),
    activations=np.array([2.0, 4.0]),
    weights=np.array([1.5, -0.25]),
    rest=np.array(0.75),
)


def test_bars_are_the_terms_and_their_sum(draw):
    figure = draw(explain.plot_evidence(EVIDENCE, title="Evidence for cat"))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "Evidence for cat"
    assert [bar.get_width() for bar in axes.patches] == [3, -1, 0.75, -0.5, 2.25]
    assert sum(bar.get_width() for bar in axes.patches[:-1]) == axes.patches[-1].get_width()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "row 0, column 1, channel 3 (2·1.5)",
        "row 0, column 0, channel 2 (4·−0.25)",
        "all other terms",
        "bias",
        "logit, the sum",
    ]
    assert [text.get_text() for text in axes.texts] == ["+3", "−1", "+0.75", "−0.5", "+2.25"]
    assert figure.get_supxlabel().startswith("The score (logit) of class 3 is 2.25")


def test_for_and_against_differ_in_gray_print():
    axes = explain.plot_evidence(EVIDENCE).axes[0]
    plus, minus = (
        np.dot(bar.get_facecolor()[:3], [0.299, 0.587, 0.114]) for bar in axes.patches[:2]
    )
    assert plus > minus + 0.3


def test_too_many_terms():
    many = dataclasses.replace(
        EVIDENCE, activations=np.ones(31), weights=np.ones(31), places=np.ones((31, 3))
    )
    with pytest.raises(ValueError, match="at most 30 terms; got 31; call class_evidence with top"):
        explain.plot_evidence(many)
