"""How windows are reduced, and how gradients of max-pooling are computed.

- `_extreme_pool`: the largest or smallest element of each window, differentiable; and the gradient
  of everybody's max-pooling (`select_and_scatter_add`).
- `_reduce_windows`: any reduction of windows, each backend's fastest way; `sum_windows`.
- What they share: the `_taps` of a window; `_max_and_min`, the two ways to choose an
  element, and where in each window it stands; `_values_at_places` carries values from there, and
  gradients back.
"""

from jaxcnn.lowering.pooling._extreme_pool import (
    max_windows,
    min_windows,
    pool_extreme,
    pool_gradient_method,
)
from jaxcnn.lowering.pooling._max_and_min import MAX, MIN, smallest
from jaxcnn.lowering.pooling._reduce_windows import reduce_windows, sum_windows

__all__ = [
    "MAX",
    "MIN",
    "max_windows",
    "min_windows",
    "pool_extreme",
    "pool_gradient_method",
    "reduce_windows",
    "smallest",
    "sum_windows",
]
