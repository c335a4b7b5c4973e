"""Trained networks as files that run without jaxcnn, and most of them without JAX.

| question | where |
|---|---|
| How does a network become an ONNX file? | `onnx`, `OnnxExport` |
| What does such a file predict here? | `OnnxNetwork` |
| How does it become a program that JAX alone runs? | `stablehlo`, `StablehloExport` |

- `_graph` builds a graph node by node; `_layers` says which nodes each layer becomes, with
  `_convolutions`, `_poolings`, `_normalizations` and `_activations`.
- `_model` puts input, layers, output and `_metadata` together, and lets ONNX check the result.
- `_stablehlo` lets `jax.export` write the whole network.
- `predictor/predict.py` is the script that `_predictor` writes beside a file; it imports no jaxcnn.
"""

from jaxcnn.export._onnx import OPSET, onnx
from jaxcnn.export._result import OnnxExport, Tensor
from jaxcnn.export._runtime import OnnxNetwork
from jaxcnn.export._stablehlo import PLATFORMS, StablehloExport, stablehlo

__all__ = [
    "OPSET",
    "PLATFORMS",
    "OnnxExport",
    "OnnxNetwork",
    "StablehloExport",
    "Tensor",
    "onnx",
    "stablehlo",
]
