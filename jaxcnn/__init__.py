"""jaxcnn: convolutional networks in JAX, as pure functions and plain data."""

from jaxcnn import architecture, data, explain, functional, lowering, models, nn, runs, training
from jaxcnn._version import __version__ as __version__
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
from jaxcnn.lowering import (
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.runs import Run, fit, fit_ensemble, load

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
    "Run",
    "Sequential",
    "WhiteningConv",
    "architecture",
    "build",
    "count_parameters",
    "data",
    "explain",
    "fast_convolutions",
    "fit",
    "fit_ensemble",
    "functional",
    "install_fast_convolutions",
    "load",
    "lowering",
    "models",
    "nn",
    "runs",
    "training",
    "uninstall_fast_convolutions",
]
