"""Trained networks as files that run without JAX.

| question | where |
|---|---|
| How does a network become an ONNX file? | `onnx`, `OnnxExport` |

- `_graph` builds a graph node by node; `_layers` says which nodes each layer becomes, with
  `_convolutions`, `_poolings`, `_normalizations` and `_activations`.
- `_model` puts input, layers, output and `_metadata` together, and lets ONNX check the result.
"""

from jaxcnn.export._onnx import onnx
from jaxcnn.export._result import OnnxExport, Tensor

__all__ = ["OnnxExport", "Tensor", "onnx"]
