"""Make one operation of the activations that are several in a jaxpr: SiLU and GELU.

Their input is used more than once, and no single operation tells what they are. So they are
compared with the jaxprs of JAX's own functions, which networks call, too: these change with JAX.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Jaxpr, Literal, Primitive
from jax.extend.core.primitives import custom_jvp_call_p, jit_p
from jax.interpreters import mlir

from jaxcnn.lowering.fusion._primitive import ACTIVATIONS

CALLS = {jit_p: "jaxpr", custom_jvp_call_p: "call_jaxpr"}
"""Primitives that call a function, and the parameter that holds its jaxpr."""

COMPOSED = {name: Primitive(f"jaxcnn_{name}") for name in ("silu", "gelu", "exact_gelu")}
"""The activations that are several operations, each as one."""

for _name, _primitive in COMPOSED.items():
    _primitive.def_impl(ACTIVATIONS[_name])
    _primitive.def_abstract_eval(lambda inputs: inputs)
    _rule = mlir.lower_fun(ACTIVATIONS[_name], multiple_results=False)
    mlir.register_lowering(_primitive, _rule)


def with_activations(jaxpr: Jaxpr) -> Jaxpr:
    """Return a jaxpr in which each of these activations is one equation."""
    return jaxpr.replace(eqns=[*_equations(jaxpr)])


def count_uses(equations: Sequence[Any], results: Sequence[Any] = ()) -> Counter:
    """Count how often equations use each variable, and so do the results of a jaxpr."""
    atoms = [atom for equation in equations for atom in equation.invars] + [*results]
    return Counter(atom for atom in atoms if not isinstance(atom, Literal))


def _equations(jaxpr: Jaxpr) -> Iterator[Any]:
    uses, rest = count_uses(jaxpr.eqns, jaxpr.outvars), list(jaxpr.eqns)
    while rest:
        equation, length = rest[0], 1
        for name, primitive in COMPOSED.items():
            pattern = _pattern(name)
            into = _input(pattern, rest, uses)
            if into is not None:
                length = len(pattern.eqns)
                last = rest[length - 1]
                equation = last.replace(primitive=primitive, invars=[into], params={})
        yield equation
        del rest[:length]


def _input(pattern: Jaxpr, equations: Sequence[Any], uses: Counter) -> Any:
    """Return the input of an activation if equations begin with it; None if they do not."""
    equations = equations[: len(pattern.eqns)]
    matched: dict[Any, Any] = {}  # variables of the pattern to those of the equations
    for expected, equation in zip(pattern.eqns, equations, strict=False):
        if (expected.primitive, expected.params) != (equation.primitive, equation.params):
            return None
        atoms = zip(expected.invars, equation.invars, strict=True)
        if not all(_is(*pair, matched) for pair in atoms):
            return None
        matched[expected.outvars[0]] = equation.outvars[0]
    if pattern.outvars[0] not in matched:  # there are fewer equations
        return None
    into, inside = matched[pattern.invars[0]], count_uses(equations)
    is_whole = all(uses[variable] == inside[variable] for variable in inside if variable != into)
    return into if is_whole else None


def _is(expected: Any, atom: Any, matched: dict[Any, Any]) -> bool:
    """Tell whether an atom is that of the pattern, whose input can be any variable."""
    if isinstance(expected, Literal) or isinstance(atom, Literal):
        return getattr(expected, "val", None) == getattr(atom, "val", None)
    return matched.setdefault(expected, atom) == atom


@cache
def _pattern(name: str) -> Jaxpr:
    """Return the jaxpr of an activation, without the call of a function that is all of it."""
    jaxpr = jax.make_jaxpr(ACTIVATIONS[name])(jax.ShapeDtypeStruct((1,), jnp.float32)).jaxpr
    while len(jaxpr.eqns) == 1 and jaxpr.eqns[0].primitive in CALLS:
        jaxpr = jaxpr.eqns[0].params[CALLS[jaxpr.eqns[0].primitive]].jaxpr
    return jaxpr
