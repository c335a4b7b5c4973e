"""A convolution that adds a bias and perhaps an array, and applies an activation.

oneDNN does all that to each output while the output is still in a register. Other methods do it
afterwards, in one more pass over the outputs. The primitive has no derivatives and no batching
rule: it is for predictions.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import mlir

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._cpu_rule import Computation, cpu_rule
from jaxcnn.lowering._eager import run_compiled
from jaxcnn.lowering._partitioning import need_mesh
from jaxcnn.lowering._primitive import conv_general_dilated_p
from jaxcnn.lowering.methods import by_fused_onednn

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda outputs: jnp.maximum(outputs, 0),
    "relu6": lambda outputs: jnp.clip(outputs, 0, 6),
    "sigmoid": lax.logistic,
    "tanh": lax.tanh,
    "silu": jax.nn.silu,
    "gelu": jax.nn.gelu,
    "exact_gelu": partial(jax.nn.gelu, approximate=False),
}
"""The activations that can follow a convolution, by name."""

fused_convolution_p = Primitive("jaxcnn_fused_conv")


def fused_convolution(
    lhs: Array,
    rhs: Array,
    bias: Array,
    addend: Array | None = None,
    *,
    activation: str | None = None,
    **params: Any,
) -> Array:
    """Compute ``activation(convolution(lhs, rhs) + bias + addend)``.

    Args:
        lhs: The input.
        rhs: The kernel.
        bias: ``(channels,)``.
        addend: An array of the output's shape; None adds nothing.
        activation: One of `ACTIVATIONS`; None applies none.
        **params: The parameters of `jax.lax.conv_general_dilated_p`; the output has its channels
            last.
    """
    need_mesh(fused_convolution_p)
    operands = (lhs, rhs, bias) if addend is None else (lhs, rhs, bias, addend)
    return fused_convolution_p.bind(*operands, activation=activation, **params)


def _method(
    lhs: ShapedArray,
    rhs: ShapedArray,
    bias: ShapedArray,
    *addend: ShapedArray,
    out: ShapedArray,
    devices: int | None,
    has_mesh: bool,
    is_exported: bool,
    activation: str | None,
    **params: Any,
) -> Computation | None:
    """Choose the method on a CPU; None for a convolution and what follows it, one by one."""
    del bias, has_mesh
    convolution = Convolution.of(lhs, rhs, out.dtype, params)
    has_only_bias = activation is None and not addend
    if devices is None or is_exported:
        return None
    if not dispatch.is_fused(convolution, devices=devices, has_only_bias=has_only_bias):
        return None
    return partial(by_fused_onednn, convolution, activation=activation)


def unfused_convolution(
    lhs: Array,
    rhs: Array,
    bias: Array,
    addend: Array | None = None,
    *,
    activation: str | None,
    **params: Any,
) -> Array:
    """Compute the same as `fused_convolution`, one operation after another."""
    outputs = conv_general_dilated_p.bind(lhs, rhs, **params)
    outputs = outputs + lax.expand_dims(bias, range(lhs.ndim - 1))
    outputs = outputs if addend is None else outputs + addend
    return outputs if activation is None else ACTIVATIONS[activation](outputs)


@fused_convolution_p.def_abstract_eval
def _output(lhs: Any, rhs: Any, *_: Any, activation: str | None, **params: Any) -> Any:
    del activation
    output = jax.eval_shape(partial(conv_general_dilated_p.bind, **params), lhs, rhs)
    return ShapedArray(output.shape, output.dtype)


fused_convolution_p.def_impl(run_compiled(fused_convolution_p))
_plain_rule = mlir.lower_fun(unfused_convolution, multiple_results=False)
mlir.register_lowering(fused_convolution_p, _plain_rule)
mlir.register_lowering(fused_convolution_p, cpu_rule(_method, _plain_rule), platform="cpu")
