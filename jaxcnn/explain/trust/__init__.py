"""How far to trust a network.

- `_calibration`: its confidence beside its accuracy, and the temperature that aligns them.
- `_robustness`: its answers to images that are moved, turned or gray.
- `_sanity_check`: whether attributions depend on what it has learned.
"""
