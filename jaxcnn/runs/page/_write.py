"""From a run's folder to one page about it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn.layers import Layer
from jaxcnn.runs.page import (
    _architecture,
    _attributions,
    _calibration,
    _confusion,
    _curves,
    _evidence,
    _filters,
    _guesses,
    _maps,
    _neighbours,
    _norms,
    _robustness,
    _scores,
    _settings,
    _weights,
)
from jaxcnn.runs.page._material import Material, read_material
from jaxcnn.runs.page._page import page
from jaxcnn.runs.page._section import MissingError, Section, missing

FILE = "report.html"

SECTIONS: dict[str, tuple[str, Callable[[Material], Section]]] = {
    "guesses": (_guesses.TITLE, _guesses.guesses),
    "confusion": (_confusion.TITLE, _confusion.confusion),
    "scores": (_scores.TITLE, _scores.scores),
    "calibration": (_calibration.TITLE, _calibration.calibration),
    "robustness": (_robustness.TITLE, _robustness.changes),
    "curves": (_curves.TITLE, _curves.curves),
    "norms": (_norms.TITLE, _norms.norms),
    "network": (_architecture.TITLE, _architecture.architecture),
    "filters": (_filters.TITLE, _filters.filters),
    "maps": (_maps.TITLE, _maps.maps),
    "attributions": (_attributions.TITLE, _attributions.attributions),
    "evidence": (_evidence.TITLE, _evidence.evidence),
    "neighbours": (_neighbours.TITLE, _neighbours.neighbours),
    "weights": (_weights.TITLE, _weights.weights),
    "settings": (_settings.TITLE, _settings.settings),
}
"""What stands on the page, in this order: a title, and what makes the section."""


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
    material = read_material(folder, model, layers)
    path = material.folder / FILE if out is None else Path(out).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"out: expected a file to write, but {path} is a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"out: there is no folder {path.parent}")
    sections = {}
    for number, (name, (title, make)) in enumerate(SECTIONS.items(), 1):
        if progress:
            print(f"{number:2}/{len(SECTIONS)}  {title}", file=sys.stderr)
        sections[name] = _made(title, make, material)
    write_whole(path, page(material, sections).encode())
    return path


def _made(title: str, make: Callable[[Material], Section], material: Material) -> Section:
    try:
        return make(material)
    except MissingError as error:
        return missing(title, str(error))
