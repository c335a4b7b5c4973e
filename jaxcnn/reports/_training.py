"""How training went: curves, and norms of gradients and updates."""

from collections.abc import Mapping
from typing import Any

from jaxcnn.explain import layer_names, plot_curves, plot_norms
from jaxcnn.reports._html import Content, Html, MissingError, element
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder, augmentation_of

CURVES = (
    "An epoch is one pass over the training examples. The loss is what training makes smaller. "
)
ACCURACY = "Accuracy is the share of examples whose most probable class is right. "
VALIDATION = (
    "The solid line is of examples that were not trained on: where it stays behind the dashed "
    "one, the network has learned things by heart that do not hold for others."
)
NEEDED = ("epoch", "train_loss")


def curves(run: RunFolder) -> Content:
    """Loss, accuracy and learning rate."""
    epochs = [logs for logs in run.history if all(logs.get(key) is not None for key in NEEDED)]
    if not epochs:
        raise MissingError("the folder has the numbers of no whole epoch (metrics.jsonl).")
    figure = plot_curves(epochs, title=f"{run.model} on {run.data}")
    lead = CURVES + ACCURACY * run.interface.task.has_classes + VALIDATION
    return Content(lead, (plot(figure, _curves_alt(epochs)), *_curves_note(run)))


def _curves_alt(epochs: list[Mapping[str, Any]]) -> str:
    first, last = epochs[0], epochs[-1]
    text = (
        f"Curves over {len(epochs)} epochs. Training loss from {first['train_loss']:.3g} to "
        f"{last['train_loss']:.3g}"
    )
    for name in ("train_accuracy", "validation_accuracy"):
        known = [logs[name] for logs in epochs if logs.get(name) is not None]
        if known:
            words = name.replace("train_", "training_").replace("_", " ")
            text += f", {words} from {known[0]:.1%} to {known[-1]:.1%}"
    return f"{text}."


def _curves_note(run: RunFolder) -> tuple[Html, ...]:
    smoothing = run.config.get("label_smoothing")
    reasons = []
    if smoothing:
        reasons.append("with smoothed labels, which no network can match exactly")
    if augmentation_of(run.config):
        reasons.append("on images that are changed at random (see the settings)")
    if not reasons:
        return ()
    text = (
        "Loss and accuracy of training are taken while the network learns, "
        f"{', and '.join(reasons)}: it may seem to do better on images that it was not trained on."
    )
    return (element("p", text),)


NORMS = (
    "A gradient says how the loss changes with a layer's weights, and an update is what training "
    "then adds to them. A layer whose gradients are thousands of times smaller than those of the "
    "others hardly learns; one whose updates grow without end is about to diverge."
)


def norms(run: RunFolder) -> Content:
    """The norms of both against the epoch."""
    kinds = ("gradient_norms", "update_norms")
    epochs = [logs for logs in run.history if all(logs.get(kind) for kind in kinds)]
    if not epochs:
        raise MissingError("the norms were not recorded; fit(norms=True) or --norms does so.")
    layers = () if run.saved is None else layer_names(run.saved)
    figure = plot_norms(epochs, layers=layers, title=f"{run.model} on {run.data}")
    return Content(NORMS, (plot(figure, _norms_alt(epochs[-1])),))


def _norms_alt(last: Mapping[str, Any]) -> str:
    sizes = {name: size for name, size in last["gradient_norms"].items() if size is not None}
    if not sizes:
        return "Norms of gradients and updates; in the last epoch none was finite."
    largest, smallest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    return (
        f"Norms of the gradients and updates of {len(sizes)} layers. In the last epoch the "
        f"largest gradient is that of {largest} ({sizes[largest]:.2g}), the smallest that of "
        f"{smallest} ({sizes[smallest]:.2g})."
    )
