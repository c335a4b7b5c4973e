"""How torchvision draws weights, so that networks known from there start alike."""

FAN_IN = ("variance_scaling", 2.0, "fan_in", "normal")
"""He-normal by the number of inputs, not truncated."""

FAN_OUT = ("variance_scaling", 2.0, "fan_out", "normal")
"""He-normal by the number of outputs, not truncated."""

LINEAR = ("variance_scaling", 1 / 3, "fan_in", "uniform")
"""PyTorch's own for dense layers: uniform within ``1 / sqrt(inputs)``."""
