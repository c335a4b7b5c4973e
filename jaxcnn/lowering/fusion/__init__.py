"""Fuse convolutions with the operations after them, in networks that are only used to predict.

- `_fuse`: rewrites a function of images. It reads the function's jaxpr from left to right.
- `_activations`: makes one operation of SiLU and GELU, which are several in a jaxpr.
- `_dense`: makes 1×1 convolutions of dense layers at each pixel.
- `_pending`: a convolution that is not computed yet, with the operations that are fused with it.
- `_primitive`: a convolution with a bias, a sum and an activation, as one primitive of JAX.
"""

from jaxcnn.lowering.fusion._fuse import FusedFunction, fuse
from jaxcnn.lowering.fusion._primitive import fused_convolution, unfused_convolution

__all__ = ["FusedFunction", "fuse", "fused_convolution", "unfused_convolution"]
