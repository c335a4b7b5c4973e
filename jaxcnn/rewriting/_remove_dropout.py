"""The step `remove_dropout`."""

from jaxcnn.layers import (
    AvgPool,
    ChannelShuffle,
    DropBlock,
    Dropout,
    DropPath,
    Flatten,
    Layer,
    MaxPool,
    Rescale,
    Shape,
    SpatialDropout,
)
from jaxcnn.rewriting._linear import all_equal
from jaxcnn.rewriting._tree import WeightedLayers, read_tree, straight_lines, write_tree


def remove_dropout(network: WeightedLayers) -> tuple[WeightedLayers, int]:
    """Remove dropout of all kinds, and layers that return their input.

    In inference, dropout returns its input. The others are a `Flatten` of what is flat already, a
    pooling of single pixels, a shuffle of one group, and a `Rescale` by 1.

    Args:
        network: The layers and arrays.

    Returns:
        The new network, and how many layers were removed.
    """
    tree, count = read_tree(network), 0
    for line in straight_lines(tree):
        for node in line:
            if _returns_its_input(node.layer, node.input_shape):
                node.is_removed, count = True, count + 1
    return write_tree(tree, network.input_shape), count


def _returns_its_input(layer: Layer, input_shape: Shape) -> bool:
    match layer:
        case Dropout() | SpatialDropout() | DropPath() | DropBlock():
            return True
        case Flatten():
            return len(input_shape) == 1
        case MaxPool() | AvgPool():
            strides = 1 if layer.strides is None else layer.strides
            return all_equal((layer.window_shape, strides), 1)  # windows of 1 have no padding
        case Rescale():
            return layer.factor == 1
        case ChannelShuffle():
            return layer.groups == 1
    return False
