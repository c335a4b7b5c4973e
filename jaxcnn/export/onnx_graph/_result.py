"""`OnnxExport`: what an exported ONNX file takes and returns."""

import dataclasses
from pathlib import Path

from jaxcnn._support.results import Result
from jaxcnn._support.units import bytes_text
from jaxcnn.export._tensor import Tensor


@dataclasses.dataclass(frozen=True)
class OnnxExport(Result):
    """An exported ONNX file: its path, inputs, outputs and size.

    Attributes:
        path: The file.
        opset: The version of ONNX's operators.
        inputs: The inputs.
        outputs: The outputs.
        nodes: Number of operations.
        bytes: Size of the file, with that of `data`.
        predictor: The script ``predict.py`` beside it; None if it was not written.
        data: The second file with the weights of a network of more than 2 GB; None without one.
    """

    path: Path
    opset: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: int
    bytes: int
    predictor: Path | None = None
    data: Path | None = None

    def __str__(self) -> str:
        taken, returned = (", ".join(map(str, each)) for each in (self.inputs, self.outputs))
        files = f"{self.path}" if self.data is None else f"{self.path} and {self.data.name}"
        return (
            f"{files}: {taken} to {returned}; {self.nodes} nodes of opset {self.opset}, "
            f"{bytes_text(self.bytes)}"
        )
