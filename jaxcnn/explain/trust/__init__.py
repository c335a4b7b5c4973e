"""Check how far to trust a network.

- `_calibration`: whether confidence matches accuracy, and the temperature that aligns the two.
- `_robustness`: the accuracy on shifted, rotated and gray images.
- `_sanity_check`: whether attributions depend on what the network has learned.
"""
