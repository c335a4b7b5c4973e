"""The content of a checkpoint besides its arrays: position and history."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Self


@dataclasses.dataclass
class EpochSums:
    """Running sums of an epoch's metrics, on the host in float64.

    Attributes:
        loss: Sum of the losses of all examples.
        images: Number of examples.
        steps: Number of steps: the position in the epoch.
        correct: Number of examples predicted right; None in a regression.
        learning_rate: That of the last step; None if unknown.
        seconds: Time of the steps before the training was last resumed.
    """

    loss: float = 0.0
    images: int = 0
    steps: int = 0
    correct: int | None = None
    learning_rate: float | None = None
    seconds: float = 0.0

    @property
    def mean_loss(self) -> float:
        """Mean loss of the examples; 0 without any."""
        return self.loss / max(self.images, 1)

    @property
    def accuracy(self) -> float | None:
        """Share of the examples predicted right; None in a regression."""
        return None if self.correct is None else self.correct / max(self.images, 1)


@dataclasses.dataclass(frozen=True)
class Record:
    """The content of a checkpoint besides its arrays.

    Attributes:
        epoch: Index, from 0, of the epoch with which training is resumed.
        sums: The sums of the metrics in this epoch so far.
        history: The metrics of each complete epoch.
        seconds_train: Time of the steps of complete epochs.
        images_seen: Number of examples in the complete epochs.
        best_epoch: Number of epochs after which early stopping found the best weights; 0: none.
        extended: The numbers of epochs and of updates at which the training was extended, if that
            changed the training step.
        stopped: Why the training ended before its last epoch; None: it did not.
    """

    epoch: int
    sums: EpochSums
    history: tuple[dict[str, Any], ...]
    seconds_train: float
    images_seen: int
    best_epoch: int
    extended: tuple[dict[str, int], ...] = ()
    stopped: str | None = None

    def content(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Read a record from what `content` returned, after a round trip through JSON."""
        named: dict[str, Any] = {f.name: content[f.name] for f in dataclasses.fields(cls)[:-2]}
        named["sums"] = EpochSums(**named["sums"])
        named["history"] = tuple(named["history"])
        # Checkpoints of earlier versions have no such entries.
        extended = tuple(content.get("extended", ()))
        return cls(**named, extended=extended, stopped=content.get("stopped"))
