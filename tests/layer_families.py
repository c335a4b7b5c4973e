"""All layers of the library, each with several settings, and what each computes."""

import itertools

import numpy as np
from onnx_files import network

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    RMSNorm,
    SeparableConv,
    Sequential,
    SpatialDropout,
    SpectralNorm,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.layers import ACTIVATIONS, Container

LINE, IMAGE, VOLUME = (9, 4), (7, 9, 4), (5, 6, 7, 4)
"""A signal, an image and a volume, of odd sizes."""

CONVOLUTIONS = [
    *(Conv(6, 3, strides, padding) for strides in (1, 2) for padding in ("SAME", "VALID", 2)),
    *(Conv(6, 3, strides, "CIRCULAR", use_bias=False) for strides in (1, 2)),
    Conv(6, 4, 3, "SAME"),
    Conv(6, 2, padding="CIRCULAR"),
    Conv(6, 3, kernel_dilation=2),
    Conv(6, 3, padding="CIRCULAR", kernel_dilation=3),
    Conv(6, 3, 2, feature_group_count=2),
    DepthwiseConv(3, 2, channel_multiplier=2),
    DepthwiseConv(3, padding="CIRCULAR", use_bias=False),
    SeparableConv(5, 3, 2),
]

TRANSPOSED = [
    *(ConvTranspose(6, 3, strides) for strides in (1, 2, 4)),
    *(ConvTranspose(6, 3, strides, "VALID") for strides in (1, 2, 4)),
    *(ConvTranspose(6, 3, strides, "CIRCULAR") for strides in (1, 2)),
    ConvTranspose(6, 4, 2, 1, use_bias=False),
    ConvTranspose(6, 3, 2, 1, output_padding=1),
    ConvTranspose(6, 2, 2, "CIRCULAR", feature_group_count=2),
    ConvTranspose(6, 4, 3, 2, feature_group_count=2),
]

POOLINGS = [
    *(MaxPool(3, 2, padding) for padding in ("SAME", "VALID", 1)),
    MaxPool(2, ceil_mode=True),
    MaxPool(3, 2, 1, ceil_mode=True),
    *(AvgPool(3, 2, padding) for padding in ("SAME", "VALID", 1)),
    AvgPool(2, ceil_mode=True),
    *(AvgPool(3, 2, 1, *flags) for flags in itertools.product((True, False), repeat=2)),
    AvgPool(3, 1, "SAME", count_include_pad=False),
    AdaptiveAvgPool(2),
    AdaptiveAvgPool(5),
    GlobalAvgPool(),
    GlobalMaxPool(),
]

ANYWHERE = [
    BatchNorm(epsilon=1e-3),
    BatchNorm(use_scale=False, use_bias=False),
    GroupNorm(1),
    LayerNorm(),
    LayerNorm(use_scale=False, use_bias=False),
    RMSNorm(),
    RMSNorm(use_scale=False),
    LocalResponseNorm(3, 0.1, 0.5, 2),
    LocalResponseNorm(4, 0.1),
    Dense(5),
    Dense(5, use_bias=False),
    Flatten(),
    LayerScale(),
    Rescale(0.5),
    Dropout(0.5),
    DropPath(0.5),
    Residual([Dense(6), Activation("relu")], shortcut=[Dense(6, use_bias=False)]),
    Residual([LayerNorm()]),
    Parallel([Sequential([]), Dense(3), LayerNorm()], "concat"),
    Parallel([Dense(3), Dense(3)], name="both"),
    Repeat(Residual([BatchNorm()]), 2),
    WeightNorm(Dense(5)),
    SpectralNorm(Dense(5)),
]

OTHERS = [
    *ANYWHERE,
    GroupNorm(2),
    ChannelSplit(2, 1),
    ChannelShuffle(2),
    SqueezeExcite(3),
    SqueezeExcite(3, "silu", "hard_sigmoid"),
    DropBlock(0.1, 3),
    SpatialDropout(0.5),
    WeightNorm(Conv(6, 3, 2)),
    WeightNorm(ConvTranspose(6, 3, 2)),
    SpectralNorm(Conv(6, 3, padding="CIRCULAR")),
    SpectralNorm(ConvTranspose(6, 3, 2)),
    WeightNorm(DepthwiseConv(3)),
]

ON_IMAGES = [
    WhiteningConv(2),
    Conv(6, (3, 2), (1, 2), ((0, 2), (1, 0))),
    ConvTranspose(6, (3, 2), (1, 2), ((0, 2), (1, 0)), output_padding=(0, 1)),
    MaxPool((3, 2), (1, 2), ((0, 2), (1, 0))),
    Conv(6, 5, padding="CIRCULAR", kernel_dilation=5),  # which wraps more than once
    AdaptiveAvgPool((3, 8)),
    AdaptiveAvgPool((7, 3)),
    Sequential([Conv(3, 3), Activation("softmax")]),
    Sequential([Conv(3, 3), Activation("log_softmax")]),
    Sequential([Conv(3, 3), Dense(4), LayerNorm(), Activation("gelu"), Dense(3), Conv(2, 3)]),
]

OF_TEXTS = [
    Embedding(10, 3),
    Parallel([Embedding(10, 3), Embedding(10, 2)], "concat"),
    Sequential([Embedding(10, 4), Conv(3, 3), GlobalMaxPool()]),
]

FAMILIES = {
    "convolutions": CONVOLUTIONS,
    "transposed convolutions": TRANSPOSED,
    "poolings": POOLINGS,
    "other layers": OTHERS,
}

CASES = {f"{name} of images": (layers, IMAGE) for name, layers in FAMILIES.items()}
CASES |= {
    "layers of images": (ON_IMAGES, IMAGE),
    "activations": ([Activation(name) for name in ACTIVATIONS], LINE),
    "layers of vectors": ([Sequential([Flatten(), layer]) for layer in ANYWHERE], LINE),
    "layers of texts": (OF_TEXTS, (7,)),
}
OTHER_RANKS = {f"{name} of signals": (layers, LINE) for name, layers in FAMILIES.items()}
OTHER_RANKS |= {f"{name} of volumes": (layers, VOLUME) for name, layers in FAMILIES.items()}


def layers_in(layer):
    """A layer, and all layers inside."""
    yield layer
    inner = (
        [placed.layer for chain in layer.chains() for placed in chain]
        if isinstance(layer, Container)
        else [layer.layer]
        if isinstance(layer, WeightNorm | SpectralNorm)
        else []
    )
    for each in inner:
        yield from layers_in(each)


def side_by_side(layers, shape):
    """A network of layers that all get the same inputs, one behind the other in its outputs."""
    return network(Parallel([Sequential([layer, Flatten()]) for layer in layers], "concat"), shape)


def split(outputs, layers, shape):
    """The outputs of each layer."""
    sizes = [Sequential([layer, Flatten()]).output_shape(shape)[0] for layer in layers]
    return np.split(outputs, np.cumsum(sizes)[:-1], axis=1)
