"""The ConvNeXts that only timm has."""

import dataclasses

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Residual,
    Sequential,
)
from jaxcnn.models._convnext import KERNEL_INIT, convnext_large, convnext_tiny


def convnext_large_mlp(
    num_classes: int = 1000, drop_path: float = 0.5, dropout: float = 0.0
) -> Sequential:
    """Make ConvNeXt-L with a hidden dense layer before the last one.

    Args:
        num_classes: Number of outputs.
        drop_path: Share of examples for which the last block is skipped in training. The share
            grows linearly from 0 at the first block to this value at the last.
        dropout: Share of the last dense layer's inputs that is dropped in training.
    """
    check_int("num_classes", num_classes)
    features, pool, _ = convnext_large(drop_path=drop_path).layers
    hidden = [Dense(1536, kernel_init=KERNEL_INIT), Activation("exact_gelu"), Dropout(dropout)]
    last = Dense(num_classes, kernel_init=KERNEL_INIT)
    classifier = [LayerNorm(), Flatten(), *hidden, last]
    return Sequential([features, pool, Sequential(classifier, name="classifier")])


def convnext_xxlarge(num_classes: int = 1000, drop_path: float = 0.5) -> Sequential:
    """Make ConvNeXt-XXL, whose layer norms have another epsilon.

    Args:
        num_classes: Number of outputs.
        drop_path: Share of examples for which the last block is skipped in training. The share
            grows linearly from 0 at the first block to this value at the last.
    """
    net = convnext_tiny(num_classes, (384, 768, 1536, 3072), (3, 4, 30, 3), drop_path)
    return Sequential(_with_epsilon(layer, 1e-5) for layer in net.layers)


def _with_epsilon(layer: Layer, epsilon: float) -> Layer:
    if isinstance(layer, LayerNorm):
        return dataclasses.replace(layer, epsilon=epsilon)
    if isinstance(layer, Sequential | Residual):
        layers = tuple(_with_epsilon(inner, epsilon) for inner in layer.layers)
        return dataclasses.replace(layer, layers=layers)
    return layer
