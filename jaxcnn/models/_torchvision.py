"""Torchvision's weight initializers."""

FAN_IN = ("variance_scaling", 2.0, "fan_in", "normal")
"""He normal with the number of inputs (fan-in), not truncated."""

FAN_OUT = ("variance_scaling", 2.0, "fan_out", "normal")
"""He normal with the number of outputs (fan-out), not truncated."""

LINEAR = ("variance_scaling", 1 / 3, "fan_in", "uniform")
"""PyTorch's default for dense layers: uniform within ``1 / sqrt(inputs)``."""
