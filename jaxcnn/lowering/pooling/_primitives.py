"""Primitives with one value per window, which a CPU computes in another way than other backends.

They are what `jax.lax.platform_dependent` is for, without its branches: in a program, each is one
operation, which programs that export to other formats can find by its name. JAX chooses where it
lowers a program, as it does for convolutions.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import batching, mlir
from jax.typing import DTypeLike

from jaxcnn.lowering._cpu_rule import lower_alone
from jaxcnn.lowering._eager import run_compiled
from jaxcnn.lowering._sliding_window import SlidingWindow

Method = Callable[..., Array]
"""``method(operand, window, **options)``, made of plain JAX operations."""


ALONG_NO_AXIS: dict[str, Any] = {
    "window_dimensions": 1,
    "window_strides": 1,
    "padding": (0, 0),
    "window_dilation": 1,
    "base_dilation": 1,
}
"""JAX's parameters of windows, with their values for an axis along which no window slides."""


def window_primitive(
    name: str, *, cpu: Method, default: Method, dtype: Callable[..., DTypeLike] | None = None
) -> Primitive:
    """Make a primitive of one array and one window, for `bind_window`. It has no derivatives.

    Args:
        name: Its name.
        cpu: Computes it on CPUs.
        default: Computes it on all other backends.
        dtype: Computes the dtype of the result from the window; None keeps that of the operand.
    """
    primitive = Primitive(name)

    def abstract(operand: ShapedArray, **params: Any) -> tuple[ShapedArray, Any]:
        window, _ = _split(operand, params)
        found, effects = lax.reduce_window_max_p.abstract_eval(operand, **_params(window))
        return (found if dtype is None else found.update(dtype=dtype(window))), effects

    def rule(method: Method) -> Callable[..., Any]:
        def lower(ctx: mlir.LoweringRuleContext, operand: Any, **params: Any) -> Any:
            window, options = _split(ctx.avals_in[0], params)
            return lower_alone(partial(method, window=window, **options), ctx, operand)

        return lower

    primitive.def_impl(run_compiled(primitive))
    primitive.def_effectful_abstract_eval(abstract)
    batching.primitive_batchers[primitive] = partial(_batch, primitive)
    mlir.register_lowering(primitive, rule(default))
    mlir.register_lowering(primitive, rule(cpu), platform="cpu")
    return primitive


def bind_window(
    primitive: Primitive, operand: Array, window: SlidingWindow, **options: Any
) -> Array:
    """Apply a primitive of `window_primitive`, or of JAX's that reduce windows, to an array."""
    return primitive.bind(operand, **_params(window), **options)


def _params(window: SlidingWindow) -> dict[str, Any]:
    """Return a window as JAX's parameters."""
    values = window.sizes, window.strides, window.padding, window.dilation, window.input_dilation
    return dict(zip(ALONG_NO_AXIS, values, strict=True))


def _split(operand: Any, params: dict[str, Any]) -> tuple[SlidingWindow, dict[str, Any]]:
    """Return the window that JAX's parameters describe, and all other parameters."""
    window = SlidingWindow(operand.shape, *(tuple(params[name]) for name in ALONG_NO_AXIS))
    return window, {name: params[name] for name in params.keys() - ALONG_NO_AXIS.keys()}


def _batch(
    primitive: Primitive, operands: tuple[Array], axes: tuple[int], **params: Any
) -> tuple[Array, int]:
    (operand,), (axis,) = operands, axes
    for name, value in ALONG_NO_AXIS.items():
        params[name] = (*params[name][:axis], value, *params[name][axis:])
    return primitive.bind(operand, **params), axis
