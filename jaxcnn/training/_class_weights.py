"""Weights of classes in the loss: how they are checked, and found for a training set."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from jaxcnn._support.arguments import as_plain, check_number, did_you_mean
from jaxcnn.data import LabeledBatches, LabeledImages, SingleLabel

ClassWeights = Literal["balanced"] | Sequence[float] | Mapping[str | int, float]
"""The weight of each class in the loss: in the order of the classes, by name or
number, or ``"balanced"``."""

Sampler = Literal["balanced"]
"""How the examples of an epoch are drawn; ``"balanced"`` draws all classes equally often."""


def plain_class_weights(value: Any) -> Any:
    """Return the option `class_weights` as plain data; raise if it has a wrong type or number."""
    if isinstance(value, Mapping):
        value = {name: as_plain(weight) for name, weight in value.items()}
        for name, weight in value.items():
            check_number(f"class_weights[{name!r}]", weight, minimum=0)
        return value
    value = as_plain(value)
    if value is None or value == "balanced":
        return value
    if not isinstance(value, tuple) or not value:
        raise TypeError(
            "class_weights: expected 'balanced', one number per class, or numbers by class name, "
            f"got {value!r:.80}"
        )
    for number, weight in enumerate(value):
        check_number(f"class_weights[{number}]", weight, minimum=0)
    return value


def class_weights_for(
    value: Any, train: LabeledImages | LabeledBatches
) -> tuple[float, ...] | None:
    """Return one weight per class of a training set; None means that all weights are 1.

    Args:
        value: The option `class_weights`, checked by `plain_class_weights`.
        train: The training set.

    Raises:
        ValueError: If the weights do not fit the classes, or the set has no single labels.
    """
    if value is None:
        return None
    sample = train.sample if isinstance(train, LabeledBatches) else train
    _check_single_labels("class_weights", value, sample)
    names, counts = sample.class_names, np.asarray(sample.class_counts)
    if isinstance(train, LabeledBatches):
        counts = np.ones_like(counts)  # any class may have examples in a later batch
    if value == "balanced":
        return balanced_weights(counts)
    if isinstance(value, Mapping):
        # As in Keras, a class can also be given by its number.
        value = {names[k] if k in range(len(names)) else k: w for k, w in value.items()}
        for name in value:
            if name not in names:
                raise ValueError(
                    f"class_weights: expected names of classes, {names!r:.80}, got {name!r}"
                    f"{did_you_mean(name, names)}"
                )
        value = tuple(value.get(name, 1.0) for name in names)
    if len(value) != len(names):
        raise ValueError(
            f"class_weights: expected {len(names)} numbers, one per class, got {len(value)}"
        )
    if not any(weight and count for weight, count in zip(value, counts, strict=True)):
        raise ValueError(
            f"class_weights: expected a number above 0 for a class with examples, got {value!r:.80}"
        )
    return tuple(map(float, value))


def balanced_weights(counts: np.ndarray) -> tuple[float, ...]:
    r"""Compute the weights with which all classes count equally.

    The formula is :math:`N / (K N_k)` for K classes with examples, class k of which has
    :math:`N_k` of the N examples. A class without examples gets the weight 1.

    Args:
        counts: The number of examples per class.

    Example:
        >>> balanced_weights(np.array([6, 2]))
        (0.6666666666666666, 2.0)

    Source: the same weights as scikit-learn's ``compute_class_weight("balanced", ...)``.
    """
    share = counts.sum() / np.count_nonzero(counts)
    return tuple(float(share / count) if count else 1.0 for count in counts)


def check_sampler(sampler: Any, train: LabeledImages) -> None:
    """Raise ValueError if a set has no single classes that a sampler could balance."""
    if sampler is not None:
        _check_single_labels("sampler", sampler, train)


def _check_single_labels(option: str, value: Any, train: LabeledImages) -> None:
    if train.task != SingleLabel():
        raise ValueError(
            f"{option}: expected None for a set of {train.task}, got {value!r:.60} (weights of "
            "examples work for every task: Dataset(..., weights=))"
        )
