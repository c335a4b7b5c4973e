"""The page's title, and below it the one number that is asked for first."""

from collections.abc import Mapping
from typing import Any

from jaxcnn.reports._html import Html, element
from jaxcnn.reports._run_folder import HOW_TO_KEEP, Material

MEANING = (
    "The interval is for the luck of which images are in the test set: were it drawn anew many "
    "times, 95 of 100 such intervals would hold the share of all images of this kind that the "
    "network gets right. It does not cover the luck of the seed; only training again with others "
    "shows that."
)


def what(material: Material) -> str:
    """What the page is about, in a line."""
    return f"{material.model} on {material.data}"


def accuracy_in_words(material: Material) -> str:
    """What a browser's tab says behind it."""
    accuracy = _number(material.result, "test_accuracy")
    return "" if accuracy is None else f": {accuracy:.2%} right"


def result(material: Material) -> tuple[Html, ...]:
    """The accuracy with its uncertainty, or that there is none."""
    accuracy = _number(material.result, "test_accuracy")
    if accuracy is None:
        none = f"There is no test result: the folder was saved without test images. {HOW_TO_KEEP}"
        return (element("p", none, class_="interval"),)
    return (
        element("p", f"{accuracy:.2%}", class_="result"),
        element("p", _uncertainty(material), class_="interval"),
        *_views(material.result),
        *_early(material.result),
        *_effort(material),
        element("p", MEANING, class_="note"),
    )


def _uncertainty(material: Material) -> str:
    examples = _number(material.result, "n_test")
    interval = _interval(material.result, "test_accuracy")
    right = "had all their labels right" if material.facts.multilabel else "were classified right"
    text = f"of {examples:,.0f} test images {right}" if examples else f"of the test images {right}"
    if interval is None:
        return f"{text}."
    low, high = interval
    return f"{text} (95 % interval {low:.2%} to {high:.2%})."


def _views(result: Mapping[str, Any]) -> tuple[Html, ...]:
    accuracy = _number(result, "test_views_accuracy")
    interval = _interval(result, "test_views_accuracy")
    if accuracy is None or interval is None:
        return ()
    text = (
        f"Averaged over {result.get('test_views')} views of each image: {accuracy:.2%} "
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


def _effort(material: Material) -> tuple[Html, ...]:
    images = _number(material.config, "training_images")
    epochs, seconds = (_number(material.result, name) for name in ("epochs", "seconds_train"))
    if images is None or epochs is None or seconds is None:
        return ()
    many = "epoch" if epochs == 1 else "epochs"
    text = (
        f"Trained on {images:,.0f} images for {epochs:.0f} {many}, in {seconds:,.0f} s of training."
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
