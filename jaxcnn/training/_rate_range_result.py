"""`RateRange`: the losses that a learning rate range test found."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table

SHARE_OF_BEST = 0.9
"""A rate trains well if its loss falls by at least this share of the fall at the best rate."""


@dataclasses.dataclass(frozen=True)
class RateRange(TableResult):
    """The losses reached with each learning rate; `str()` formats them as a table.

    Attributes:
        learning_rates: The rates in ascending order.
        losses: One loss per rate: the mean training loss over the last fifth of the steps, or inf
            if a loss or a weight was no longer finite.
        initial_loss: The training loss of the first step, before any update; NaN if the first
            update was not finite at any rate.
        steps: Number of steps per rate.
    """

    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]
    initial_loss: float
    steps: int

    _derived = ("best", "suggestion")

    @property
    def best(self) -> float | None:
        """The rate with the lowest loss; None if no loss is below the initial loss."""
        lowest = min(self.losses)
        return self.learning_rates[self.losses.index(lowest)] if self._fell else None

    @property
    def suggestion(self) -> float | None:
        """A learning rate to train with, as the peak of `one_cycle`; None if no rate trained.

        The suggestion is half the largest rate that trains well. A rate trains well if its loss
        falls at least 0.9 times as far as the loss at the best rate. The best rate for a whole run
        is usually within a factor of two of the largest rate that converges (Bengio 2012,
        *Practical Recommendations for Gradient-Based Training of Deep Architectures*). The test
        finds this largest rate (Smith 2017, *Cyclical Learning Rates for Training Neural Networks*,
        section 3.3).
        """
        if not self._fell:
            return None
        limit = self.initial_loss + SHARE_OF_BEST * (min(self.losses) - self.initial_loss)
        pairs = zip(self.learning_rates, self.losses, strict=True)
        return max(rate for rate, loss in pairs if loss <= limit) / 2

    @property
    def _fell(self) -> bool:
        """True if the loss fell at any rate."""
        return min(self.losses) < self.initial_loss

    _between = "\n"

    def _head(self) -> str:
        return (
            f"loss after {self.steps} steps at each learning rate; the initial loss is "
            f"{self.initial_loss:.4f}"
        )

    def _verdict(self) -> str:
        if self.suggestion is None:
            return "no rate made the loss fall"
        highest = 2 * self.suggestion == self.learning_rates[-1]
        more = " or more: even the highest rate trains" * highest
        return f"suggested peak of one cycle: {self.suggestion:.3g}{more}"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for rate, loss in zip(self.learning_rates, self.losses, strict=True):
            diverged = not math.isfinite(loss)
            yield {"learning_rate": rate, "loss": loss, "diverged": diverged}

    def _blocks(self) -> Iterable[Block]:
        lines = [
            (f"{rate:.3g}", self._shown(loss), "lowest" if rate == self.best else "")
            for rate, loss in zip(self.learning_rates, self.losses, strict=True)
        ]
        table = Table([("learning rate", "loss", ""), *lines], words=0)
        return [self._head(), table, self._verdict()]

    @staticmethod
    def _shown(loss: float) -> str:
        return f"{loss:.4f}" if math.isfinite(loss) else "diverged"
