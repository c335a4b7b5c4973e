"""`Quantization`: what int8 weights and activations changed."""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.units import bytes_text


@dataclasses.dataclass(frozen=True)
class MeasuredFile(Result):
    """An ONNX file, and how good its predictions are.

    Attributes:
        numbers: What it computes with: ``"float32"`` or ``"int8"``.
        path: The file.
        bytes: Its size.
        score: The mean score of the labeled set, in most tasks the accuracy; None if there is no
            labeled set.
        interval: 95% Wilson interval of the accuracy; None if the score is none.
    """

    numbers: str
    path: Path
    bytes: int
    score: float | None = None
    interval: tuple[float, float] | None = None


@dataclasses.dataclass(frozen=True)
class Quantization(TableResult):
    """An ONNX file with int8 weights and activations, in comparison to the file it was made of.

    Attributes:
        before: The file in float32.
        after: The file in int8.
        measure: Name of the score, such as ``"accuracy"``.
        examples: Number of labeled examples that the score is measured on; 0 for none.
        same: Number of these for which both files predict the same class or labels; None for a
            regression, or without examples.
        calibrated_on: Number of inputs from which the ranges of activations were taken.
    """

    before: MeasuredFile
    after: MeasuredFile
    measure: str
    examples: int
    same: int | None
    calibrated_on: int

    @property
    def path(self) -> Path:
        """The file in int8."""
        return self.after.path

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [
            {"numbers": file.numbers, "bytes": file.bytes, self.measure: file.score}
            for file in (self.before, self.after)
        ]

    def _blocks(self) -> Iterable[Block]:
        head = ("numbers", "size", self.measure, "95% interval")
        return [Table([head, *map(self._line, (self.before, self.after))], heading=self._heading)]

    @property
    def _heading(self) -> str:
        words = f"{self.after.path}, calibrated on {self.calibrated_on:,} inputs"
        if self.same is not None:
            words += f", same answer for {self.same:,} of {self.examples:,}"
        return words

    def _line(self, file: MeasuredFile) -> tuple[str, ...]:
        score = "" if file.score is None else f"{file.score:.4f}"
        if file.interval is None:
            return file.numbers, bytes_text(file.bytes), score, ""
        low, high = file.interval
        score = f"{file.score:.2%}"
        return file.numbers, bytes_text(file.bytes), score, f"{low:.2%} to {high:.2%}"
