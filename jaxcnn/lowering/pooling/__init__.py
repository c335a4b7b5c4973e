"""How windows are reduced, and how gradients of max-pooling are computed.

- `_extreme_pool`: the largest or smallest element of each window, differentiable, and where in
  the window it stands; and the gradient of everybody's max-pooling (`select_and_scatter_add`).
- `_reduce_windows`: any reduction of windows, each backend's fastest way; `sum_windows`.
- What they share: the `_taps` of a window; `_values_at_places` carries values from a chosen
  element, and gradients back to it.
"""

from jaxcnn.lowering.pooling._extreme_pool import (
    MAX,
    MIN,
    max_windows,
    min_windows,
    pool_extreme,
    pool_gradient_method,
    smallest,
)
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
