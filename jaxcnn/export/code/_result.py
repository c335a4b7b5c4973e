"""`CodeExport`: what an exported file of Python or C takes and returns."""

import dataclasses
from pathlib import Path

from jaxcnn._support.results import Result
from jaxcnn._support.units import bytes_text
from jaxcnn.export._tensor import Tensor


@dataclasses.dataclass(frozen=True)
class CodeExport(Result):
    """A network exported as source code: its path, input, output and size.

    Attributes:
        path: The file.
        input: The input.
        output: The output.
        weights: Number of weights.
        bytes: Size of the file.
        buffer: Size of the buffer that a prediction needs, in bytes; None in Python.
    """

    path: Path
    input: Tensor
    output: Tensor
    weights: int
    bytes: int
    buffer: int | None = None

    def __str__(self) -> str:
        buffer = "" if self.buffer is None else f", a buffer of {bytes_text(self.buffer)}"
        return (
            f"{self.path}: {self.input} to {self.output}; {self.weights:,} weights, "
            f"{bytes_text(self.bytes)}{buffer}"
        )
