"""`report`: write an HTML page about a run, with its result on top."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn._version import __version__
from jaxcnn.layers import Layer
from jaxcnn.reports._attributions import attributions, evidence
from jaxcnn.reports._document import contents, document, main_of, output_path
from jaxcnn.reports._feature_maps import maps
from jaxcnn.reports._gallery_page import FILE as GALLERY
from jaxcnn.reports._guesses import guesses
from jaxcnn.reports._headline import result_of, title_of, title_suffix
from jaxcnn.reports._html import (
    Content,
    Html,
    InapplicableError,
    MissingError,
    Section,
    element,
    missing,
)
from jaxcnn.reports._neighbors import neighbors
from jaxcnn.reports._network import architecture, filters, weights
from jaxcnn.reports._performance import calibration, confusion, on_changed_images, roc, scores
from jaxcnn.reports._predictions import predictions
from jaxcnn.reports._run_folder import RunFolder, read_run_folder
from jaxcnn.reports._training import curves, norms, settings
from jaxcnn.reports.explorer._explore import PAGE

FILE = "report.html"

LINKS = {
    PAGE: "Click through the network: feature maps, and the sum behind each number",
    GALLERY: "The gallery: what channels respond to, layer by layer",
}
"""Other pages about a run, with the texts of the links: the report has those beside it."""

SECTIONS: dict[str, tuple[str, Callable[[RunFolder], Content]]] = {
    "guesses": ("Right and wrong predictions", guesses),
    "confusion": ("Confusion matrix", confusion),
    "scores": ("Precision and recall of each class", scores),
    "roc": ("ROC curves: is a class told from the others?", roc),
    "calibration": ("Calibration: can its probabilities be trusted?", calibration),
    "robustness": ("Robustness: images that are changed a little", on_changed_images),
    "curves": ("Training curves", curves),
    "norms": ("Gradients and updates of each layer", norms),
    "network": ("The network", architecture),
    "filters": ("Filters of the first layer", filters),
    "maps": ("Feature maps: what the layers compute from an image", maps),
    "attributions": ("Attributions: which pixels its answers depend on", attributions),
    "evidence": ("Evidence: the sum behind a score", evidence),
    "neighbors": ("Neighbors: images that are alike to the network", neighbors),
    "weights": ("Weights", weights),
    "settings": ("Settings", settings),
}
"""The sections in the order of the page: a title, and the function that makes the content."""
SECTIONS_OF_NUMBERS = {
    "guesses": ("Predicted against true values", predictions),
    "evidence": ("Evidence: the sum behind a predicted number", evidence),
}
"""What is in their places for a network that predicts numbers."""


def report(
    folder: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    progress: bool = False,
) -> Path:
    """Write an HTML report of a saved run: one file without scripts.

    The report shows what was trained and how well the network works. The report also shows the
    mistakes of the network, how far the predicted probabilities can be trusted, which pixels the
    predictions depend on, and what the layers compute. All data come from the run's folder. If the
    folder lacks the data of a section, for example because the run was saved without a test set,
    the section says what is missing. Some sections do not apply to the run, such as sections about
    classes for a regression. The titles of these sections are listed at the end. The report links
    to the pages of `explore` and `gallery_report` if they are beside the file.

    Args:
        folder: The folder of a saved run.
        out: The file to write. None means ``report.html`` in the folder of the run.
        model: For a network that was trained from a custom `nnx.Module`, a module of the same
            structure.
        layers: Custom layer classes that the architecture uses.
        progress: Whether to print a line on standard error when each section starts.

    Returns:
        The path of the file. The file opens in any browser and is safe to send to others: class
        names and other texts of the run are escaped, so that no text can run as code.

    Raises:
        FileNotFoundError: If `folder` has no run, or the folder of `out` does not exist.
        ImportError: If matplotlib is missing.
        OSError: If the file cannot be written.
        ValueError: If a file in the folder is damaged or belongs to another run.

    Example::

        run.save("runs/mine", test=data.test)
        jaxcnn.report("runs/mine")      # runs/mine/report.html
    """
    run = read_run_folder(folder, model, layers)
    path = output_path(run.folder / FILE if out is None else out)
    planned = SECTIONS if run.interface.task.has_classes else SECTIONS | SECTIONS_OF_NUMBERS
    sections, left_out = [], {}
    for number, (name, (title, make)) in enumerate(planned.items(), 1):
        if progress:
            print(f"{number:2}/{len(planned)}  {title}", file=sys.stderr)
        try:
            sections.append(Section(name, title, _content(make, run)))
        except InapplicableError as error:
            left_out.setdefault(str(error), []).append(title.partition(":")[0])
    beside = [name for name in LINKS if (path.parent / name).is_file()]
    write_whole(path, page(run, sections, left_out, beside).encode())
    return path


def report_without_link(to: Path) -> Path | None:
    """Return the report beside a page of `explore` or `gallery_report` if it lacks the link to it.

    The report then has to be written again. None if there is no report, if it has the link, or if
    the page has another name than the usual one, which no report links to.

    Args:
        to: The page.
    """
    found = to.parent / FILE
    if to.name not in LINKS or not found.is_file():
        return None
    link = f'href="{to.name}"'
    return None if link in found.read_text(encoding="utf-8", errors="replace") else found


def _content(make: Callable[[RunFolder], Content], run: RunFolder) -> Content:
    try:
        return make(run)
    except InapplicableError:
        raise
    except MissingError as error:
        return missing(str(error))


def page(
    run: RunFolder,
    sections: Sequence[Section],
    left_out: Mapping[str, Sequence[str]],
    beside: Sequence[str] = (),
) -> str:
    """Make the HTML text of the page.

    Args:
        run: The content of the run's folder.
        sections: The sections, in their order.
        left_out: Titles of the omitted sections, by the reason for the omission.
        beside: The names of the files in `LINKS` that are beside the page.
    """
    title = title_of(run)
    notes = [
        element("p", f"Left out, because they {reason}: {', '.join(titles)}.", class_="note")
        for reason, titles in left_out.items()
    ]
    return document(
        f"{title}{title_suffix(run)}",
        element("header", element("h1", title), *result_of(run), *_links(beside)),
        contents(sections),
        main_of(sections, *notes),
        element("footer", f"Made by jaxcnn {__version__} from the run's folder."),
    )


def _links(beside: Sequence[str]) -> list[Html]:
    return [
        element("p", element("a", LINKS[name], href=name), class_="interval") for name in beside
    ]
