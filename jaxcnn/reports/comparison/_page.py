"""`comparison_report`: write an HTML page with two or more runs side by side."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from jaxcnn._support.files import write_whole
from jaxcnn._version import __version__
from jaxcnn.layers import Layer
from jaxcnn.reports._document import contents, document, main_of, output_path
from jaxcnn.reports._html import (
    Content,
    InapplicableError,
    MissingError,
    Section,
    element,
    missing,
)
from jaxcnn.reports.comparison._accuracies import accuracies
from jaxcnn.reports.comparison._class_scores import class_scores
from jaxcnn.reports.comparison._compare import Compared, Folder, read_compared
from jaxcnn.reports.comparison._disagreements import disagreements
from jaxcnn.reports.comparison._training import curves, settings, sizes

FILE = "comparison.html"

SECTIONS: dict[str, tuple[str, Callable[[Compared], Content]]] = {
    "accuracy": ("Which run is better, and is it chance?", accuracies),
    "settings": ("Settings that differ", settings),
    "curves": ("Training curves", curves),
    "disagreements": ("Where the runs disagree", disagreements),
    "classes": ("Scores of each class", class_scores),
    "sizes": ("Sizes and times", sizes),
}
"""The sections in the order of the page: a title, and the function that makes the content."""


def comparison_report(
    folders: Sequence[Folder],
    *,
    out: str | os.PathLike[str] | None = None,
    layers: tuple[type[Layer], ...] = (),
    progress: bool = False,
) -> Path:
    """Write an HTML page with two or more runs side by side: one file without scripts or links.

    The page shows the settings that differ, the training curves in one figure, the accuracies with
    a paired interval of their difference on the same test images, the images on which the runs
    disagree, the scores of each class, and sizes and times. Each run is compared with the first
    one. Runs with different test sets are compared in all other respects, and the page says why.

    Args:
        folders: The folders of two to eight saved runs, for the same classes.
        out: The file to write. None means ``comparison.html`` in the folder that contains the
            folder of the first run.
        layers: Custom layer classes that the architectures use.
        progress: Whether to print a line on standard error when each section starts.

    Returns:
        The path of the file. The file opens in any browser and is safe to send to others: all
        texts of the runs are escaped.

    Raises:
        FileNotFoundError: If a folder has no run, or the folder of `out` does not exist.
        ImportError: If matplotlib is missing.
        OSError: If the file cannot be written.
        TypeError: If `folders` is one path, or has other elements than paths, such as runs.
        ValueError: If there are too few or too many runs, one is given twice, or they have other
            classes. Also if a file in a folder is damaged.

    Example::

        jaxcnn.reports.comparison_report(["runs/a", "runs/b"])      # runs/comparison.html
    """
    path = None if out is None else output_path(out)
    compared = read_compared(folders, layers)
    path = path or output_path(compared.folders[0].folder.resolve().parent / FILE)
    sections, left_out = [], []
    for number, (name, (title, make)) in enumerate(SECTIONS.items(), 1):
        if progress:
            print(f"{number:2}/{len(SECTIONS)}  {title}", file=sys.stderr)
        try:
            sections.append(Section(name, title, _content(make, compared)))
        except InapplicableError as error:
            left_out.append(f"Left out, because sections such as this {error}: {title}.")
    write_whole(path, _page(compared, sections, left_out).encode())
    return path


def _content(make: Callable[[Compared], Content], compared: Compared) -> Content:
    try:
        return make(compared)
    except InapplicableError:
        raise
    except MissingError as error:
        return missing(str(error))


def _page(compared: Compared, sections: Sequence[Section], left_out: Sequence[str]) -> str:
    first, *others = compared.numbers.runs
    title = f"{' and '.join(run.name for run in others)} compared with {first.name}"
    sentences = (*compared.numbers.sentences, *compared.numbers.reasons)
    return document(
        title,
        element(
            "header",
            element("h1", title),
            *(element("p", sentence, class_="interval") for sentence in sentences),
        ),
        contents(sections),
        main_of(sections, *(element("p", text, class_="note") for text in left_out)),
        element("footer", f"Made by jaxcnn {__version__} from the folders of the runs."),
    )
