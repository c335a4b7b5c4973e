"""How far small changes of the images put the network off."""

from jaxcnn.explain import Robustness, plot_robustness, robustness
from jaxcnn.reports._html import Html, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section

TITLE = "Moved, turned and gray images"
LEAD = (
    "People see the same thing in a picture that is moved or turned a little. These are the kept "
    "test images, changed so; what the network loses by it, it has tied to places, angles or "
    "colours. Mind the size of the change: two pixels are little of 32, and a fourth of 8."
)
ANGLES = (5.0, 15.0, 30.0)
LARGEST_SHARE = 4
"""Shifts beyond a fourth of an image move much out of it."""


def changes(material: Material) -> Section:
    """Accuracy on the kept images as they are, and on changed copies."""
    network, side = material.network, min(material.facts.input_shape[:2])
    shifts = [shift for shift in (1, 2, 4) if shift * LARGEST_SHARE <= side]
    found = robustness(network, material.sample, shifts=shifts, angles=ANGLES)
    figure = plot_robustness(found, title=f"{material.model} on changed images of {material.data}")
    return Section(TITLE, LEAD, (plot(figure, _alt(found)), _table(found)))


def _alt(found: Robustness) -> str:
    rows = [f"{row.change.words} {row.accuracy:.1%}" for row in found.rows]
    return f"Accuracy on {found.examples:,} test images: {', '.join(rows)}."


def _table(found: Robustness) -> Html:
    as_they_are = found.rows[0].accuracy
    rows = [
        (
            row.change.words,
            f"{row.accuracy:.1%}",
            f"{row.interval[0]:.1%} to {row.interval[1]:.1%}",
            f"{100 * (as_they_are - row.accuracy):.1f}" if number else "",
        )
        for number, row in enumerate(found.rows)
    ]
    head = ("images", "accuracy", "95 % interval", "points lost")
    return table(head, rows, caption=f"Accuracy on {found.examples:,} test images")
