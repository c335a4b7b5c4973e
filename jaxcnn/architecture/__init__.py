"""Networks as plain data: layers, shapes, counts, receptive fields, building, JSON."""

from jaxcnn.architecture._build import build, check_input_shape, count_parameters
from jaxcnn.architecture._containers import (
    ArchitectureError,
    Container,
    Link,
    Parallel,
    Repeat,
    Residual,
    Sequential,
)
from jaxcnn.architecture._convolution import Conv, WhiteningConv
from jaxcnn.architecture._dense import Dense, Flatten
from jaxcnn.architecture._diff import Change, Diff, diff
from jaxcnn.architecture._elementwise import Activation, BatchNorm, Dropout, Rescale
from jaxcnn.architecture._halves import features, head, with_classes
from jaxcnn.architecture._initializers import INITIALIZERS
from jaxcnn.architecture._json import from_json, to_json
from jaxcnn.architecture._layer import Costs, Layer
from jaxcnn.architecture._pooling import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.architecture._walk import Visit, walk
from jaxcnn.architecture._window import Window

__all__ = [
    "INITIALIZERS",
    "Activation",
    "ArchitectureError",
    "AvgPool",
    "BatchNorm",
    "Change",
    "Container",
    "Conv",
    "Costs",
    "Dense",
    "Diff",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "Layer",
    "Link",
    "MaxPool",
    "Parallel",
    "Repeat",
    "Rescale",
    "Residual",
    "Sequential",
    "Visit",
    "WhiteningConv",
    "Window",
    "build",
    "check_input_shape",
    "count_parameters",
    "diff",
    "features",
    "from_json",
    "head",
    "to_json",
    "walk",
    "with_classes",
]
