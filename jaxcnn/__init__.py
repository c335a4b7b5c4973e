"""jaxcnn: convolutional networks in JAX, as pure functions and plain data."""

from jaxcnn import architecture, data, functional, models, nn, training
from jaxcnn.architecture import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Rescale,
    Residual,
    Sequential,
    WhiteningConv,
    build,
    count_parameters,
)
from jaxcnn.training import fit

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "AvgPool",
    "BatchNorm",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "MaxPool",
    "Rescale",
    "Residual",
    "Sequential",
    "WhiteningConv",
    "architecture",
    "build",
    "count_parameters",
    "data",
    "fit",
    "functional",
    "models",
    "nn",
    "training",
]
