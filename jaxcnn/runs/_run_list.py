"""`RunList`: the runs in a folder as a table that can be sorted, as text and as CSV."""

import csv
import dataclasses
import io
import operator
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from jaxcnn._support.arguments import check_choice
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.texts import spreadsheet_cell
from jaxcnn._support.units import seconds_text


@dataclasses.dataclass(frozen=True)
class ListedRun(Result):
    """A run in a folder of runs, without its network.

    Attributes:
        folder: The folder of the run.
        status: ``"done"``, ``"running"``, ``"stopped"`` (a limit or the caller ended it before its
            last epoch), ``"interrupted"`` (by Ctrl-C or SIGTERM), ``"failed"``, ``"cut off"`` (it
            was killed), or ``"damaged"`` if a file cannot be read. A run that early stopping ended
            is done.
        dataset: The name of the data set; None if it is not saved.
        model: The name of the network; None if it is not saved.
        epochs: Number of epochs that were trained; None before the end.
        test_accuracy: Accuracy on the test set; None if it was not measured.
        test_loss: Mean loss on the test set; None if it was not measured.
        time: The time when the run was last written: UTC, in ISO 8601 format.
        parameters: Number of trained parameters; None for a custom module or layer.
        test_accuracy_interval: 95% interval of the accuracy; None if it was not measured.
        seconds: Seconds of training without compiling; None before the end.
        problem: Why a damaged run cannot be read; None for other runs.
        stopped: What ended a stopped run, such as ``"max_steps"``; None for other runs.
    """

    folder: str
    status: str
    dataset: str | None
    model: str | None
    epochs: int | None
    test_accuracy: float | None
    test_loss: float | None
    time: str
    parameters: int | None = None
    test_accuracy_interval: tuple[float, float] | None = None
    seconds: float | None = None
    problem: str | None = None
    stopped: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The exact values of the table's columns; None if unknown."""
        return {name: getattr(self, field) for name, field in COLUMNS.items()}

    @property
    def cells(self) -> dict[str, str]:
        """The cells of the table for people, with the accuracy's interval; empty if unknown."""
        cells: dict[str, str] = {}
        for name, value in self.values.items():
            cells[name] = "" if value is None else _text(name, value)
            if name == "accuracy":
                ends = self.test_accuracy_interval
                cells["95% interval"] = "" if ends is None else f"{ends[0]:.2%} to {ends[1]:.2%}"
        if self.stopped is not None:
            cells["status"] = f"{self.status} ({self.stopped})"
        return cells


COLUMNS = {
    "run": "folder",
    "status": "status",
    "data": "dataset",
    "network": "model",
    "date": "time",
    "parameters": "parameters",
    "epochs": "epochs",
    "accuracy": "test_accuracy",
    "loss": "test_loss",
    "seconds": "seconds",
}
"""The columns of the table, and the attributes that they show."""

TEXTS = 5
"""Number of columns, from the left, that are text."""


@dataclasses.dataclass(frozen=True)
class RunList(TableResult):
    """The runs in a folder, the newest first; `str()` formats them as a table.

    Attributes:
        folder: The folder that was searched.
        runs: The runs.
        unread: Folders that could not be searched, each with the reason.
        sort: The column that the runs are sorted by; with a minus sign, in descending order.
    """

    folder: str
    runs: tuple[ListedRun, ...]
    unread: tuple[str, ...] = ()
    sort: str = "-date"

    def sorted_by(self, sort: str) -> "RunList":
        """Return the same runs in another order; runs without a value come last.

        Args:
            sort: The column to sort by: run, status, data, network, date, parameters, epochs,
                accuracy, loss or seconds. A minus sign before it sorts in descending order.

        Raises:
            ValueError: If there is no such column.

        Example::

            print(jaxcnn.runs.find_runs("runs").sorted_by("-accuracy"))
        """
        name = sort.removeprefix("-")
        check_choice("sort", name, tuple(COLUMNS))
        value_of = operator.attrgetter(COLUMNS[name])
        known = [run for run in self.runs if value_of(run) is not None]
        known.sort(key=value_of, reverse=sort.startswith("-"))
        others = [run for run in self.runs if value_of(run) is None]
        return dataclasses.replace(self, runs=(*known, *others), sort=sort)

    def to_csv(self) -> str:
        """Return the table as CSV with exact values, for spreadsheets and other programs.

        Shares are numbers from 0 to 1, times are in ISO 8601 format, and unknown values are empty.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*COLUMNS, "accuracy_low", "accuracy_high", "problem", "stopped"])
        for run in self.runs:
            ends_of_interval = run.test_accuracy_interval or (None, None)
            values = [*run.values.values(), *ends_of_interval, run.problem, run.stopped]
            writer.writerow(
                [spreadsheet_cell(each) if isinstance(each, str) else each for each in values]
            )
        return text.getvalue()

    @property
    def problems(self) -> tuple[str, ...]:
        """The runs and folders that could not be read, one line each, with the reason."""
        damaged = (run for run in self.runs if run.problem is not None)
        return (*(f"{run.folder}: {run.problem}" for run in damaged), *self.unread)

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [found.to_dict() for found in self.runs]

    def _blocks(self) -> Iterable[Block]:
        problems = ["\n".join(["Not read:", *self.problems])] if self.problems else []
        if not self.runs:
            return [f"There are no runs in {self.folder}.", *problems]
        lines = [tuple(run.cells.values()) for run in self.runs]
        return [Table([tuple(self.runs[0].cells), *lines], words=TEXTS), *problems]


def _text(column: str, value: Any) -> str:
    match column:
        case "date":
            return f"{datetime.fromisoformat(value).astimezone():%Y-%m-%d %H:%M}"
        case "accuracy":
            return f"{value:.2%}"
        case "loss":
            return f"{value:.4f}"
        case "seconds":
            return seconds_text(value)
        case "parameters":
            return f"{value:,}"
        case _:
            return str(value)
