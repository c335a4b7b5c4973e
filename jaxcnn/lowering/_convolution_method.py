"""From a convolution as JAX lowers it to the method that computes it."""

from functools import partial
from typing import Any

from jax.core import ShapedArray

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._cpu_rule import Method
from jaxcnn.lowering._split_groups import MOST_GROUPS, split_groups


def convolution_method(
    lhs: ShapedArray, rhs: ShapedArray, *, out: ShapedArray, devices: int | None, **params: Any
) -> Method | None:
    """The chosen method as a function of the two arrays, or None for XLA's own convolution."""
    convolution = Convolution.of(lhs, rhs, out.dtype, params)
    if devices is None:
        method = split_groups if 1 < convolution.groups <= MOST_GROUPS else None
    else:
        method = dispatch.choose(convolution, devices=devices)
    return None if method is None else partial(method, convolution)
