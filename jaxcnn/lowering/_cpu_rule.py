"""Lowering rules for CPUs that replace a primitive by plain JAX operations where that is faster."""

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
"""A function of the primitive's operands, made of plain JAX operations."""

Chooser = Callable[..., Computation | None]
"""``choose(*operands, out=, devices=, has_mesh=, is_exported=, **params)`` returns a computation,
or None for JAX's rule.

The operands and ``out`` are types (`jax.core.ShapedArray`) with static shapes, none of them empty.
``devices`` is the number of devices that run the program, each on its own arrays. It is None where
XLA splits arrays over devices: XLA would gather an array that is split along an axis over which a
method loops. ``has_mesh`` is True if JAX knows the mesh of these devices, so that the computation
can say how it is split (`lowering/_partitioning.py`). ``is_exported`` is True if the program is
lowered for `jax.export`, and may run with another version of jaxlib or on another machine.
``params`` are the primitive's parameters.
"""

# True while a method is lowered: the convolutions inside a method are XLA's.
_use_jax_rules: ContextVar[bool] = ContextVar("with_jax_rules", default=False)


def cpu_rule(
    choose: Chooser, jax_rule: Callable, note: Callable[[bool], None] | None = None
) -> Callable:
    """Make a lowering rule for `jax.interpreters.mlir.register_lowering`.

    Args:
        choose: Chooses the computation for one use of the primitive.
        jax_rule: JAX's own rule, for the uses for which `choose` returns None.
        note: Called at each use with a bool: whether `choose` returned a computation. JAX applies
            a rule once for all equal equations of a program.
    """

    def rule(ctx: mlir.LoweringRuleContext, *operands: Any, **params: Any) -> Any:
        if _use_jax_rules.get():
            return jax_rule(ctx, *operands, **params)
        method = _method(choose, ctx, params)
        if note is not None:
            note(method is not None)
        if method is None:
            return jax_rule(ctx, *operands, **params)
        return with_jax_rules(lower_alone)(method, ctx, *operands)

    return rule


def with_jax_rules(rule: Callable) -> Callable:
    """Wrap a rule so that the rules made by `cpu_rule` fall back to JAX's while it runs."""

    def plain(*arguments: Any, **params: Any) -> Any:
        token = _use_jax_rules.set(True)
        try:
            return rule(*arguments, **params)
        finally:
            _use_jax_rules.reset(token)

    return plain


def _method(
    choose: Chooser, ctx: mlir.LoweringRuleContext, params: dict[str, Any]
) -> Computation | None:
    *operands, out = _types(ctx)
    sizes = [size for array in (*operands, out) for size in array.shape]
    is_static = all(isinstance(size, int) for size in sizes)
    if not is_static or 0 in sizes:
        return None
    context = ctx.module_context.axis_context
    is_exported = ctx.module_context.lowering_parameters.for_export
    facts = {"devices": _devices(context), "has_mesh": _has_mesh(context)}
    return choose(*operands, out=out, **facts, is_exported=is_exported, **params)


def _types(ctx: mlir.LoweringRuleContext) -> list[ShapedArray]:
    """Return the types of the operands, followed by that of the result."""
    return [cast(ShapedArray, aval) for aval in (*ctx.avals_in, *ctx.avals_out)]


def _devices(context: mlir.AxisContext) -> int | None:
    """Return how many devices run the program; None if XLA splits its arrays over them."""
    match context:
        case mlir.ShardingContext(num_devices=1):
            return 1
        case mlir.SPMDAxisContext(mesh=mesh, manual_axes=manual):
            automatic = math.prod(size for axis, size in mesh.shape.items() if axis not in manual)
            return mesh.size if automatic == 1 else None
        case _:
            return None


def _has_mesh(context: mlir.AxisContext) -> bool:
    """Tell whether the program's arrays are split over a mesh that JAX told (`need_mesh`)."""
    match context:
        case mlir.ShardingContext(device_assignment=devices, abstract_mesh=mesh):
            return devices is not None and mesh is not None
        case _:
            return False


def lower_alone(method: Computation, ctx: mlir.LoweringRuleContext, *operands: Any) -> Any:
    """Lower a method for one device, independent of the caller's mesh and promotion settings.

    Inside `jax.shard_map`, the type of an array says over which devices it varies, and loops would
    have to start with arrays of matching type. For the computation on one device only shapes and
    dtypes matter.
    """
    rule = mlir.lower_fun(method, multiple_results=False)
    with (
        use_abstract_mesh(AbstractMesh((), ())),
        jax.numpy_rank_promotion("allow"),
        jax.numpy_dtype_promotion("standard"),
    ):
        alone = [ShapedArray(array.shape, array.dtype) for array in _types(ctx)]
        return rule(ctx.replace(avals_in=alone[:-1], avals_out=alone[-1:]), *operands)
