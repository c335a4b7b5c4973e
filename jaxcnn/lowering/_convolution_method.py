"""From a convolution as JAX lowers it to the method that computes it."""

from functools import partial
from typing import Any

from jax.core import ShapedArray

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._cpu_rule import Computation


def convolution_method(
    lhs: ShapedArray, rhs: ShapedArray, *, out: ShapedArray, devices: int | None, **params: Any
) -> Computation | None:
    """The chosen method as a function of the two arrays, or None for XLA's own convolution."""
    convolution = Convolution.of(lhs, rhs, out.dtype, params)
    if 0 in convolution.strides:
        method = None  # for JAX's own error
    elif devices is None:
        method = dispatch.choose_for_split_arrays(convolution)
    else:
        method = dispatch.choose(convolution, devices=devices)
    return None if method is None else partial(method, convolution)
