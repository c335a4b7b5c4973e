"""A primitive of our own for convolutions: JAX's in all but how a CPU computes it.

What it means, how it is differentiated, transposed and batched are JAX's own rules for
`jax.lax.conv_general_dilated_p`. They are run as they are, and what they bind of JAX's primitive is
bound as ours, so that gradients and batches of our convolutions are our convolutions too.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
from jax import Array, lax
from jax.core import Trace
from jax.extend.core import Primitive, set_current_trace, take_current_trace
from jax.interpreters import ad, batching, mlir

from jaxcnn.lowering import dispatch
from jaxcnn.lowering._cpu_rule import as_jax_does, cpu_rule

conv_general_dilated_p = Primitive("jaxcnn_conv")


class _Rebind(Trace):
    """Binds our primitive where JAX's is bound, and passes on everything else."""

    def __init__(self, parent: Trace):
        super().__init__()
        self.parent = parent
        self.requires_low = parent.requires_low

    def process_primitive(self, primitive: Primitive, tracers: Any, params: Any, /) -> Any:
        if primitive is lax.conv_general_dilated_p:
            primitive = conv_general_dilated_p
        with set_current_trace(self.parent):
            return primitive.bind(*tracers, **params)


@contextmanager
def as_ours() -> Iterator[None]:
    """Makes the convolutions that are bound inside ours; not those in functions jitted inside."""
    with take_current_trace() as parent, set_current_trace(_Rebind(parent)):
        yield


@functools.lru_cache(maxsize=4096)
def _compiled(**params: Any) -> Any:
    def jaxcnn_conv(lhs: Array, rhs: Array) -> Array:
        return conv_general_dilated_p.bind(lhs, rhs, **params)

    return jax.jit(jaxcnn_conv)


@conv_general_dilated_p.def_impl
def _run(lhs: Array, rhs: Array, **params: Any) -> Array:
    """Runs one convolution by itself, outside of any compiled function."""
    # As JAX's own primitives do: uncompiled, this one would call itself for ever.
    with jax.disable_jit(False):
        return _compiled(**params)(lhs, rhs)


def _transpose(cotangent: Any, lhs: Any, rhs: Any, **params: Any) -> Any:
    """Both arguments' cotangents; that of the known one is None."""
    with as_ours():
        rule = ad.primitive_transposes[lax.conv_general_dilated_p]
        return rule(cotangent, lhs, rhs, **params)


def _transpose_lhs(cotangent: Any, lhs: Any, rhs: Array, **params: Any) -> Any:
    return _transpose(cotangent, ad.UndefinedPrimal(lhs.aval), rhs, **params)[0]


def _transpose_rhs(cotangent: Any, lhs: Array, rhs: Any, **params: Any) -> Any:
    return _transpose(cotangent, lhs, ad.UndefinedPrimal(rhs.aval), **params)[1]


def _batch(axis: Any, operands: Any, axes: Any, **params: Any) -> Any:
    with as_ours():
        rule = batching.fancy_primitive_batchers[lax.conv_general_dilated_p]
        return rule(axis, operands, axes, **params)


def _as_jax(lhs: Array, rhs: Array, **params: Any) -> Array:
    return lax.conv_general_dilated_p.bind(lhs, rhs, **params)


conv_general_dilated_p.def_effectful_abstract_eval(lax.conv_general_dilated_p.abstract_eval)
ad.defbilinear(conv_general_dilated_p, _transpose_lhs, _transpose_rhs)
batching.fancy_primitive_batchers[conv_general_dilated_p] = _batch
_jax_rule = as_jax_does(mlir.lower_fun(_as_jax, multiple_results=False))
mlir.register_lowering(conv_general_dilated_p, _jax_rule)
mlir.register_lowering(
    conv_general_dilated_p, cpu_rule(dispatch.convolution_method, _jax_rule), platform="cpu"
)
