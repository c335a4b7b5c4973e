"""Check how far to trust a network.

- `_calibration`: whether its confidence matches its accuracy, and the temperature that aligns them.
- `_robustness`: its accuracy on shifted, rotated and gray images.
- `_sanity_check`: whether attributions depend on what it has learned.
"""
