"""Reduce windows, and compute gradients of max-pooling.

- `_extreme_pool`: the largest or smallest element of each window, with derivatives. Also a method
  for JAX's own gradient of max-pooling (`select_and_scatter_add`).
- `_reduce_windows`: reductions of windows, by the fastest method of each backend; `sum_windows`.
- Shared parts: `_primitives` makes operations that a CPU computes in another way; `_taps` slices an
  array by the elements of a window; `_values_at_positions` selects one element per window, and its
  transpose carries gradients back.
"""

from jaxcnn.lowering.pooling._extreme_pool import (
    MAX,
    MIN,
    max_windows,
    min_windows,
    pool_extreme,
    pool_gradient_method,
)
from jaxcnn.lowering.pooling._reduce_windows import identity_of_max, reduce_windows, sum_windows

__all__ = [
    "MAX",
    "MIN",
    "identity_of_max",
    "max_windows",
    "min_windows",
    "pool_extreme",
    "pool_gradient_method",
    "reduce_windows",
    "sum_windows",
]
