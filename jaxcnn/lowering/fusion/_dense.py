"""Dense layers at each pixel, as in ConvNeXt, are 1×1 convolutions: what follows is fused, too."""

from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax.core import Tracer

from jaxcnn.lowering.fusion._pending import Pending

AXES = "DHW"
"""The letters of spatial axes in the layouts of convolutions."""


def pending_dense(params: dict[str, Any], inputs: Any, kernel: Any, output: Any) -> Pending | None:
    """Return a dense layer at each pixel as a convolution; None for other products.

    Other backends than CPUs have products that are faster than their 1×1 convolutions.

    Args:
        params: The parameters of `jax.lax.dot_general_p`.
        inputs: The input.
        kernel: The matrix; it has to be a constant.
        output: The output's type.
    """
    spatial, last = np.ndim(inputs) - 2, np.ndim(inputs) - 1
    is_dense = params["dimension_numbers"] == (((last,), (0,)), ((), ())) and np.ndim(kernel) == 2
    is_taken = is_dense and 1 <= spatial <= len(AXES) and jax.default_backend() == "cpu"
    if isinstance(kernel, Tracer) or not is_taken:
        return None
    ones, axes = (1,) * spatial, AXES[-spatial:]
    convolve = partial(
        lax.conv_general_dilated,
        window_strides=ones,
        padding="VALID",
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
        precision=params["precision"],
    )
    weights = np.asarray(kernel).reshape(*ones, *kernel.shape)
    shape = jax.ShapeDtypeStruct(inputs.shape, inputs.dtype)
    (convolution,) = jax.make_jaxpr(convolve)(shape, weights).eqns
    return Pending.of(inputs, weights, convolution.params, output)
