"""Trained networks as files that run without JAX.

| question | where |
|---|---|
| How does a network become an ONNX file? | `onnx`, `OnnxExport` |
| What does such a file predict here? | `OnnxNetwork` |
| How does a file become small, with int8 numbers? | `quantize`, `Quantized` |

- `_graph` builds a graph node by node; `_layers` says which nodes each layer becomes, with
  `_convolutions`, `_poolings`, `_normalizations` and `_activations`.
- `_model` puts input, layers, output and `_metadata` together, and lets ONNX check the result.
- `_quantize` lets ONNX Runtime's tool make a file of int8 numbers, and compares the predictions of
  both, for the inputs of `_file_inputs`; `_quantized` is the result.
- `predictor/predict.py` is the script that `_predictor` writes beside a file; it imports no jaxcnn.
"""

from jaxcnn.export._onnx import OPSET, onnx
from jaxcnn.export._quantize import Calibration, quantize
from jaxcnn.export._quantized import MeasuredFile, Quantized
from jaxcnn.export._result import OnnxExport, Tensor
from jaxcnn.export._runtime import OnnxNetwork

__all__ = [
    "OPSET",
    "Calibration",
    "MeasuredFile",
    "OnnxExport",
    "OnnxNetwork",
    "Quantized",
    "Tensor",
    "onnx",
    "quantize",
]
