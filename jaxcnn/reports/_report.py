"""`report`: write an HTML page about a run, with its result on top."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn._version import __version__
from jaxcnn.layers import Layer
from jaxcnn.reports._attributions import attributions, evidence
from jaxcnn.reports._feature_maps import maps
from jaxcnn.reports._guesses import guesses
from jaxcnn.reports._html import Content, Html, MissingError, Section, element, joined, missing
from jaxcnn.reports._neighbors import neighbors
from jaxcnn.reports._network import architecture, filters, weights
from jaxcnn.reports._performance import calibration, confusion, on_changed_images, scores
from jaxcnn.reports._run_folder import HOW_TO_SAVE, RunFolder, read_run_folder
from jaxcnn.reports._style import STYLE
from jaxcnn.reports._training import curves, norms, settings

FILE = "report.html"

SECTIONS: dict[str, tuple[str, Callable[[RunFolder], Content]]] = {
    "guesses": ("Right and wrong predictions", guesses),
    "confusion": ("Confusion matrix", confusion),
    "scores": ("Precision and recall of each class", scores),
    "calibration": ("Calibration: can its probabilities be trusted?", calibration),
    "robustness": ("Shifted, rotated and gray images", on_changed_images),
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


def report(
    folder: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    progress: bool = False,
) -> Path:
    """Write an HTML report of a saved run: one file without scripts or links to other files.

    The report shows what was trained and how well it works, its mistakes and how far its
    probabilities can be trusted, which pixels its answers depend on, and what its layers compute.
    Everything comes from the run's folder. A section whose data are not in the folder, for example
    because the run was saved without a test set, says what is missing.

    Args:
        folder: The folder of a saved run.
        out: The file to write. None: ``report.html`` in the folder.
        model: For a network that was trained from a custom `nnx.Module`, a module of the same
            structure.
        layers: Custom layer classes that the architecture uses.
        progress: Whether to print a line on standard error when each section starts.

    Returns:
        The file. It opens in any browser and can be sent to others: class names and other texts of
        the run are escaped, so that none of them can run as code.

    Raises:
        FileNotFoundError: If `folder` has no run, or the folder of `out` does not exist.
        ImportError: If matplotlib is missing.
        OSError: If the file cannot be written.
        ValueError: If a file in the folder is damaged, or belongs to another run.

    Example::

        run.save("runs/mine", test=data.test)
        jaxcnn.report("runs/mine")      # runs/mine/report.html
    """
    run = read_run_folder(folder, model, layers)
    path = run.folder / FILE if out is None else Path(out).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"out: expected a file to write, got the folder {path}")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"out: expected a file in an existing folder, got {path} (there is no folder "
            f"{path.parent})"
        )
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


# With this policy, a browser opens no connection and runs no code for the page.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(run: RunFolder, sections: Sequence[Section]) -> str:
    """Make the HTML text of the page.

    Args:
        run: The content of the run's folder.
        sections: The sections, in their order.
    """
    title = _title(run)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", f"{title}{_title_suffix(run)}"),
        element("style", Html(STYLE)),
    )
    main = [section.to_html(number) for number, section in enumerate(sections, 1)]
    body = element(
        "body",
        element("header", element("h1", title), *_result(run)),
        _contents(sections),
        element("main", joined(main, "\n")),
        element("footer", f"Made by jaxcnn {__version__} from the run's folder."),
    )
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


def _contents(sections: Sequence[Section]) -> Html:
    entries = [
        element("li", element("a", section.title, href=f"#{section.name}")) for section in sections
    ]
    heading = element("h2", "Contents", id="contents")
    return element("nav", heading, element("ol", *entries), aria_labelledby="contents")


INTERVAL_NOTE = (
    "The interval covers chance in the choice of the test set: for many test sets drawn at random, "
    "95 of 100 such intervals would contain the share of all examples of this kind that the "
    "network gets right. It does not cover chance in the seed; only training again with other "
    "seeds shows that."
)


def _title(run: RunFolder) -> str:
    """Return the title of the page: the network and its data set."""
    return f"{run.model} on {run.data}"


def _title_suffix(run: RunFolder) -> str:
    """Return what the browser's tab shows after the title: the accuracy, if there is one."""
    accuracy = _number(run.result, "test_accuracy")
    return "" if accuracy is None else f": {accuracy:.2%} right"


def _result(run: RunFolder) -> tuple[Html, ...]:
    """Make the top of the page: the accuracy or error with its uncertainty, if there is one."""
    accuracy = _number(run.result, "test_accuracy")
    if run.result.get("test_r2"):  # of a regression
        return (*_regression_results(run), *_early_end_notes(run.result), *_training_notes(run))
    if accuracy is None:
        none = f"There is no test result: the run was saved without test {run.noun}s. {HOW_TO_SAVE}"
        return (element("p", none, class_="interval"),)
    return (
        element("p", f"{accuracy:.2%}", class_="result"),
        element("p", _accuracy_sentence(run), class_="interval"),
        *_tta_notes(run.result),
        *_early_end_notes(run.result),
        *_training_notes(run),
        element("p", INTERVAL_NOTE, class_="note"),
    )


def _regression_results(run: RunFolder) -> Iterator[Html]:
    """Make the scores of each predicted number of a regression."""
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


def _accuracy_sentence(run: RunFolder) -> str:
    examples = _number(run.result, "n_test")
    interval = _interval(run.result, "test_accuracy")
    right = "had all their labels right" if run.is_multilabel else "were classified right"
    what = f"test {run.noun}s"
    text = f"of {examples:,.0f} {what} {right}" if examples else f"of the {what} {right}"
    if interval is None:
        return f"{text}."
    low, high = interval
    return f"{text} (95 % interval {low:.2%} to {high:.2%})."


def _tta_notes(result: Mapping[str, Any]) -> tuple[Html, ...]:
    accuracy = _number(result, "tta_accuracy")
    interval = _interval(result, "tta_accuracy")
    if accuracy is None or interval is None:
        return ()
    text = (
        f"Averaged over {result.get('tta')} views of each image: {accuracy:.2%} "
        f"({interval[0]:.2%} to {interval[1]:.2%})."
    )
    return (element("p", text, class_="interval"),)


def _early_end_notes(result: Mapping[str, Any]) -> tuple[Html, ...]:
    epochs, restored = _number(result, "epochs"), _number(result, "restored_epoch")
    notes = []
    if result.get("interrupted") is True:
        notes.append("Training was interrupted before its end.")
    if epochs is not None and restored is not None and restored < epochs:
        notes.append(
            f"Early stopping restored the weights of epoch {restored:.0f} of {epochs:.0f}."
        )
    return (element("p", " ".join(notes), class_="interval"),) if notes else ()


def _training_notes(run: RunFolder) -> tuple[Html, ...]:
    images = _number(run.config, "training_images")
    epochs, seconds = (_number(run.result, name) for name in ("epochs", "seconds_train"))
    if images is None or epochs is None or seconds is None:
        return ()
    unit = "epoch" if epochs == 1 else "epochs"
    text = (
        f"Trained on {images:,.0f} {run.noun}s for {epochs:.0f} {unit}, which took "
        f"{seconds:,.0f} s."
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
