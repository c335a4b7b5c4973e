"""The metrics of each epoch as files: JSON lines and a CSV table."""

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax

from jaxcnn._support.files import to_json, write_whole
from jaxcnn._support.json_texts import parse_json, read_text
from jaxcnn._support.manifest import MANIFEST, mark_incomplete
from jaxcnn._support.metric_names import metric_hint
from jaxcnn._support.results import as_plain
from jaxcnn._support.texts import spreadsheet_cell

JSONL, CSV = "metrics.jsonl", "metrics.csv"


class Logs(dict[str, Any]):
    """The metrics of one epoch: a dict, whose error for a name that is missing lists the others.

    It has `epoch` (from 1), `step` (updates so far), `train_loss`, `train_accuracy`,
    `learning_rate`, `seconds` and `images_per_second`. With a validation set, also
    `validation_loss` and `validation_accuracy`, and `validation_NAME` of each metric NAME of
    ``fit(metrics=...)``. A regression has no accuracies. With ``log_norms=True``, also
    `gradient_norms` and `update_norms` of the last step: each maps the name of a layer to one norm.
    It is a pytree like a dict, and ``logs | {...}`` and ``logs.copy()`` are `Logs`, too. Libraries
    that take dicts only, such as PyYAML, take ``dict(logs)``.

    Example:
        >>> Logs(epoch=1, validation_accuracy=0.5)["val_accuracy"]
        Traceback (most recent call last):
        KeyError: "logs: expected one of epoch, validation_accuracy, got 'val_accuracy' (did you ...
    """

    def __missing__(self, name: Any) -> Any:
        known = (
            f"expected one of {', '.join(map(str, self))}"
            if self
            else "expected a name that it has"
        )
        raise KeyError(f"logs: {known}, got {name!r}{metric_hint(name, self)}")

    def __or__(self, other: Any) -> Any:
        return Logs(merged) if isinstance(merged := super().__or__(other), dict) else merged

    def __ror__(self, other: Any) -> Any:
        return Logs(merged) if isinstance(merged := super().__ror__(other), dict) else merged

    def copy(self) -> "Logs":
        """Return a shallow copy."""
        return Logs(self)


def _flatten(logs: Logs) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
    names = tuple(sorted(logs))  # as JAX sorts those of a dict
    return [(jax.tree_util.DictKey(name), logs[name]) for name in names], names


jax.tree_util.register_pytree_with_keys(
    Logs, _flatten, lambda names, values: Logs(zip(names, values, strict=True))
)


def write_history(history: Sequence[Logs], folder: Path) -> None:
    """Write the metrics of all epochs to ``metrics.jsonl`` and ``metrics.csv``."""
    write_whole(folder / JSONL, "".join(map(_json_line, history)).encode())
    write_whole(folder / CSV, to_csv(history).encode())


def append_epoch(logs: Logs, folder: Path) -> None:
    """Append the metrics of an epoch to ``metrics.jsonl`` and ``metrics.csv``.

    If the training was cut off and resumed, the folder may already have metrics of this epoch and
    of later epochs. These metrics are replaced. A run that was already saved in this folder counts
    as incomplete until it is saved again.

    Raises:
        OSError: If the files cannot be written.
        ValueError: If ``metrics.jsonl`` is damaged. The message says what to do.
    """
    history = _epochs_before(logs["epoch"], folder)
    if (folder / MANIFEST).exists():
        mark_incomplete(folder)
    write_history([*history, logs], folder)


def check_history(folder: Path) -> None:
    """Check that `append_epoch` can append to the metrics in a folder, before a long training.

    Raises:
        ValueError: If ``metrics.jsonl`` is damaged. The message says what to do.
    """
    _epochs_before(math.inf, folder)


def _epochs_before(epoch: float, folder: Path) -> list[Logs]:
    try:
        return [before for before in read_history(folder) if before["epoch"] < epoch]
    except (KeyError, TypeError, ValueError) as error:
        fault = error if isinstance(error, ValueError) else f"{folder / JSONL}: expected epochs"
        raise ValueError(
            f"{fault} (delete this file; a training that is resumed has the metrics in its "
            "checkpoints, and writes them at its end)"
        ) from None


def read_history(folder: Path) -> tuple[Logs, ...]:
    """Read the metrics of all epochs from ``metrics.jsonl``; none if the file is missing.

    Raises:
        ValueError: If the file is damaged; the message names it.
    """
    path = folder / JSONL
    if not os.path.lexists(path):
        return ()
    lines = read_text(path).splitlines()
    try:
        # As one list, so that the limits are those of a file, and errors count the lines.
        epochs = parse_json("[" + ",\n".join(lines) + "]")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if not all(isinstance(epoch, dict) for epoch in epochs):
        raise ValueError(f"{path}: expected one JSON object per line, got another value")
    return tuple(map(Logs, epochs))


def to_csv(history: Sequence[Mapping[str, Any]]) -> str:
    """Format the metrics of epochs as CSV text with a header.

    There is one column per name that occurs in any epoch, in the order of first occurrence. A cell
    is empty if the epoch lacks the name, or if its number is not finite.

    Example:
        >>> print(to_csv([{"epoch": 1, "norms": {"a": 2.0}}, {"epoch": 2, "new": 3}]), end="")
        epoch,norms.a,new
        1,2.0,
        2,,3
    """
    rows = [dict(flat(as_plain(logs))) for logs in history]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {name: value for name, value in row.items() if isinstance(value, str)}
        writer.writerow(row | {name: spreadsheet_cell(text) for name, text in texts.items()})
    return text.getvalue()


def flat(logs: Mapping[str, Any], prefix: str = "", separator: str = ".") -> Iterator[tuple]:
    """Yield the entries of nested mappings, with joined names."""
    for name, value in logs.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}{separator}", separator)
        else:
            yield f"{prefix}{name}", value


def _json_line(logs: Logs) -> str:
    return to_json(logs) + "\n"
