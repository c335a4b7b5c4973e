"""`EarlyStopping`: when to end a training before its last epoch, and which weights to keep."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from jaxcnn._support.arguments import (
    check_int,
    check_number,
    did_you_mean,
    make_plain,
)
from jaxcnn._support.metric_names import metric_hint
from jaxcnn.training._other_names import names_checked
from jaxcnn.training._validation_metrics import PREFIX

MONITORS = {
    "validation_loss": "min",
    "validation_accuracy": "max",
    "train_loss": "min",
    "train_accuracy": "max",
}
"""The metrics that `fit` knows, and whether they should rise or fall."""


OTHER_NAMES = {
    **dict.fromkeys(("metric", "metrics"), 'the metric to watch is monitor="validation_loss"'),
    "min_delta": "the smallest improvement is min_change=0.0",
    "restore_best_weights": "the weights of the best epoch are always kept",
}
"""Hints in errors about these names from other libraries."""


@names_checked(OTHER_NAMES)
@dataclasses.dataclass(frozen=True)
class EarlyStopping:
    """Early stopping: end training when a metric stops improving, and keep the best weights.

    Attributes:
        patience: Number of epochs without an improvement after which training ends.
        monitor: The metric: ``"validation_loss"``, ``"validation_accuracy"``, ``"train_loss"``,
            ``"train_accuracy"``, or ``"validation_NAME"`` for NAME of ``fit(metrics=...)``.
        min_change: The smallest change of the metric that counts as an improvement.
        mode: Whether the metric should rise (``"max"``) or fall (``"min"``). None is for losses and
            accuracies, where it is known.

    Raises:
        ValueError: If an attribute is out of range.

    Example:
        >>> stopping = EarlyStopping(patience=2)
        >>> history = [{"validation_loss": loss} for loss in (1.0, 0.5, 0.6, 0.7)]
        >>> stopping.best(history), stopping.gives_up(history)
        (1, True)
    """

    patience: int = 5
    monitor: str = "validation_loss"
    min_change: float = 0.0
    mode: Literal["min", "max"] | None = None

    def __post_init__(self) -> None:
        make_plain(self)
        check_int("patience", self.patience)
        if self.monitor not in MONITORS and not str(self.monitor).startswith(PREFIX):
            near = metric_hint(self.monitor, MONITORS)
            raise ValueError(
                f"monitor: expected one of {', '.join(MONITORS)}, {PREFIX}NAME, got "
                f"{self.monitor!r}{near or f' (did you mean {PREFIX}{self.monitor}?)'}"
            )
        check_number("min_change", self.min_change, minimum=0)
        modes = (None, MONITORS[self.monitor]) if self.monitor in MONITORS else ("min", "max")
        if self.mode not in modes:
            near = did_you_mean(self.monitor, MONITORS, prefix=PREFIX) if self.mode is None else ""
            raise ValueError(
                f"mode: expected {' or '.join(map(repr, modes))} to monitor {self.monitor}, got "
                f"{self.mode!r}{near}"
            )

    @property
    def higher_is_better(self) -> bool:
        """True if the metric should rise, False if it should fall."""
        return (self.mode or MONITORS[self.monitor]) == "max"

    def best(self, history: Sequence[Mapping[str, Any]]) -> int:
        """Return the index of the best entry of a history, or of the first of equally good ones."""
        sign = -1 if self.higher_is_better else 1
        values = [sign * logs[self.monitor] for logs in history]
        values = [math.inf if math.isnan(value) else value for value in values]
        best = 0
        for epoch, value in enumerate(values):
            if value < values[best] - self.min_change:
                best = epoch
        return best

    def gives_up(self, history: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the best entry is at least `patience` entries before the last one."""
        return len(history) - 1 - self.best(history) >= self.patience


def check_monitor(stopping: EarlyStopping, metrics: Iterable[str]) -> None:
    """Raise ValueError unless early stopping watches a metric that will be in the logs."""
    known = (*MONITORS, *(PREFIX + name for name in metrics))
    if stopping.monitor not in known:
        near = did_you_mean(stopping.monitor, known, prefix=PREFIX)
        raise ValueError(
            f"early_stopping: expected to monitor one of {known}, got {stopping.monitor!r}"
            f"{near or ' (metrics= computes others)'}"
        )
