"""Sections about how the runs were trained: settings that differ, curves, sizes and times."""

from collections.abc import Mapping
from typing import Any

from jaxcnn._support.units import bytes_text, seconds_text, short
from jaxcnn.explain import plot_compared_curves
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports._run_pictures import held_out_name
from jaxcnn.reports._training import setting_in_words, setting_text, whole_epochs
from jaxcnn.reports.comparison._compare import Compared
from jaxcnn.reports.comparison._results import ComparedRun
from jaxcnn.runs import flat

SETTINGS = (
    "Only settings that differ are listed. If the runs differ in several of them, the comparison "
    "does not tell which one makes the difference."
)
NONE = "–"


def settings(compared: Compared) -> Content:
    """List the settings, versions and devices that differ, one column per run."""
    options = [_options(run) for run in compared.folders]
    machines = [_machine(run) for run in compared.folders]
    parts = []
    for caption, found in (("Options", options), ("Versions and devices", machines)):
        rows = _differing(found)
        if rows:
            head = ("setting", *compared.names)
            parts.append(table(head, rows, caption=caption, texts=len(head)))
        else:
            parts.append(element("p", f"{caption}: no difference."))
    return Content(SETTINGS, tuple(parts))


def _options(run: RunFolder) -> dict[str, Any]:
    return dict(flat(run.config))


def _machine(run: RunFolder) -> dict[str, Any]:
    parts = {name: run.result[name] for name in ("versions", "device") if name in run.result}
    return dict(flat(parts))


def _differing(found: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the names with different values, in the order of the first mapping that has them."""
    names = dict.fromkeys(name for each in found for name in each)
    rows = []
    for name in names:
        values = [_text(each, name) for each in found]
        if len({*values}) > 1:
            rows.append((setting_in_words(name), *values))
    return rows


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return NONE if value is None else setting_text(value)


CURVES = (
    "An epoch is one pass over the training {noun}s. A dashed line shows these, and the solid line "
    "of the same color {noun}s that the network was not trained on. Where the solid line is worse, "
    "the network has memorized training {noun}s in ways that do not generalize (it overfits). The "
    "dashed line is measured while the network learns, and if the settings say so, with smoothed "
    "labels and on {noun}s that are changed at random. So a network can seem to be better on "
    "{noun}s that it was not trained on."
)


def curves(compared: Compared) -> Content:
    """Plot the loss and the accuracy of all runs in one figure."""
    if not any(map(whole_epochs, compared.folders)):
        raise MissingError("no folder has metrics of a whole epoch (metrics.jsonl).")
    histories = {
        name: run.history for name, run in zip(compared.names, compared.folders, strict=True)
    }
    held_out = {held_out_name(run.config) for run in compared.folders}
    words = held_out.pop() if len(held_out) == 1 else "held-out"
    figure = plot_compared_curves(histories, title="Training curves", held_out=words)
    return Content(CURVES.format(noun=compared.noun), (plot(figure, _alt(histories)),))


def _alt(histories: Mapping[str, Any]) -> str:
    ends = []
    for name, history in histories.items():
        last = history[-1] if history else {}
        known = {
            words: last.get(key)
            for key, words in (
                ("train_loss", "training loss"),
                ("validation_loss", "held-out loss"),
                ("validation_accuracy", "held-out accuracy"),
            )
        }
        numbers = [f"{words} {value:.3g}" for words, value in known.items() if value is not None]
        ends.append(f"{name} after {len(history)} epochs: {', '.join(numbers) or 'nothing known'}")
    return f"Loss and accuracy of each run against the epoch. {'; '.join(ends)}."


SIZES = (
    "Parameters are the numbers that training adjusts. MACs are the multiplications, each with an "
    "addition, for one input: how much a prediction costs. Times of training are comparable only "
    "if the device and its load were the same."
)


def sizes(compared: Compared) -> Content:
    """List the parameters, bytes, MACs and times of each run."""
    runs = compared.numbers.runs
    rows = [
        (words, *(_cell(run, attribute) for run in runs))
        for attribute, words in SIZE_ROWS.items()
        if any(getattr(run, attribute) is not None for run in runs)
    ]
    head = ("quantity", *compared.names)
    parts: list[Html] = [table(head, rows, caption="Sizes and times")]
    if any(run.parameters is None for run in runs):
        parts.append(element("p", "The sizes of custom modules are not known."))
    return Content(SIZES, tuple(parts))


SIZE_ROWS = {
    "model": "network",
    "parameters": "parameters",
    "weight_bytes": "size of the weights",
    "macs": "MACs per input",
    "epochs": "epochs",
    "seconds": "seconds of training",
    "examples_per_second": "training examples per second",
    "test_loss": "loss on the test set",
}


def _cell(run: ComparedRun, attribute: str) -> str:
    value = getattr(run, attribute)
    match attribute, value:
        case _, None:
            return NONE
        case "model", _:
            return value
        case "weight_bytes", _:
            return bytes_text(value)
        case "macs", _:
            return short(value)
        case "seconds", _:
            return seconds_text(value)
        case "examples_per_second", _:
            return setting_text(value)  # as on the page of one run
        case "test_loss", _:
            return f"{value:.4f}"
        case _:
            return f"{value:,}"
