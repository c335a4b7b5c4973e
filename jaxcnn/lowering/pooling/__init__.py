"""How windows are reduced, and how gradients of max-pooling are computed.

- `_extreme_pool`: the largest or smallest element of each window, differentiable.
- `_reduce_windows`: any reduction of windows, each backend's fastest way; `sum_windows`.
- `_pool_gradient`: the gradient of everybody's max-pooling (`select_and_scatter_add`).
- What they share: `_sliding_windows` and its `_taps`; `_max_and_min`, the two ways to choose;
  `_first_places`, where in each window the chosen element stands; `_values_at_places` carries
  values from there, and gradients back.
"""
