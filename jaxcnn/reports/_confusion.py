"""Which classes are taken for which."""

import numpy as np

from jaxcnn.explain import ClassificationReport, plot_confusion_matrix
from jaxcnn.reports._html import Html, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section

TITLE = "What is taken for what"
LEAD = (
    "Each row of the matrix is one true class, each column what the network said. On the "
    "diagonal are the images that it got right; a dark cell elsewhere is a mistake that it "
    "makes often."
)
PAIRS = 10


def confusion(material: Material) -> Section:
    """The matrix, and the pairs of classes that are confused most often."""
    found = material.classification
    title = f"{material.model} on {len(found.labels):,} test images of {material.data}"
    figure = plot_confusion_matrix(found.confusion, found.class_names, title=title)
    return Section(TITLE, LEAD, (plot(figure, _alt(found)), *_table(found)))


def _alt(found: ClassificationReport) -> str:
    names = found.class_names
    worst = [f"{names[p.label]} as {names[p.guess]} {p.examples} times" for p in found.confused[:3]]
    return (
        f"Confusion matrix of {len(names)} classes: {np.trace(found.confusion):,} of "
        f"{found.confusion.sum():,} images on the diagonal. Most often confused: "
        f"{'; '.join(worst) or 'none'}."
    )


def _table(found: ClassificationReport) -> tuple[Html, ...]:
    names = found.class_names
    rows = [
        (names[pair.label], names[pair.guess], f"{pair.examples:,}", f"{pair.share:.1%}")
        for pair in found.confused[:PAIRS]
    ]
    head = ("what it is", "taken for", "images", "of that class")
    return (table(head, rows, caption="Most often confused", texts=2),) if rows else ()
