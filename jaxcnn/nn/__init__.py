"""Flax NNX modules that Flax lacks."""

from jaxcnn.nn._call import call, takes
from jaxcnn.nn._containers import COMBINATIONS, Parallel, Residual, Sequential, takes_mask
from jaxcnn.nn._dropout import Dropout
from jaxcnn.nn._stateless import ACTIVATIONS, Activation, Flatten, GlobalPool, Pool, Rescale
from jaxcnn.nn._whitening import Frozen, WhiteningConv, initialize_from_data, needs_data

__all__ = [
    "ACTIVATIONS",
    "COMBINATIONS",
    "Activation",
    "Dropout",
    "Flatten",
    "Frozen",
    "GlobalPool",
    "Parallel",
    "Pool",
    "Rescale",
    "Residual",
    "Sequential",
    "WhiteningConv",
    "call",
    "initialize_from_data",
    "needs_data",
    "takes",
    "takes_mask",
]
