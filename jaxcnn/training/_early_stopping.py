"""When to give up, and which epoch's weights to keep."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal, get_args

from jaxcnn._support.arguments import check_choice, check_int, check_number
from jaxcnn.runs import Logs

Monitor = Literal["validation_loss", "validation_accuracy", "train_loss", "train_accuracy"]


@dataclasses.dataclass(frozen=True)
class EarlyStopping:
    """End training when a number has not become better for some epochs, and keep the best weights.

    Attributes:
        patience: epochs without a better number after which training ends.
        monitor: the number: a loss, which should fall, or an accuracy, which should rise.
        min_change: by how much a number must be better to count.

    Raises:
        ValueError: if one is out of range.

    Example:
        >>> stopping = EarlyStopping(patience=2)
        >>> history = [{"validation_loss": loss} for loss in (1.0, 0.5, 0.6, 0.7)]
        >>> stopping.best(history), stopping.gives_up(history)
        (1, True)
    """

    patience: int = 5
    monitor: Monitor = "validation_loss"
    min_change: float = 0.0

    def __post_init__(self) -> None:
        check_int("patience", self.patience)
        check_choice("monitor", self.monitor, get_args(Monitor))
        check_number("min_change", self.min_change, minimum=0)

    def best(self, history: Sequence[Logs]) -> int:
        """Which entry of the history is the best so far; the first, where some are equal."""
        sign = -1 if self.monitor.endswith("accuracy") else 1
        values = [sign * logs[self.monitor] for logs in history]
        values = [math.inf if math.isnan(value) else value for value in values]
        best = 0
        for epoch, value in enumerate(values):
            if value < values[best] - self.min_change:
                best = epoch
        return best

    def gives_up(self, history: Sequence[Logs]) -> bool:
        """Whether the best entry lies `patience` entries back."""
        return len(history) - 1 - self.best(history) >= self.patience
