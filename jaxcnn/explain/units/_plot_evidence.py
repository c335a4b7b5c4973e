"""Draw the largest terms of a class's score as bars."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._figure import new_figure
from jaxcnn.explain.drawing._signed_numbers import as_number
from jaxcnn.explain.units._class_evidence import ClassEvidence
from jaxcnn.explain.units._terms import INCHES_PER_BAR, Bar, draw_terms, factors

if TYPE_CHECKING:
    from matplotlib.figure import Figure


WIDTH = 7.0  # in inches
MAX_TERMS = 30


def plot_evidence(evidence: ClassEvidence, *, title: str = "Evidence") -> "Figure":
    """Draw the largest terms of a class's logit as bars, each an activation times its weight.

    Args:
        evidence: From `class_evidence`, with at most 30 terms.
        title: The figure's title, such as "Evidence for cat".

    Returns:
        The figure: ``figure.savefig("evidence.png")`` writes it.

    Raises:
        ValueError: If there are more than 30 terms.
        ImportError: If matplotlib is not installed.
    """
    products = np.asarray(evidence.products)
    if len(products) > MAX_TERMS:
        raise ValueError(
            f"evidence: expected at most {MAX_TERMS} terms, got {len(products)} "
            f"(call class_evidence with top={MAX_TERMS})"
        )
    terms = [
        Bar(float(product), factors(_name(evidence.axes, place), float(activation), float(weight)))
        for product, place, activation, weight in zip(
            products,
            np.asarray(evidence.places),
            evidence.activations,
            evidence.weights,
            strict=True,
        )
    ]
    terms += [Bar(float(evidence.rest), "all other terms"), Bar(float(evidence.bias), "bias")]
    figure = new_figure(
        WIDTH, INCHES_PER_BAR * (len(terms) + 2) + 1.6, title=title, caption=_caption(evidence)
    )
    draw_terms(figure.subplots(), terms, Bar(float(evidence.logit), "logit, the sum"))
    return figure


def _name(axes: tuple[str, ...], place: np.ndarray) -> str:
    return ", ".join(f"{axis} {index}" for axis, index in zip(axes, place, strict=True))


def _caption(evidence: ClassEvidence) -> str:
    return (
        f"The score (logit) of {evidence.target_in_words} is {as_number(float(evidence.logit))}: "
        "the sum of these terms. In parentheses: activation·weight. Bars to the right speak for "
        "the class, bars to the left against it."
    )
