"""Rewrite a function so that convolutions include the operations that follow them.

The function's jaxpr is evaluated once. What depends only on constants is computed at once, so the
factors of batch norm end up in the kernels. What depends on the input becomes a new jaxpr.
"""

import math
from collections.abc import Callable, Sequence
from operator import methodcaller
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array, lax
from jax.core import Tracer
from jax.extend.core import Literal, jaxpr_as_fun
from jax.typing import ArrayLike

from jaxcnn.lowering._primitive import conv_general_dilated_p
from jaxcnn.lowering.fusion._activations import CALLS, COMPOSED, count_uses, with_activations
from jaxcnn.lowering.fusion._dense import pending_dense
from jaxcnn.lowering.fusion._pending import Pending

LARGE = 2**16
"""Arrays of more elements are not made at once, unless from arrays of that size."""

MAX_EMBEDDED = 2**30
"""Constants of more bytes are arguments of the program, which XLA limits to 2 GiB.

Embedded constants are up to a tenth faster: XLA arranges them in advance.
"""


class FusedFunction(NamedTuple):
    """A function of one array, and the constants that are arguments of it, too.

    Attributes:
        function: Takes the list of constants, and the array.
        constants: The constants, such as kernels; empty if they are part of the function.
    """

    function: Callable[[list[Any], ArrayLike], Array]
    constants: list[Any]


def fuse(function: Callable[[Array], Array], inputs: Any) -> FusedFunction:
    """Return a function that computes the same with fewer passes over memory, up to rounding.

    Batch norm in eval mode, biases, sums with another branch and some activations become part of
    the convolution before them, or the dense layer at each pixel. The result can be compiled, but
    neither differentiated nor batched by `jax.vmap`.

    Args:
        function: A function of one array that returns one array. Its weights are constants.
        inputs: The array, or its type.
    """
    plain = jax.make_jaxpr(function)(inputs)

    def evaluate(inputs: Array) -> Array:
        return _computed(_evaluate(plain, [inputs])[0])

    fused = jax.make_jaxpr(evaluate)(inputs)

    def apply(constants: list[Any], inputs: ArrayLike) -> Array:
        given = fused.replace(consts=constants or fused.consts)
        return jaxpr_as_fun(given)(inputs)[0]

    is_large = sum(constant.nbytes for constant in fused.consts) > MAX_EMBEDDED
    return FusedFunction(apply, list(fused.consts) if is_large else [])


def _evaluate(closed: Any, arguments: Sequence[Any]) -> list[Any]:
    """Evaluate a closed jaxpr; results, like arguments, may be `Pending`."""
    jaxpr = with_activations(closed.jaxpr)
    values: dict[Any, Any] = dict(zip(jaxpr.constvars, closed.consts, strict=True))
    uses = count_uses(jaxpr.eqns, jaxpr.outvars)

    def write(variable: Any, value: Any) -> None:
        # A convolution that two operations need is computed as it is.
        values[variable] = value if uses[variable] == 1 else _computed(value)

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else values[atom]

    for variable, value in zip(jaxpr.invars, arguments, strict=True):
        write(variable, value)
    for equation in jaxpr.eqns:
        results = _apply(equation, [read(atom) for atom in equation.invars])
        for variable, value in zip(equation.outvars, results, strict=True):
            write(variable, value)
    return [read(atom) for atom in jaxpr.outvars]


def _apply(equation: Any, operands: list[Any]) -> list[Any]:
    """Apply one equation of a jaxpr to its operands."""
    primitive = equation.primitive
    if primitive in CALLS:
        return _evaluate(equation.params[CALLS[primitive]], operands)
    if _is_constant(equation, operands):
        with jax.ensure_compile_time_eval():
            return _bind(equation, operands)
    operands = _with_one_pending(operands)
    pending = None
    if primitive in CONVOLUTIONS:
        inputs, kernel = operands = [*map(_computed, operands)]
        pending = Pending.of(inputs, kernel, equation.params, equation.outvars[0].aval)
    elif primitive is lax.dot_general_p:
        inputs, kernel = operands = [*map(_computed, operands)]
        pending = pending_dense(equation.params, inputs, kernel, equation.outvars[0].aval)
    elif primitive in FUSED:
        pending = _fused(primitive, operands, equation.outvars[0].aval.shape)
    return _bind(equation, operands) if pending is None else [pending]


def _is_constant(equation: Any, operands: list[Any]) -> bool:
    """Tell whether an equation can be evaluated at once, and does not make a large array.

    Zeros of the size of an activation would take memory, and XLA makes them as it needs them.
    """
    depends = any(isinstance(operand, Tracer | Pending) for operand in operands)
    if depends or equation.effects:  # what prints has to do so at each call
        return False
    made = sum(math.prod(variable.aval.shape) for variable in equation.outvars)
    return made <= max([LARGE, *map(np.size, operands)])


def _with_one_pending(operands: list[Any]) -> list[Any]:
    """Compute all pending operands but one: the first to which something can be added."""
    pending = [operand for operand in operands if isinstance(operand, Pending)]
    kept = next((one for one in pending if one.is_open), pending[0] if pending else None)
    return [operand if operand is kept else _computed(operand) for operand in operands]


def _fused(primitive: Any, operands: list[Any], shape: tuple[int, ...]) -> Pending | None:
    """Return the pending operand with an operation included, or None if it cannot be included."""
    if primitive in COMMUTATIVE and isinstance(operands[1], Pending):
        operands = operands[::-1]
    pending, *others = operands
    if not isinstance(pending, Pending) or shape != pending.shape:
        return None
    with jax.ensure_compile_time_eval():
        return FUSED[primitive](pending, *others)


def _minus(pending: Pending, term: Any) -> Pending | None:
    return None if isinstance(term, Tracer) else pending.plus(-term)


def _divided(pending: Pending, divisor: Any) -> Pending | None:
    return None if isinstance(divisor, Tracer) else pending.times(1 / divisor)


def _at_least(pending: Pending, bound: Any) -> Pending | None:
    return pending.activated("relu") if _is_number(bound, 0) else None


def _at_most(pending: Pending, bound: Any) -> Pending | None:
    return pending.at_most_six() if _is_number(bound, 6) else None


def _is_number(value: Any, number: float) -> bool:
    return not isinstance(value, Tracer) and np.ndim(value) == 0 and bool(value == number)


CONVOLUTIONS = {conv_general_dilated_p, lax.conv_general_dilated_p}
COMMUTATIVE = {lax.add_p, lax.mul_p, lax.max_p, lax.min_p}
FUSED: dict[Any, Callable[..., Pending | None]] = {
    lax.add_p: Pending.plus,
    lax.sub_p: _minus,
    lax.mul_p: Pending.times,
    lax.div_p: _divided,
    lax.max_p: _at_least,
    lax.min_p: _at_most,
    lax.logistic_p: methodcaller("activated", "sigmoid"),
    lax.tanh_p: methodcaller("activated", "tanh"),
    **{primitive: methodcaller("activated", name) for name, primitive in COMPOSED.items()},
}
"""The primitives that can be fused with a convolution before them."""


def _bind(equation: Any, operands: list[Any]) -> list[Any]:
    params = equation.primitive.get_bind_params(equation.params)
    with equation.ctx.manager:  # which holds, for example, what XLA must not inline
        results = equation.primitive.bind(*map(_computed, operands), **params)
    return list(results) if equation.primitive.multiple_results else [results]


def _computed(value: Any) -> Any:
    return value.compute() if isinstance(value, Pending) else value
