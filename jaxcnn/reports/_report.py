"""From a run's folder to one page about it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn.layers import Layer
from jaxcnn.reports._attributions import attributions
from jaxcnn.reports._evidence import evidence
from jaxcnn.reports._feature_maps import maps
from jaxcnn.reports._guesses import guesses
from jaxcnn.reports._html import Content, MissingError, Section, missing
from jaxcnn.reports._neighbours import neighbours
from jaxcnn.reports._network import architecture, filters, weights
from jaxcnn.reports._page import page
from jaxcnn.reports._performance import calibration, confusion, on_changed_images, scores
from jaxcnn.reports._run_folder import RunFolder, read_run_folder
from jaxcnn.reports._settings import settings
from jaxcnn.reports._training import curves, norms

FILE = "report.html"

SECTIONS: dict[str, tuple[str, Callable[[RunFolder], Content]]] = {
    "guesses": ("The network's guesses", guesses),
    "confusion": ("What is taken for what", confusion),
    "scores": ("Class by class", scores),
    "calibration": ("Can its probabilities be believed?", calibration),
    "robustness": ("Moved, turned and gray images", on_changed_images),
    "curves": ("Training, epoch by epoch", curves),
    "norms": ("Gradients and updates, layer by layer", norms),
    "network": ("The network", architecture),
    "filters": ("Filters of the first layer", filters),
    "maps": ("Feature maps: what the layers make of an image", maps),
    "attributions": ("What its answers rest on", attributions),
    "evidence": ("The sum behind a score", evidence),
    "neighbours": ("What looks alike to it", neighbours),
    "weights": ("Weights", weights),
    "settings": ("Settings", settings),
}
"""What stands on the page, in this order: a title, and the function that makes the section."""


def report(
    folder: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    progress: bool = False,
) -> Path:
    """Write a page about a run: one HTML file that needs no other file, no network and no script.

    It says what was trained and how well it does, where it is wrong and how far its
    probabilities can be trusted, what it looks at, and what its layers see. All of it comes from
    the run's folder; what this lacks, as when it was saved without test images, is named at its
    place.

    Args:
        folder: where a run was saved.
        out: the file to write; None: ``report.html`` in the folder.
        model: for a network that was trained from an `nnx.Module` of one's own: a module of the
            same structure.
        layers: layer classes of one's own that the architecture uses.
        progress: print a line on standard error as each section is begun.

    Returns:
        The file. It opens in any browser, and may be sent to others: class names and other texts
        of the run can run nothing in it.

    Raises:
        FileNotFoundError: if the folder holds no run, or there is none for `out`.
        ImportError: if matplotlib is missing.
        OSError: if the file cannot be written.
        ValueError: if a file in the folder is damaged, or belongs to another run.
    """
    run = read_run_folder(folder, model, layers)
    path = run.folder / FILE if out is None else Path(out).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"out: expected a file to write, but {path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"out: there is no folder {path.parent}")
    sections = []
    for number, (name, (title, make)) in enumerate(SECTIONS.items(), 1):
        if progress:
            print(f"{number:2}/{len(SECTIONS)}  {title}", file=sys.stderr)
        sections.append(Section(name, title, _content(make, run)))
    write_whole(path, page(run, sections).encode())
    return path


def _content(make: Callable[[RunFolder], Content], run: RunFolder) -> Content:
    try:
        return make(run)
    except MissingError as error:
        return missing(str(error))
