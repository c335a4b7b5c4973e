"""How training went, epoch by epoch."""

from collections.abc import Mapping
from typing import Any

from jaxcnn.explain import plot_curves
from jaxcnn.reports._augmentation import augmentation_of
from jaxcnn.reports._html import Html, element
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import MissingError, Section

TITLE = "Training, epoch by epoch"
LEAD = (
    "An epoch is one pass over the training images. The loss is what training makes smaller; "
    "accuracy is the share of images whose most probable class is right. The solid line is of "
    "images that were not trained on: where it stays behind the dashed one, the network has "
    "learned things by heart that do not hold for other images."
)
NEEDED = ("epoch", "train_loss", "train_accuracy")


def curves(material: Material) -> Section:
    """Loss, accuracy and learning rate."""
    epochs = [logs for logs in material.history if all(logs.get(key) is not None for key in NEEDED)]
    if not epochs:
        raise MissingError("the folder has the numbers of no whole epoch (metrics.jsonl).")
    figure = plot_curves(epochs, title=f"{material.model} on {material.data}")
    return Section(TITLE, LEAD, (plot(figure, _alt(epochs)), *_note(material)))


def _alt(epochs: list[Mapping[str, Any]]) -> str:
    first, last = epochs[0], epochs[-1]
    text = (
        f"Curves over {len(epochs)} epochs. Training loss from {first['train_loss']:.3g} to "
        f"{last['train_loss']:.3g}, training accuracy from {first['train_accuracy']:.1%} to "
        f"{last['train_accuracy']:.1%}"
    )
    known = [logs for logs in epochs if logs.get("validation_accuracy") is not None]
    if known:
        text += (
            f", validation accuracy from {known[0]['validation_accuracy']:.1%} to "
            f"{known[-1]['validation_accuracy']:.1%}"
        )
    return f"{text}."


def _note(material: Material) -> tuple[Html, ...]:
    smoothing = material.config.get("label_smoothing")
    reasons = []
    if smoothing:
        reasons.append("with smoothed labels, which no network can match exactly")
    if augmentation_of(material.config):
        reasons.append("on images that are changed at random (see the settings)")
    if not reasons:
        return ()
    text = (
        "Loss and accuracy of training are taken while the network learns, "
        f"{', and '.join(reasons)}: it may seem to do better on images that it was not trained on."
    )
    return (element("p", text),)
