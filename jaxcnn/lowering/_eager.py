"""Run a primitive outside of any compiled function."""

import functools
from collections.abc import Callable
from typing import Any

import jax
from jax import Array
from jax.extend.core import Primitive


def run_compiled(primitive: Primitive) -> Callable[..., Array]:
    """Return an implementation for `Primitive.def_impl`: the primitive, compiled alone."""

    @functools.lru_cache(maxsize=4096)
    def compiled(**params: Any) -> Callable[..., Array]:
        def alone(*operands: Array) -> Array:
            return primitive.bind(*operands, **params)

        alone.__name__ = primitive.name
        return jax.jit(alone)

    def run(*operands: Array, **params: Any) -> Array:
        # Even under `jax.disable_jit` it is compiled, as JAX's primitives are: uncompiled, it would
        # call itself forever.
        with jax.disable_jit(False):
            return compiled(**params)(*operands)

    return run
