"""Training: what the run was asked to do, what it ran on, and how it went."""

from collections.abc import Iterator, Mapping
from typing import Any

from jaxcnn.explain import layer_names, plot_curves, plot_recorded_norms
from jaxcnn.reports._html import Content, Html, MissingError, definitions, element
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder, augmentation_of
from jaxcnn.runs import flat


def settings(run: RunFolder) -> Content:
    """The configuration as a table; then time, device and versions."""
    if not run.config and not run.result:
        raise MissingError("the folder has neither a config.json nor a result.json.")
    return Content(
        "Everything that decides what the run does: with the same settings, versions and number "
        "of devices it gives the same network.",
        (*_configuration(run.config), *_machine(run.result)),
    )


def _configuration(config: Mapping[str, Any]) -> Iterator[Html]:
    augmentation = augmentation_of(config)
    entries = dict(flat({key: value for key, value in config.items() if key != "augmentation"}))
    used = {name: value for name, value in entries.items() if name == "seed" or not _is_off(value)}
    if augmentation is not None:
        parts = (f"{_spoken(name)} {_shown(value)}" for name, value in augmentation.items())
        used["augmentation"] = ", ".join(parts) or "none"
    off = [_spoken(name) for name in config if name in entries and name not in used]
    yield element("h3", "What was asked for")
    yield definitions((_spoken(name), _shown(value)) for name, value in used.items())
    if off:
        yield element("p", f"Off, or left to its default: {', '.join(off)}.", class_="lead")


def _machine(result: Mapping[str, Any]) -> Iterator[Html]:
    timed = {
        "epochs": "epochs",
        "steps": "steps",
        "seconds_compile": "seconds of compiling",
        "seconds_train": "seconds of training",
        "images_per_second": "training images a second",
        "test_loss": "loss of the test images",
    }
    found = [(word, _shown(result[name])) for name, word in timed.items() if name in result]
    for part in ("device", "versions"):
        if isinstance(result.get(part), dict):
            found += [(_spoken(name), _shown(value)) for name, value in result[part].items()]
    if found:
        yield element("h3", "What it took, and on what")
        yield definitions(found)


def _is_off(value: Any) -> bool:
    return value is None or value is False or value == 0 or value == "none"


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ")


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        case list():
            return ", ".join(map(_shown, value))
        case _:
            return str(value)


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
        raise MissingError(
            "the norms were not recorded; fit(log_norms=True) or --log-norms does so."
        )
    layers = () if run.saved is None else layer_names(run.saved)
    figure = plot_recorded_norms(epochs, layers=layers, title=f"{run.model} on {run.data}")
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
