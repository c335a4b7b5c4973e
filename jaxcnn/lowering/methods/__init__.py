"""The methods that compute a convolution, and its gradients, with plain JAX operations.

- `_methods`: all of them as functions of a `Convolution` and its two arrays.
- A file a method: `_winograd` (minimal filtering), `_im2col` (matrix products), `_shifted`
  (multiply-adds of shifted images), `_phases` (inputs with zeros between their elements),
  `_groups` (one group after the other).
- What they share: `_blocks`, what a window's taps see, and batches and large images in pieces that
  stay in cache; `_kernel_gradient` reads a gradient by the kernel as what it is; `_im2col`
  multiplies matrices in the faster order.
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
from jaxcnn.lowering.methods._phases import by_phases

__all__ = [
    "by_groups",
    "by_im2col",
    "by_matmul",
    "by_padded_channels",
    "by_phases",
    "by_shifted",
    "by_winograd",
    "by_xla",
    "errs_in_xla",
    "group_of",
]
