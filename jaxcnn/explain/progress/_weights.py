"""How the weights of each layer are spread."""

import math
from typing import NamedTuple

import numpy as np
from flax import nnx

from jaxcnn._support.leaves import named_leaves
from jaxcnn.architecture._walk import spoken
from jaxcnn.explain._layers import layer_names
from jaxcnn.explain._subject import Model, subject_of
from jaxcnn.explain.progress._order import in_order


class WeightHistogram(NamedTuple):
    """The weights of one array.

    Attributes:
        edges: the intervals' ends, ``(bins + 1,)``.
        counts: weights in each, ``(bins,)``, integers.
        mean: of all of them.
        std: their standard deviation.
    """

    edges: np.ndarray
    counts: np.ndarray
    mean: float
    std: float


def weight_histograms(model: Model, *, bins: int = 50) -> dict[str, WeightHistogram]:
    """Count the weights of each array of a network by their size.

    Args:
        model: a built module, a trained network or a run.
        bins: intervals of equal width, from the smallest weight to the largest, at most; arrays
            of few weights get twice the root of their number.

    Returns:
        By the arrays' names, such as ``stem.kernel``, in the order of the layers.

    Raises:
        TypeError: if `model` is of the wrong kind.
        ValueError: if bins are below 1, or weights not finite.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3, name="stem"), jaxcnn.BatchNorm()])
        >>> found = weight_histograms(jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0)), bins=4)
        >>> [*found], int(found["stem.kernel"].counts.sum())
        (['stem.bias', 'stem.kernel', '1.bias', '1.scale'], 72)
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins}")
    params = nnx.state(subject_of(model).module, nnx.Param)
    arrays = {spoken(name): np.asarray(leaf, np.float64) for name, leaf in named_leaves(params)}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite; it holds NaN or infinite weights")
    return {name: _histogram(arrays[name], bins) for name in in_order(arrays, layer_names(model))}


def _histogram(weights: np.ndarray, bins: int) -> WeightHistogram:
    counts, edges = np.histogram(weights, min(bins, math.ceil(2 * math.sqrt(weights.size))))
    return WeightHistogram(edges, counts, float(weights.mean()), float(weights.std()))
