"""Sections about the training: settings, curves, and norms of gradients and updates."""

from collections.abc import Iterator, Mapping
from typing import Any

from jaxcnn.explain import layer_names, plot_curves, plot_recorded_norms
from jaxcnn.reports._html import Content, Html, MissingError, definitions, element
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder, augmentation_of
from jaxcnn.reports._run_pictures import held_out_name
from jaxcnn.runs import flat


def settings(run: RunFolder) -> Content:
    """List the options of the run, then its duration, device and versions."""
    if not run.config and not run.result:
        raise MissingError("the folder has neither a config.json nor a result.json.")
    return Content(
        "Everything that decides the result: with the same settings, versions and number of "
        "devices, training gives the same network.",
        (*_configuration(run), *_machine(run)),
    )


def _configuration(run: RunFolder) -> Iterator[Html]:
    config, augmentation = run.config, augmentation_of(run.config)
    # `tx` only says that the optimizer is not the default; experiments name it.
    elsewhere = {"augmentation", *(["tx"] if "optimizer" in config else [])}
    entries = dict(flat({key: value for key, value in config.items() if key not in elsewhere}))
    used = {name: value for name, value in entries.items() if name == "seed" or not _is_off(value)}
    if augmentation is not None:
        parts = (
            f"{setting_in_words(name)} {setting_text(value)}"
            for name, value in augmentation.items()
        )
        used["augmentation"] = ", ".join(parts) or "none"
    off = [setting_in_words(name) for name in config if name in entries and name not in used]
    yield element("h3", "Options")
    words = {name: setting_in_words(name) for name in used}
    words["training_images"] = f"training {run.noun}s"
    yield definitions((words[name], setting_text(value)) for name, value in used.items())
    if off:
        yield element("p", f"Off, or at the default: {', '.join(off)}.", class_="lead")


def _machine(run: RunFolder) -> Iterator[Html]:
    result = run.result
    names = {
        "epochs": "epochs",
        "steps": "steps",
        "seconds_compile": "seconds of compiling",
        "seconds_train": "seconds of training",
        "images_per_second": f"training {run.noun}s per second",
        "test_loss": f"loss on the test {run.noun}s",
    }
    found = [(words, setting_text(result[name])) for name, words in names.items() if name in result]
    for part in ("device", "versions"):
        if isinstance(result.get(part), dict):
            found += [
                (setting_in_words(name), setting_text(value))
                for name, value in result[part].items()
            ]
    if found:
        yield element("h3", "Duration, device and versions")
        yield definitions(found)


def _is_off(value: Any) -> bool:
    return value is None or value is False or value == 0 or value == "none"


def setting_in_words(name: str) -> str:
    """Return the name of a setting for people, such as ``augmentation: flip``."""
    return name.replace("_", " ").replace(".", ": ")


def setting_text(value: Any) -> str:
    """Return the value of a setting for people: numbers with four digits, yes or no."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        case list():
            return ", ".join(map(setting_text, value))
        case _:
            return str(value)


CURVES = (
    "An epoch is one pass over the training examples. The loss measures the errors that training "
    "reduces. "
)
ACCURACY = "The accuracy is the share of examples whose most probable class is right. "
MULTILABEL_ACCURACY = (
    "The accuracy is the share of examples with all labels right, where a label is predicted if "
    "its probability is at least 50%. "
)
VALIDATION = (
    "The solid line shows {held_out} examples, which were not trained on: where it is worse than "
    "the dashed line, the network has memorized training examples in ways that do not generalize "
    "(it overfits)."
)
REQUIRED = ("epoch", "train_loss")


def whole_epochs(run: RunFolder) -> list[Mapping[str, Any]]:
    """Return the metrics of the epochs that have what curves show."""
    return [logs for logs in run.history if all(logs.get(key) is not None for key in REQUIRED)]


def curves(run: RunFolder) -> Content:
    """Plot the loss, the accuracy of classes, and the learning rate against the epoch."""
    epochs = whole_epochs(run)
    if not epochs:
        raise MissingError("the folder has no metrics of a whole epoch (metrics.jsonl).")
    held_out = held_out_name(run.config)
    figure = plot_curves(epochs, title=f"{run.model} on {run.data}", held_out=held_out)
    accuracy = ""
    if run.interface.task.has_classes:
        accuracy = ACCURACY if run.is_single_label else MULTILABEL_ACCURACY
    return Content(
        CURVES + accuracy + VALIDATION.format(held_out=held_out),
        (plot(figure, _curves_alt(epochs, held_out)), *_curves_note(run)),
    )


def _curves_alt(epochs: list[Mapping[str, Any]], held_out: str) -> str:
    first, last = epochs[0], epochs[-1]
    text = (
        f"Curves over {len(epochs)} epochs. Training loss from {first['train_loss']:.3g} to "
        f"{last['train_loss']:.3g}"
    )
    losses = [logs["validation_loss"] for logs in epochs if logs.get("validation_loss") is not None]
    if losses:
        text += f", {held_out} loss from {losses[0]:.3g} to {losses[-1]:.3g}"
    for name in ("train_accuracy", "validation_accuracy"):
        known = [logs[name] for logs in epochs if logs.get(name) is not None]
        if known:
            words = name.replace("train_", "training ").replace("validation_", f"{held_out} ")
            text += f", {words} from {known[0]:.1%} to {known[-1]:.1%}"
    return f"{text}."


def _curves_note(run: RunFolder) -> tuple[Html, ...]:
    reasons = []
    if run.config.get("label_smoothing"):
        reasons.append("with smoothed labels, which no network can match exactly")
    if augmentation_of(run.config):
        reasons.append(f"on {run.noun}s that are changed at random (see the settings)")
    if not reasons:
        return ()
    measured = "loss and accuracy are" if run.interface.task.has_classes else "loss is"
    text = (
        f"Training {measured} measured while the network learns, "
        f"{', and '.join(reasons)}: the network can seem to be better on {run.noun}s that it was "
        "not trained on."
    )
    return (element("p", text),)


NORMS = (
    "A gradient says how the loss changes with a layer's weights, and an update is what training "
    "then adds to the weights. A layer whose gradients are thousands of times smaller than those "
    "of other layers hardly learns; a layer whose updates grow without end is about to diverge."
)


def norms(run: RunFolder) -> Content:
    """Plot the norms of each layer's gradients and updates against the epoch."""
    kinds = ("gradient_norms", "update_norms")
    epochs = [logs for logs in run.history if all(logs.get(kind) for kind in kinds)]
    if not epochs:
        raise MissingError(
            "the norms were not recorded; fit(log_norms=True) or --log-norms records them."
        )
    layers = () if run.loaded_network is None else layer_names(run.loaded_network)
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
