"""Checks of the sets to train and to validate on, and pairs of arrays in their place."""

from typing import Any

from flax import nnx

from jaxcnn._support.arguments import type_in_words
from jaxcnn._support.warn import warn
from jaxcnn.data import LabeledBatches, LabeledImages, as_labeled_set
from jaxcnn.inference import check_dataset, check_same_classes, check_same_task, check_tokens
from jaxcnn.layers import Layer, layer_hint
from jaxcnn.models import MODELS
from jaxcnn.training._plan import Plan
from jaxcnn.training._validation_metrics import try_metrics


def as_sets(train: Any, validation: Any) -> tuple[Any, Any]:
    """Return the sets of pairs ``(images, labels)``; other values are returned unchanged."""
    train = as_labeled_set("train", train)
    like = getattr(train, "sample", train)
    like = like if isinstance(like, LabeledImages) else None
    return train, as_labeled_set("validation", validation, like)


def plan_for_batches(train: LabeledBatches, plan: Plan, checkpoints: object) -> Plan:
    """Return the plan with the batch size of an iterable; raise for what it cannot do."""
    if checkpoints is not None:
        raise ValueError(
            "checkpoints: expected None with an iterable of batches, which cannot be read again "
            "from where a training was cut off, got a folder (jaxcnn.data.from_sequence takes "
            "data that are read by index, and resumes to the same bits)"
        )
    if plan.batch_size not in (None, train.batch_size):
        raise ValueError(
            f"batch_size: expected {train.batch_size}, that of the batches, got {plan.batch_size}"
        )
    if plan.swa_start is not None:
        raise ValueError(
            "swa_start: expected None with an iterable of batches, which may end before one more "
            f"pass for batch norm's statistics, got {plan.swa_start}"
        )
    return plan.having(batch_size=train.batch_size)


def check_model_and_set(model: Any, train: Any, name: str = "train") -> None:
    """Raise TypeError unless a function got a model and a labeled set, in this order."""
    if not isinstance(model, Layer | nnx.Module):
        is_swapped = isinstance(train, Layer | nnx.Module)
        hint = " (the model comes first, then the set)" if is_swapped else layer_hint(model)
        found = f"{model!r:.80}" if isinstance(model, str) else type_in_words(model)
        if isinstance(model, str):
            made = model if model in MODELS else "resnet18"
            hint = f" (networks are made by functions: jaxcnn.models.{made}(num_classes))"
        raise TypeError(f"model: expected an architecture or an nnx.Module, got {found}{hint}")
    check_dataset(name, train)


def check_sets(
    model: Layer | nnx.Module,
    train: LabeledImages,
    validation: LabeledImages | None,
    plan: Plan | None = None,
) -> None:
    """Raise unless both sets are labeled, agree with each other, and suit model and plan."""
    check_model_and_set(model, train)
    architecture = model if isinstance(model, Layer) else None
    check_tokens("train", train, architecture)
    if validation is not None:
        check_dataset("validation", validation)
        _warn_of_one_set(train, validation)
        _warn_of_preprocessing(train, validation)
        if validation.kind != train.kind:
            raise ValueError(f"validation: expected {train.kind}, got {validation.kind}")
        if validation.input_shape != train.input_shape:
            raise ValueError(
                f"validation: expected {train.kind} of shape {train.input_shape} like those of "
                f"`train`, got {validation.input_shape}"
            )
        check_tokens("validation", validation, architecture)
        check_same_task("validation", validation, train.task, train.num_classes)
        check_same_classes("validation", validation, train.class_names, "train")
    if plan is not None:
        try_metrics(plan.metrics or {}, validation)
    stopping = None if plan is None else plan.early_stopping
    if stopping is None:
        return
    accuracies = ("train_accuracy", "validation_accuracy")
    if stopping.monitor in accuracies and not train.task.has_classes:
        raise ValueError(
            f"early_stopping: expected a loss to monitor, because {train.task} has no accuracy, "
            f"got {stopping.monitor}"
        )
    if stopping.monitor.startswith("validation") and validation is None:
        raise ValueError(
            f"early_stopping: expected a validation set for {stopping.monitor}, got none"
        )


def _warn_of_preprocessing(train: LabeledImages, validation: LabeledImages) -> None:
    """Warn of image files that are resized and cropped in another way than those to train on."""
    both = train.paths is not None and validation.paths is not None
    if both and train.preprocessing != validation.preprocessing:
        warn(
            f"validation: expected pictures read with {train.preprocessing or 'no preprocessing'}, "
            f"as those of `train`, got {validation.preprocessing or 'none'}"
        )


def _warn_of_one_set(train: LabeledImages, validation: LabeledImages) -> None:
    if validation is train:
        warn(
            "validation: expected examples that are not trained on, got the training set itself "
            "(the metrics of validation then show how well the network memorizes)",
        )
