"""Fold what follows a convolution into it, for networks that are only used to predict.

- `_fuse`: rewrites a function of images. It reads the function's jaxpr from left to right.
- `_pending`: a convolution that is not computed yet. It takes factors, biases, a sum and an
  activation as long as it can.
- `_primitive`: a convolution with a bias, a sum and an activation, as one primitive of JAX.
"""

from jaxcnn.lowering.fusion._fuse import FusedFunction, fuse
from jaxcnn.lowering.fusion._primitive import fused_convolution, one_by_one

__all__ = ["FusedFunction", "fuse", "fused_convolution", "one_by_one"]
