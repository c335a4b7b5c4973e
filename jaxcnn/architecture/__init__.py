"""Networks as plain data: layers, shapes, counts, receptive fields, building, JSON."""

from jaxcnn.architecture._adaptive_pool import AdaptiveAvgPool
from jaxcnn.architecture._build import build, check_input_shape, count_parameters
from jaxcnn.architecture._channels import ChannelShuffle, ChannelSplit, LayerScale
from jaxcnn.architecture._container import ArchitectureError, Container, Link
from jaxcnn.architecture._containers import Parallel, Repeat, Residual, Sequential
from jaxcnn.architecture._conv_transpose import ConvTranspose
from jaxcnn.architecture._convolution import Conv, WhiteningConv
from jaxcnn.architecture._dense import Dense, Flatten
from jaxcnn.architecture._depthwise import DepthwiseConv, SeparableConv
from jaxcnn.architecture._diff import Change, Diff, diff
from jaxcnn.architecture._elementwise import Activation, Dropout, DropPath, Rescale
from jaxcnn.architecture._embedding import Embedding
from jaxcnn.architecture._fit_budget import Member, fit_budget
from jaxcnn.architecture._halves import features, head, with_classes
from jaxcnn.architecture._initializers import INITIALIZERS
from jaxcnn.architecture._json import from_json, to_json
from jaxcnn.architecture._layer import Costs, Layer
from jaxcnn.architecture._normalization import BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm
from jaxcnn.architecture._pooling import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.architecture._squeeze_excite import SqueezeExcite
from jaxcnn.architecture._summary import summary
from jaxcnn.architecture._summary_row import SummaryRow
from jaxcnn.architecture._summary_table import Summary
from jaxcnn.architecture._walk import Visit, walk
from jaxcnn.architecture._window import Window

__all__ = [
    "INITIALIZERS",
    "Activation",
    "AdaptiveAvgPool",
    "ArchitectureError",
    "AvgPool",
    "BatchNorm",
    "Change",
    "ChannelShuffle",
    "ChannelSplit",
    "Container",
    "Conv",
    "ConvTranspose",
    "Costs",
    "Dense",
    "DepthwiseConv",
    "Diff",
    "DropPath",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "GroupNorm",
    "Layer",
    "LayerNorm",
    "LayerScale",
    "Link",
    "LocalResponseNorm",
    "MaxPool",
    "Member",
    "Parallel",
    "Repeat",
    "Rescale",
    "Residual",
    "SeparableConv",
    "Sequential",
    "SqueezeExcite",
    "Summary",
    "SummaryRow",
    "Visit",
    "WhiteningConv",
    "Window",
    "build",
    "check_input_shape",
    "count_parameters",
    "diff",
    "features",
    "fit_budget",
    "from_json",
    "head",
    "summary",
    "to_json",
    "walk",
    "with_classes",
]
