"""The top of the page: the title, and the result with its uncertainty."""

from collections.abc import Iterator, Mapping
from typing import Any

from jaxcnn._support.units import seconds_text
from jaxcnn.reports._html import Html, element
from jaxcnn.reports._run_folder import HOW_TO_SAVE, RunFolder, number_in

INTERVAL_NOTE = (
    "{intervals} chance in the choice of the test set: for many test sets drawn at random, 95 of "
    "100 such intervals would contain the {what} all examples of this kind{right}. Chance in the "
    "seed is not covered; only training again with other seeds shows it."
)
OF_ACCURACY = {
    "intervals": "The interval covers",
    "what": "share of",
    "right": " that the network gets right",
}
OF_ERRORS = {"intervals": "The intervals cover", "what": "error on", "right": ""}


def title_of(run: RunFolder) -> str:
    """Return the title of the page: the network and its data set."""
    return f"{run.model} on {run.data}"


def title_suffix(run: RunFolder) -> str:
    """Return what the browser's tab shows after the title: the accuracy or one R², if known."""
    accuracy = number_in(run.result, "test_accuracy")
    r2 = run.result.get("test_r2") or ()
    if len(r2) == 1:
        return f": R² {r2[0]:.3f}"
    return "" if accuracy is None else f": {accuracy:.2%} right"


def result_of(run: RunFolder) -> tuple[Html, ...]:
    """Make the top of the page: the accuracy or error with its uncertainty, if there is one."""
    accuracy = number_in(run.result, "test_accuracy")
    if run.result.get("test_r2"):  # of a regression
        return (
            *_regression_results(run),
            *_early_end_notes(run.result),
            *_training_notes(run),
            element("p", INTERVAL_NOTE.format(**OF_ERRORS), class_="note"),
        )
    if accuracy is None:
        none = f"There is no test result: the run was saved without test {run.noun}s. {HOW_TO_SAVE}"
        return (element("p", none, class_="interval"),)
    return (
        element("p", f"{accuracy:.2%}", class_="result"),
        element("p", _accuracy_sentence(run), class_="interval"),
        *_tta_notes(run.result),
        *_early_end_notes(run.result),
        *_training_notes(run),
        element("p", INTERVAL_NOTE.format(**OF_ACCURACY), class_="note"),
    )


MAX_LARGE_RESULTS = 3
"""The largest number of predicted numbers whose scores all stand at the top of the page."""


def _regression_results(run: RunFolder) -> Iterator[Html]:
    """Make the scores of each predicted number of a regression; for many, only their range."""
    scores = run.result["test_r2"]
    if len(scores) > MAX_LARGE_RESULTS:
        yield element("p", f"R² {min(scores):.4f} to {max(scores):.4f}", class_="result")
        text = f"of {len(scores)} predicted numbers; the first section has the errors of each."
        yield element("p", text, class_="interval")
        return
    names = ("test_r2", "test_rmse", "test_rmse_interval", "test_mae", "test_mae_interval")
    examples = number_in(run.result, "n_test")
    columns = zip(run.interface.class_names, *(run.result[name] for name in names), strict=True)
    for name, r2, rmse, (low, high), mae, (least, most) in columns:
        yield element("p", f"R² {r2:.4f}", class_="result")
        text = (
            f"of {name}: root mean squared error {rmse:.4g} (95% interval {low:.4g} to "
            f"{high:.4g}), mean absolute error {mae:.4g} ({least:.4g} to {most:.4g})"
        )
        count = f", {examples:,.0f} test examples" if examples else ""
        yield element("p", f"{text}{count}.", class_="interval")


def _accuracy_sentence(run: RunFolder) -> str:
    examples = number_in(run.result, "n_test")
    interval = _interval(run.result, "test_accuracy")
    right = "had all their labels right" if run.is_multilabel else "were classified right"
    what = f"test {run.noun}s"
    text = f"of {examples:,.0f} {what} {right}" if examples else f"of the {what} {right}"
    if interval is None:
        return f"{text}."
    low, high = interval
    return f"{text} (95% interval {low:.2%} to {high:.2%})."


def _tta_notes(result: Mapping[str, Any]) -> tuple[Html, ...]:
    accuracy = number_in(result, "tta_accuracy")
    interval = _interval(result, "tta_accuracy")
    if accuracy is None or interval is None:
        return ()
    text = (
        f"Averaged over {result.get('tta')} views of each image: {accuracy:.2%} "
        f"({interval[0]:.2%} to {interval[1]:.2%})."
    )
    return (element("p", text, class_="interval"),)


def _early_end_notes(result: Mapping[str, Any]) -> tuple[Html, ...]:
    epochs, restored = number_in(result, "epochs"), number_in(result, "restored_epoch")
    notes = []
    if result.get("interrupted") is True:
        notes.append("Training was interrupted before its end.")
    stopped = _stopped(result)
    if stopped is not None:
        notes.append(f"Training was ended before its last epoch by {stopped}.")
    if epochs is not None and restored is not None and restored < epochs:
        notes.append(
            f"Early stopping restored the weights of epoch {restored:.0f} of {epochs:.0f}."
        )
    return (element("p", " ".join(notes), class_="interval"),) if notes else ()


def _training_notes(run: RunFolder) -> tuple[Html, ...]:
    images = number_in(run.config, "training_images")
    epochs, seconds = (number_in(run.result, name) for name in ("epochs", "seconds_train"))
    if images is None or epochs is None or seconds is None:
        return ()
    unit = "epoch" if epochs == 1 else "epochs"
    trained = f"Trained on {images:,.0f} {run.noun}s for {epochs:.0f} {unit}"
    seen = number_in(run.result, "images_seen")
    if seen and images and _has_early_end(run.result):  # the last of the epochs is not complete
        trained = (
            f"Trained for {seen / images:.3g} epochs of {images:,.0f} {run.noun}s "
            f"({seen:,.0f} {run.noun}s)"
        )
    text = f"{trained}, which took {seconds_text(seconds)} s."
    return (element("p", text, class_="interval"),)


def _has_early_end(result: Mapping[str, Any]) -> bool:
    """Return whether Ctrl-C, a limit or the caller ended the training, possibly in an epoch."""
    return result.get("interrupted") is True or _stopped(result) is not None


def _stopped(result: Mapping[str, Any]) -> str | None:
    """Return what ended the training early, unless it was early stopping."""
    stopped = result.get("stopped")
    return stopped if isinstance(stopped, str) and stopped != "early_stopping" else None


def _interval(result: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    match result.get(f"{name}_interval"):
        case [int() | float() as low, int() | float() as high]:
            return low, high
        case _:
            return None
