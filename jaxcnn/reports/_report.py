"""From a run's folder to one page about it, with the number that is asked for first."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn._version import __version__
from jaxcnn.data import NOUNS
from jaxcnn.layers import Layer
from jaxcnn.reports._attributions import attributions, evidence
from jaxcnn.reports._feature_maps import maps
from jaxcnn.reports._guesses import guesses
from jaxcnn.reports._html import Content, Html, MissingError, Section, element, joined, missing
from jaxcnn.reports._neighbors import neighbors
from jaxcnn.reports._network import architecture, filters, weights
from jaxcnn.reports._performance import calibration, confusion, on_changed_images, scores
from jaxcnn.reports._run_folder import HOW_TO_KEEP, RunFolder, read_run_folder
from jaxcnn.reports._style import STYLE
from jaxcnn.reports._training import curves, norms, settings

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
    "neighbors": ("What looks alike to it", neighbors),
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
        folder: Where a run was saved.
        out: The file to write; None: ``report.html`` in the folder.
        model: For a network that was trained from a custom `nnx.Module`: a module of the
            same structure.
        layers: Custom layer classes that the architecture uses.
        progress: Print a line on standard error as each section is begun.

    Returns:
        The file. It opens in any browser, and may be sent to others: class names and other texts
        of the run can run nothing in it.

    Raises:
        FileNotFoundError: If the folder holds no run, or there is none for `out`.
        ImportError: If matplotlib is missing.
        OSError: If the file cannot be written.
        ValueError: If a file in the folder is damaged, or belongs to another run.
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


# Whatever a page says, a browser then opens no connection and runs nothing for it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(run: RunFolder, sections: Sequence[Section]) -> str:
    """Make the page as text: one file that needs no other.

    Args:
        run: What the run's folder holds.
        sections: In their order.
    """
    title = _title(run)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", f"{title}{_accuracy_in_words(run)}"),
        element("style", Html(STYLE)),
    )
    main = [section.to_html(number) for number, section in enumerate(sections, 1)]
    body = element(
        "body",
        element("header", element("h1", title), *_result(run)),
        _contents(sections),
        element("main", joined(main, "\n")),
        element("footer", f"Made by jaxcnn {__version__} from the run's folder alone."),
    )
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


def _contents(sections: Sequence[Section]) -> Html:
    entries = [
        element("li", element("a", section.title, href=f"#{section.name}")) for section in sections
    ]
    heading = element("h2", "Contents", id="contents")
    return element("nav", heading, element("ol", *entries), aria_labelledby="contents")


MEANING = (
    "The interval is for the luck of which examples are in the test set: were it drawn anew many "
    "times, 95 of 100 such intervals would hold the share of all examples of this kind that the "
    "network gets right. It does not cover the luck of the seed; only training again with others "
    "shows that."
)


def _title(run: RunFolder) -> str:
    """What the page is about, in a line."""
    return f"{run.model} on {run.data}"


def _accuracy_in_words(run: RunFolder) -> str:
    """What a browser's tab says behind it."""
    accuracy = _number(run.result, "test_accuracy")
    return "" if accuracy is None else f": {accuracy:.2%} right"


def _result(run: RunFolder) -> tuple[Html, ...]:
    """The accuracy with its uncertainty, or that there is none."""
    accuracy = _number(run.result, "test_accuracy")
    if run.result.get("test_r2"):  # of a regression
        return (*_numbers(run), *_early(run.result), *_effort(run))
    if accuracy is None:
        none = f"There is no test result: the folder was saved without test images. {HOW_TO_KEEP}"
        return (element("p", none, class_="interval"),)
    return (
        element("p", f"{accuracy:.2%}", class_="result"),
        element("p", _uncertainty(run), class_="interval"),
        *_views(run.result),
        *_early(run.result),
        *_effort(run),
        element("p", MEANING, class_="note"),
    )


def _numbers(run: RunFolder) -> Iterator[Html]:
    """How well each number is predicted."""
    names = ("test_r2", "test_rmse", "test_rmse_interval", "test_mae", "test_mae_interval")
    examples = _number(run.result, "n_test")
    columns = zip(run.interface.class_names, *(run.result[name] for name in names), strict=True)
    for name, r2, rmse, (low, high), mae, (least, most) in columns:
        yield element("p", f"R² {r2:.4f}", class_="result")
        text = (
            f"of {name}: root mean squared error {rmse:.4g} (95 % interval {low:.4g} to "
            f"{high:.4g}), mean absolute error {mae:.4g} ({least:.4g} to {most:.4g})"
        )
        count = f", {examples:,.0f} test examples" if examples else ""
        yield element("p", f"{text}{count}.", class_="interval")


def _uncertainty(run: RunFolder) -> str:
    examples = _number(run.result, "n_test")
    interval = _interval(run.result, "test_accuracy")
    right = "had all their labels right" if run.is_multilabel else "were classified right"
    what = f"test {NOUNS[run.interface.kind]}s"
    text = f"of {examples:,.0f} {what} {right}" if examples else f"of the {what} {right}"
    if interval is None:
        return f"{text}."
    low, high = interval
    return f"{text} (95 % interval {low:.2%} to {high:.2%})."


def _views(result: Mapping[str, Any]) -> tuple[Html, ...]:
    accuracy = _number(result, "tta_accuracy")
    interval = _interval(result, "tta_accuracy")
    if accuracy is None or interval is None:
        return ()
    text = (
        f"Averaged over {result.get('tta')} views of each image: {accuracy:.2%} "
        f"({interval[0]:.2%} to {interval[1]:.2%})."
    )
    return (element("p", text, class_="interval"),)


def _early(result: Mapping[str, Any]) -> tuple[Html, ...]:
    epochs, restored = _number(result, "epochs"), _number(result, "restored_epoch")
    notes = []
    if result.get("interrupted") is True:
        notes.append("Training was interrupted before its end.")
    if epochs is not None and restored is not None and restored < epochs:
        notes.append(
            f"Early stopping went back from epoch {epochs:.0f} to the weights of {restored:.0f}."
        )
    return (element("p", " ".join(notes), class_="interval"),) if notes else ()


def _effort(run: RunFolder) -> tuple[Html, ...]:
    images = _number(run.config, "training_images")
    epochs, seconds = (_number(run.result, name) for name in ("epochs", "seconds_train"))
    if images is None or epochs is None or seconds is None:
        return ()
    many = "epoch" if epochs == 1 else "epochs"
    text = (
        f"Trained on {images:,.0f} {NOUNS[run.interface.kind]}s for {epochs:.0f} {many}, in "
        f"{seconds:,.0f} s of training."
    )
    return (element("p", text, class_="interval"),)


def _number(result: Mapping[str, Any], name: str) -> float | None:
    value = result.get(name)
    return value if isinstance(value, int | float) else None


def _interval(result: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    match result.get(f"{name}_interval"):
        case [int() | float() as low, int() | float() as high]:
            return low, high
        case _:
            return None
