"""Trained networks as files that run without jaxcnn, and most of them without JAX.

| question | where |
|---|---|
| How does a network become an ONNX file? | `onnx`, `needs_data_file`, `OnnxExport` |
| What does such a file predict here? | `OnnxNetwork` |
| How does a file become small, with int8 numbers? | `quantize`, `Quantization` |
| How does a network become one file of Python or C? | `numpy`, `c`, `CodeExport` |
| How does it become a program that JAX alone runs? | `stablehlo`, `StablehloExport` |

- `onnx_graph/` writes ONNX files from the layers, makes smaller ones of them, and runs them.
- `code/` writes Python and C, from the layers as well: channels stay last there, and one line of
  code is one layer, so that people can read it.
- `_stablehlo` lets `jax.export` write the whole network.
- They share `_layers_of`, the layers and weights of a network; `_layer_math`, layers in terms of
  simpler ones; `_interface`, names and dtypes of the input and the output, each a `_tensor`; and
  `_metadata`, what a file says of its network.
"""

from jaxcnn.export._stablehlo import PLATFORMS, StablehloExport, stablehlo
from jaxcnn.export._tensor import Tensor
from jaxcnn.export.code._c import c
from jaxcnn.export.code._numpy import numpy
from jaxcnn.export.code._result import CodeExport
from jaxcnn.export.onnx_graph._model import needs_data_file
from jaxcnn.export.onnx_graph._onnx import OPSET, onnx
from jaxcnn.export.onnx_graph._quantization import MeasuredFile, Quantization
from jaxcnn.export.onnx_graph._quantize import Calibration, quantize
from jaxcnn.export.onnx_graph._result import OnnxExport
from jaxcnn.export.onnx_graph._runtime import OnnxNetwork

__all__ = [
    "OPSET",
    "PLATFORMS",
    "Calibration",
    "CodeExport",
    "MeasuredFile",
    "OnnxExport",
    "OnnxNetwork",
    "Quantization",
    "StablehloExport",
    "Tensor",
    "c",
    "needs_data_file",
    "numpy",
    "onnx",
    "quantize",
    "stablehlo",
]
