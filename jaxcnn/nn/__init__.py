"""Flax NNX modules that Flax lacks."""

from jaxcnn.nn._adaptive_pool import AdaptiveAvgPool
from jaxcnn.nn._call import call, takes
from jaxcnn.nn._channels import ChannelShuffle, ChannelSplit, LayerScale
from jaxcnn.nn._containers import COMBINATIONS, Parallel, Residual, Sequential, takes_mask
from jaxcnn.nn._conv_transpose import ConvTranspose
from jaxcnn.nn._drop_path import DropPath
from jaxcnn.nn._dropout import Dropout
from jaxcnn.nn._local_response_norm import LocalResponseNorm
from jaxcnn.nn._separable_conv import SeparableConv
from jaxcnn.nn._squeeze_excite import SqueezeExcite
from jaxcnn.nn._stateless import ACTIVATIONS, Activation, Flatten, GlobalPool, Pool, Rescale
from jaxcnn.nn._whitening import Frozen, WhiteningConv, initialize_from_data, needs_data

__all__ = [
    "ACTIVATIONS",
    "COMBINATIONS",
    "Activation",
    "AdaptiveAvgPool",
    "ChannelShuffle",
    "ChannelSplit",
    "ConvTranspose",
    "DropPath",
    "Dropout",
    "Flatten",
    "Frozen",
    "GlobalPool",
    "LayerScale",
    "LocalResponseNorm",
    "Parallel",
    "Pool",
    "Rescale",
    "Residual",
    "SeparableConv",
    "Sequential",
    "SqueezeExcite",
    "WhiteningConv",
    "call",
    "initialize_from_data",
    "needs_data",
    "takes",
    "takes_mask",
]
