"""The step `fold_batch_norms`."""

from collections.abc import Sequence

import numpy as np

from jaxcnn.rewriting._linear import (
    can_be_swapped,
    can_scale_inputs,
    factor_and_offset,
    is_linear,
    scale_inputs,
    scale_outputs,
)
from jaxcnn.rewriting._tree import Node, WeightedLayers, read_tree, straight_lines, write_tree


def fold_batch_norms(network: WeightedLayers) -> tuple[WeightedLayers, int]:
    """Fold batch norms, layer scales and rescalings into the weights of a layer beside them.

    In inference a batch norm multiplies each channel by a constant and adds another. After a
    convolution, of any kind, or a dense layer, both constants are moved into its kernel and bias:

        factor = scale / sqrt(variance + epsilon)
        kernel = kernel * factor,  bias = (bias - mean) * factor + offset

    If there is no such layer before, they are moved into the one after, where that is exact for
    images of all sizes: it pads with nothing, or there is only a factor. Poolings may be between
    the two layers: of means, or of maxima if no factor is negative. An activation or a sum between
    them keeps a batch norm where it is, and so does a weight or spectral norm around the layer.

    Args:
        network: The layers and arrays.

    Returns:
        The new network, and how many layers were folded.
    """
    tree, count = read_tree(network), 0
    for line in straight_lines(tree):
        while folded := sum(_fold(line, index) for index in range(len(line))):
            count += folded  # what is folded brings others beside a layer with weights
    return write_tree(tree, network.input_shape), count


def _fold(line: list[Node], index: int) -> bool:
    """Fold the layer at an index of a line, if that is possible."""
    node = line[index]
    found = None if node.is_removed else factor_and_offset(node)
    if found is None:
        return False
    factor, offset = found
    before, after = _nearest(line[:index][::-1], factor), _nearest(line[index + 1 :], factor)
    if before is not None and is_linear(before):
        scale_outputs(before, factor, offset)
    elif after is not None and is_linear(after) and can_scale_inputs(after, offset):
        scale_inputs(after, factor, offset)
    else:
        return False
    node.is_removed = True
    return True


def _nearest(nodes: Sequence[Node], factor: np.ndarray) -> Node | None:
    """Return the first node that is there, and not a pooling that the factors can pass."""
    kept = (node for node in nodes if not node.is_removed)
    return next((node for node in kept if not can_be_swapped(node.layer, factor)), None)
