"""Trained networks as files that run without jaxcnn, and most of them without JAX.

| question | where |
|---|---|
| How does a network become an ONNX file? | `onnx`, `OnnxExport` |
| What does such a file predict here? | `OnnxNetwork` |
| How does a file become small, with int8 numbers? | `quantize`, `Quantization` |
| How does a network become one file of Python or C? | `numpy`, `c`, `CodeExport` |
| How does it become a program that JAX alone runs? | `stablehlo`, `StablehloExport` |

- `_graph` builds a graph node by node; `_layers` says which nodes each layer becomes, with
  `_convolutions`, `_poolings`, `_normalizations` and `_activations`.
- `_model` puts input, layers, output and `_metadata` together, and lets ONNX check the result.
- `_quantize` lets ONNX Runtime's tool make a file of int8 numbers, and compares the predictions of
  both, for the inputs of `_file_inputs`; `_quantization` is the result.
- `code/` writes Python and C, from the layers as well: channels stay last there, and one line of
  code is one layer, so that people can read it.
- `_stablehlo` lets `jax.export` write the whole network.
- `predictor/predict.py` is the script that `_predictor` writes beside a file; it imports no jaxcnn.
"""

from jaxcnn.export._onnx import OPSET, onnx
from jaxcnn.export._quantization import MeasuredFile, Quantization
from jaxcnn.export._quantize import Calibration, quantize
from jaxcnn.export._result import OnnxExport, Tensor
from jaxcnn.export._runtime import OnnxNetwork
from jaxcnn.export._stablehlo import PLATFORMS, StablehloExport, stablehlo
from jaxcnn.export.code._c import c
from jaxcnn.export.code._numpy import numpy
from jaxcnn.export.code._result import CodeExport

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
    "numpy",
    "onnx",
    "quantize",
    "stablehlo",
]
