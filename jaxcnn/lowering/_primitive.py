"""jaxcnn's convolution primitive, which differs from JAX's only in how a CPU computes it.

Its abstract evaluation, differentiation, transposition and batching are JAX's rules for
`jax.lax.conv_general_dilated_p`. Where such a rule binds JAX's primitive, jaxcnn's primitive is
bound instead. So the gradients and batches of jaxcnn's convolutions are jaxcnn's convolutions, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from jax import Array, lax
from jax.core import ShapedArray, Trace
from jax.extend.core import Primitive, set_current_trace, take_current_trace
from jax.interpreters import ad, batching, mlir

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._cpu_rule import Computation, cpu_rule, with_jax_rules
from jaxcnn.lowering._eager import run_compiled
from jaxcnn.lowering._partitioning import can_split, need_mesh, split_by_xla

conv_general_dilated_p = Primitive("jaxcnn_conv")


class _Rebind(Trace):
    """A trace that binds jaxcnn's primitive in place of JAX's, and leaves all others unchanged."""

    def __init__(self, parent: Trace):
        super().__init__()
        self.parent = parent
        self.requires_low = parent.requires_low

    def process_primitive(self, primitive: Primitive, tracers: Any, params: Any, /) -> Any:
        if primitive is lax.conv_general_dilated_p:
            primitive = conv_general_dilated_p
            need_mesh(primitive)
        with set_current_trace(self.parent):
            return primitive.bind(*tracers, **params)


@contextmanager
def rebind_convolutions() -> Iterator[None]:
    """Bind jaxcnn's primitive in place of JAX's within the context.

    A function that `jax.jit` compiles within the context keeps JAX's convolutions.
    """
    with take_current_trace() as parent, set_current_trace(_Rebind(parent)):
        yield


def _transpose(cotangent: Any, lhs: Any, rhs: Any, **params: Any) -> Any:
    """Return the cotangents of both operands; that of the known operand is None."""
    with rebind_convolutions():
        rule = ad.primitive_transposes[lax.conv_general_dilated_p]
        return rule(cotangent, lhs, rhs, **params)


def _transpose_lhs(cotangent: Any, lhs: Any, rhs: Array, **params: Any) -> Any:
    return _transpose(cotangent, ad.UndefinedPrimal(lhs.aval), rhs, **params)[0]


def _transpose_rhs(cotangent: Any, lhs: Array, rhs: Any, **params: Any) -> Any:
    return _transpose(cotangent, lhs, ad.UndefinedPrimal(rhs.aval), **params)[1]


def _batch(axis: Any, operands: Any, axes: Any, **params: Any) -> Any:
    with rebind_convolutions():
        rule = batching.fancy_primitive_batchers[lax.conv_general_dilated_p]
        return rule(axis, operands, axes, **params)


def convolution_method(
    lhs: ShapedArray,
    rhs: ShapedArray,
    *,
    out: ShapedArray,
    devices: int | None,
    has_mesh: bool,
    is_exported: bool,
    **params: Any,
) -> Computation | None:
    """Choose the computation of a convolution where JAX lowers it for CPUs.

    Args:
        lhs: Type of the input.
        rhs: Type of the kernel.
        out: Type of the output.
        devices: Number of devices that run the program; None where XLA splits arrays over them.
        has_mesh: Whether the mesh over which XLA splits them is known.
        is_exported: Whether the program may run with another jaxlib, or on another machine.
        **params: Parameters of `jax.lax.conv_general_dilated_p`.

    Returns:
        A function of the two arrays, or None for XLA's own convolution.
    """
    choose = partial(
        dispatch.convolution_method, lhs, rhs, out=out, is_exported=is_exported, **params
    )
    is_split = devices is None and has_mesh and can_split() and not is_exported
    if is_split and choose(devices=1) is not None:
        return split_by_xla(Convolution.of(lhs, rhs, out.dtype, params), conv_general_dilated_p)
    return choose(devices=devices)


def _jax_convolution(lhs: Array, rhs: Array, **params: Any) -> Array:
    return lax.conv_general_dilated_p.bind(lhs, rhs, **params)


conv_general_dilated_p.def_impl(run_compiled(conv_general_dilated_p))
conv_general_dilated_p.def_effectful_abstract_eval(lax.conv_general_dilated_p.abstract_eval)
ad.defbilinear(conv_general_dilated_p, _transpose_lhs, _transpose_rhs)
batching.fancy_primitive_batchers[conv_general_dilated_p] = _batch
_jax_rule = with_jax_rules(mlir.lower_fun(_jax_convolution, multiple_results=False))
mlir.register_lowering(conv_general_dilated_p, _jax_rule)
mlir.register_lowering(
    conv_general_dilated_p, cpu_rule(convolution_method, _jax_rule), platform="cpu"
)
