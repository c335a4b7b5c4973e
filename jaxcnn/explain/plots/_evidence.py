"""What speaks for a class within the last layer of a network."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.plots._figure import new_figure
from jaxcnn.explain.plots._signed import as_number
from jaxcnn.explain.plots._term_bars import INCHES_A_BAR, Bar, draw_terms, factors
from jaxcnn.explain.units._evidence import Evidence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 7.0  # in inches
MOST_TERMS = 30


def plot_evidence(evidence: Evidence, *, title: str = "Evidence") -> "Figure":
    """Show the largest terms of a logit as bars: each an activation times its weight.

    Args:
        evidence: From `class_evidence`, with at most 30 terms.
        title: For which class, of which image: "Evidence for cat".

    Returns:
        The figure: ``figure.savefig("evidence.png")`` writes it.

    Raises:
        ValueError: For more terms.
        ImportError: Where matplotlib is missing.
    """
    products = np.asarray(evidence.products)
    if len(products) > MOST_TERMS:
        raise ValueError(
            f"evidence must have at most {MOST_TERMS} terms; got {len(products)}; "
            f"call class_evidence with top={MOST_TERMS}"
        )
    terms = [
        Bar(float(product), factors(_name(evidence.axes, place), activation, weight))
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
        WIDTH, INCHES_A_BAR * (len(terms) + 2) + 1.6, title=title, caption=_caption(evidence)
    )
    draw_terms(figure.subplots(), terms, Bar(float(evidence.logit), "logit, the sum"))
    return figure


def _name(axes: tuple[str, ...], place: np.ndarray) -> str:
    return ", ".join(f"{axis} {index}" for axis, index in zip(axes, place, strict=True))


def _caption(evidence: Evidence) -> str:
    return (
        f"The score (logit) of class {int(evidence.target)} is {as_number(float(evidence.logit))}: "
        "the sum of these. In brackets activation·weight. Bars to the right speak for the class, "
        "bars to the left against it."
    )
