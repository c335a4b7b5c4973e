"""Lowering rules of a CPU that compute a primitive by plain JAX operations where that pays."""

import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import jax
from jax import Array
from jax.core import ShapedArray
from jax.interpreters import mlir
from jax.sharding import AbstractMesh, use_abstract_mesh

Computation = Callable[..., Array]
"""A function of the primitive's operands, in plain JAX operations."""

Chooser = Callable[..., Computation | None]
"""``choose(*operands, out=, devices=, **params)``: what computes it, or None for JAX's own rule.

The operands and ``out`` are types (`jax.core.ShapedArray`) of static shapes, none of them empty;
``devices`` is how many devices run the program, each on arrays of its own, or None where XLA splits
arrays over devices: it would gather one that is split along the axis over which a method loops.
``params`` are the primitive's.
"""

# Whether the rules made here are to do as JAX does: inside a method, whose convolutions are XLA's.
_as_jax_does: ContextVar[bool] = ContextVar("as_jax_does", default=False)


def cpu_rule(
    choose: Chooser, otherwise: Callable, note: Callable[[bool], None] | None = None
) -> Callable:
    """Makes a rule for `jax.interpreters.mlir.register_lowering`.

    Args:
        choose: names the method.
        otherwise: JAX's own rule.
        note: is told at each use whether there was a method. JAX uses a rule once for all equal
            equations of a program.
    """

    def rule(ctx: mlir.LoweringRuleContext, *operands: Any, **params: Any) -> Any:
        if _as_jax_does.get():
            return otherwise(ctx, *operands, **params)
        method = _method(choose, ctx, params)
        if note is not None:
            note(method is not None)
        if method is None:
            return otherwise(ctx, *operands, **params)
        return as_jax_does(_lower)(method, ctx, *operands)

    return rule


def as_jax_does(rule: Callable) -> Callable:
    """Makes a rule under which nothing is computed by methods of ours."""

    def plain(*arguments: Any, **params: Any) -> Any:
        token = _as_jax_does.set(True)
        try:
            return rule(*arguments, **params)
        finally:
            _as_jax_does.reset(token)

    return plain


def _method(
    choose: Chooser, ctx: mlir.LoweringRuleContext, params: dict[str, Any]
) -> Computation | None:
    *operands, out = _types(ctx)
    sizes = [size for array in (*operands, out) for size in array.shape]
    is_static = all(isinstance(size, int) for size in sizes)
    if not is_static or 0 in sizes:
        return None
    devices = _devices(ctx.module_context.axis_context)
    return choose(*operands, out=out, devices=devices, **params)


def _types(ctx: mlir.LoweringRuleContext) -> list[ShapedArray]:
    """Types of the operands and, last, of the one result."""
    return [cast(ShapedArray, aval) for aval in (*ctx.avals_in, *ctx.avals_out)]


def _devices(context: mlir.AxisContext) -> int | None:
    """Number of devices that run the program; None where XLA splits its arrays over them."""
    match context:
        case mlir.ShardingContext(num_devices=1):
            return 1
        case mlir.SPMDAxisContext(mesh=mesh, manual_axes=manual):
            automatic = math.prod(size for axis, size in mesh.shape.items() if axis not in manual)
            return mesh.size if automatic == 1 else None
        case _:
            return None


def _lower(method: Computation, ctx: mlir.LoweringRuleContext, *operands: Any) -> Any:
    """Lowers a method as if there were no other devices, and whatever the caller's settings are.

    Inside `jax.shard_map` the types of arrays say over which devices they vary, and loops would
    have to begin with arrays of the right type. What happens on one device is nothing but shapes.
    """
    rule = mlir.lower_fun(method, multiple_results=False)
    with (
        use_abstract_mesh(AbstractMesh((), ())),
        jax.numpy_rank_promotion("allow"),
        jax.numpy_dtype_promotion("standard"),
    ):
        alone = [ShapedArray(array.shape, array.dtype) for array in _types(ctx)]
        return rule(ctx.replace(avals_in=alone[:-1], avals_out=alone[-1:]), *operands)
