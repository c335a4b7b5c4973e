"""Methods that compute a convolution, and its gradients.

- `_methods`: all methods as functions of a `Convolution` and its two arrays.
- One file per method: `_winograd` (minimal filtering), `_im2col` (matrix products), `_shifted`
  (multiply-adds of shifted images), `_phases` (dilated inputs), `_groups` (one group after the
  other), `_onednn`, `_onednn_product` and `_onednn_depthwise` (calls of the library in jaxlib).
- Shared parts: `_blocks` slices images by the taps of a window, and cuts batches and large images
  into pieces that stay in cache; `_kernel_gradient` recovers the original convolution from a
  kernel gradient; `_im2col` multiplies matrices in the faster order.
"""

from jaxcnn.lowering.methods._groups import by_groups, group_of
from jaxcnn.lowering.methods._methods import (
    by_im2col,
    by_matmul,
    by_padded_channels,
    by_shifted,
    by_winograd,
    by_xla,
    errs_in_xla,
)
from jaxcnn.lowering.methods._onednn import FUSED_ACTIVATIONS, by_fused_onednn, by_onednn, is_onednn
from jaxcnn.lowering.methods._onednn_depthwise import by_tall_onednn
from jaxcnn.lowering.methods._phases import by_phases

__all__ = [
    "FUSED_ACTIVATIONS",
    "by_fused_onednn",
    "by_groups",
    "by_im2col",
    "by_matmul",
    "by_onednn",
    "by_padded_channels",
    "by_phases",
    "by_shifted",
    "by_tall_onednn",
    "by_winograd",
    "by_xla",
    "errs_in_xla",
    "group_of",
    "is_onednn",
]
