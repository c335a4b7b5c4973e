"""The model card of a run: ``README.md`` with the metadata by which the hub finds networks."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jaxcnn import functional as F
from jaxcnn._support.extras import import_extra
from jaxcnn._support.texts import readable
from jaxcnn._support.units import sides
from jaxcnn.architecture import to_json
from jaxcnn.hub._card_input import input_section
from jaxcnn.inference import Network
from jaxcnn.layers import LAYERS, Layer
from jaxcnn.runs import LIBRARY, Run

HUB_DATASETS = {
    "CIFAR-10": "uoft-cs/cifar10",
    "CIFAR-100": "uoft-cs/cifar100",
    "MNIST": "ylecun/mnist",
    "Fashion-MNIST": "zalando-datasets/fashion_mnist",
}
"""Published data sets by their names here, and on the hub."""

MAX_CLASSES = 30
"""Classes that a card names; all are in the config."""

_PIPELINES = {"images": "image-classification", "tokens": "text-classification"}
_METRICS = {"test_accuracy": "accuracy", "test_macro_f1": "f1", "test_roc_auc": "roc_auc"}
"""Results that the hub shows beside a network, and its names for them."""

_TITLES = {
    "test_accuracy": "accuracy",
    "tta_accuracy": "accuracy with test-time augmentation",
    "test_loss": "loss",
    "test_balanced_accuracy": "balanced accuracy",
    "test_macro_f1": "macro F1",
    "test_micro_f1": "micro F1",
    "test_mean_average_precision": "mean average precision",
    "test_matthews_corrcoef": "Matthews correlation",
    "test_roc_auc": "area under the ROC curve",
    "test_brier_score": "Brier score",
}
_TITLES_OF_NUMBERS = {"test_rmse": "RMSE", "test_mae": "MAE", "test_r2": "R²"}
_PERCENT = ("test_accuracy", "tta_accuracy", "test_balanced_accuracy")


class About(NamedTuple):
    """Facts about a network that only the publisher knows.

    Attributes:
        name: The repository, such as ``"user/name"``.
        license: Identifier of the license, such as ``"mit"``.
        dataset: The data set of the training on the hub, such as ``"user/data"``; None: none.
    """

    name: str
    license: str
    dataset: str | None = None


def model_card(run: Run, about: About) -> str:
    """Write the model card of a run.

    Args:
        run: The run.
        about: Its name, license and data set.

    Returns:
        Markdown, after a block of YAML.
    """
    title = about.name.partition("/")[2]
    metadata = _metadata(run, about, title)
    return f"---\n{metadata}\n---\n\n" + "\n\n".join([f"# {title}", *_sections(run, about)]) + "\n"


def _metadata(run: Run, about: About, title: str) -> str:
    hub, network = import_extra("huggingface_hub"), run.network
    pipeline = _PIPELINES.get(network.kind) if network.task.has_classes else None
    dataset = about.dataset or HUB_DATASETS.get(_data_name(run) or "")
    metrics = {name: run.result[name] for name in _METRICS if run.result.get(name) is not None}
    results = [
        hub.EvalResult(
            task_type=pipeline or "other",
            dataset_type=dataset or _slug(_data_name(run) or "unknown"),
            dataset_name=_data_name(run) or "unknown",
            dataset_split="test",
            metric_type=_METRICS[name],
            metric_name=_TITLES[name],
            metric_value=value,
        )
        for name, value in metrics.items()
    ]
    card = hub.ModelCardData(
        license=about.license,
        library_name=LIBRARY,
        pipeline_tag=pipeline,
        tags=["jax", "flax", *([] if pipeline else [network.kind])],
        datasets=[dataset] if dataset else None,
        metrics=[_METRICS[name] for name in metrics] or None,
        base_model=None if network.origin is None else network.origin.repository,
        model_name=title,
        eval_results=results or None,
    )
    return card.to_yaml()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unknown"


def _data_name(run: Run) -> str | None:
    found = run.result.get("dataset") or run.settings.get("training_set")
    return found if isinstance(found, str) else None


def _sections(run: Run, about: About) -> Iterator[str]:
    network = run.network
    yield _summary(network)
    yield f"## How to use\n\n{_usage(network, about.name)}"
    yield f"## Results\n\n{_results(run)}"
    yield f"## Training\n\n{_training(run, about)}"
    yield f"## Input\n\n{input_section(network, run.settings)}"
    yield f"## {network.task.outputs_in_words.capitalize()}\n\n{_classes(network)}"
    if network.task.has_classes:
        yield (
            "## Limits\n\nThese classes are all that the network knows: any other input gets one "
            "of them, too. On inputs unlike those of the training, it is less accurate than above."
        )


def _summary(network: Network) -> str:
    count, outputs = len(network.class_names), network.task.outputs_in_words
    parameters = F.count_parameters(network.variables.params)
    return (
        f"A convolutional network with {parameters:,} parameters, from {network.kind} of shape "
        f"{sides(network.input_shape)} to {count:,} {outputs}. It is in the format of jaxcnn: the "
        "layers and all else that a prediction needs are in `config.json`, and the weights in "
        "`model.safetensors`."
    )


def _usage(network: Network, name: str) -> str:
    """Return the lines that load the network and predict with it, in a shell and in Python."""
    address, code = f"hf://{name}", _code_needed(network)
    takes_pictures = network.kind == "images" and network.input_shape[-1] in (1, 3)
    inputs = "images" if network.kind == "images" else "inputs"
    call = 'classify("photo.jpg")' if takes_pictures else f"predict({inputs})"
    shell = ['pip install "jaxcnn[hub]"']
    if takes_pictures and code is None:
        shell.append(f"jaxcnn predict {address} photo.jpg")
    option, comment = ("", []) if code is None else (f", {code.option}", [f"# {code.comment}"])
    load = f'run = jaxcnn.load("{address}"{option})'
    python = ["import jaxcnn", "", *comment, load, f"print(run.{call})"]
    return "\n".join(["```", *shell, "```", "", "```python", *python, "```"])


class _Code(NamedTuple):
    """Code that a network needs, and that no repository has: an option of `load`, and a comment."""

    option: str
    comment: str


def _code_needed(network: Network) -> _Code | None:
    if network.architecture is None:
        return _Code("model=module", "module: of a Flax class, whose code is not here")
    if custom := ", ".join(_custom_layers(network.architecture)):
        return _Code(f"layers=({custom},)", f"custom layers, whose code is not here: {custom}")
    return None


def _custom_layers(architecture: Layer) -> list[str]:
    """Return the names of the layer classes that are not of jaxcnn."""
    names: set[Any] = set()
    json.loads(to_json(architecture), object_hook=lambda each: names.add(each.get("type")))
    return sorted(names - {None} - {each.__name__ for each in LAYERS})


def _results(run: Run) -> str:
    rows = [*_rows(run.result), *_rows_of_numbers(run)]
    if not rows:
        return "The run was saved without a test set, so there are none."
    examples, data = run.result.get("n_test"), _data_name(run)
    count = f"{examples:,} examples" if isinstance(examples, int) else "the examples"
    lines = ["| metric | value | 95% interval |", "|---|---|---|", *rows]
    named = f" of {_escaped(data)}" if data else ""
    return f"Measured on {count} of the test set{named}.\n\n" + "\n".join(lines)


def _rows(result: Mapping[str, Any]) -> Iterator[str]:
    for name, title in _TITLES.items():
        value = result.get(name)
        if isinstance(value, int | float):
            form = ".2%" if name in _PERCENT else ".4f"
            interval = _interval(result.get(f"{name}_interval"), form)
            yield f"| {title} | {value:{form}} | {interval} |"


def _rows_of_numbers(run: Run) -> Iterator[str]:
    """Yield a row per metric and predicted number."""
    names = run.network.class_names
    for metric, title in _TITLES_OF_NUMBERS.items():
        values = run.result.get(metric)
        if not isinstance(values, list | tuple) or len(values) != len(names):
            continue
        intervals = run.result.get(f"{metric}_interval") or [None] * len(names)
        for name, value, interval in zip(names, values, intervals, strict=False):
            if isinstance(value, int | float):
                ends = _interval(interval, ".4g")
                yield f"| {title} of {_escaped(name)} | {value:.4g} | {ends} |"


def _interval(ends: Any, form: str) -> str:
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return ""
    low, high = ends
    return f"{low:{form}} to {high:{form}}"


def _training(run: Run, about: About) -> str:
    settings, result, origin = run.settings, run.result, run.network.origin
    data, examples = (
        settings.get("training_set") or _data_name(run),
        settings.get("training_images"),
    )
    lines = [] if origin is None else [f"- began with: the weights of {origin}"]
    if isinstance(data, str):
        count = f", {examples:,} examples" if isinstance(examples, int) else ""
        lines.append(f"- data: {_escaped(data)}{count}")
    if about.dataset:
        lines.append(f"- data on the hub: {_escaped(about.dataset)}")
    for name in ("model", "preset", "optimizer", "learning_rate", "schedule", "batch_size", "seed"):
        value = settings.get(name)
        if isinstance(value, str | int | float):
            lines.append(f"- {name.replace('_', ' ')}: {_escaped(str(value))}")
    epochs = result.get("epochs")
    if isinstance(epochs, int):
        lines.append(f"- epochs: {epochs}")
    return "\n".join(lines) or "Nothing was saved about the training."


def _classes(network: Network) -> str:
    names = network.class_names
    shown = ", ".join(_escaped(name) for name in names[:MAX_CLASSES])
    more = len(names) - MAX_CLASSES
    return shown + (f", and {more:,} more in `config.json`" if more > 0 else "")


def _escaped(text: str) -> str:
    """Escape what Markdown or HTML would read as more than text."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!$&])", r"\\\1", readable(text))
