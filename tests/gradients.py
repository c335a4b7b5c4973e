"""Derivatives against finite differences."""

from functools import partial

import jax
import numpy as np
from compiling import jit_quickly
from jax.test_util import check_jvp, check_vjp


def check_gradients(function, *arrays, order=1):
    """Checks `function`, compiled, forwards and backwards at the arrays, in float64."""
    with jax.enable_x64(True):
        check(jax.jit(function), tuple(np.asarray(array, np.float64) for array in arrays), order)


def check(function, arguments, order):
    """Does what `jax.test_util.check_grads` does, with all there is to compile in one program."""

    @jit_quickly
    def compute(arguments, tangents, cotangents):
        outputs, pull = jax.vjp(function, *arguments)
        pushed = jax.jvp(function, arguments, tangents)
        return function(*arguments), pushed, outputs, pull(cotangents)

    shapes = arguments, jax.eval_shape(function, *arguments)
    zeros = jax.tree.map(lambda array: np.zeros(array.shape, array.dtype), shapes)

    def values(*arguments):
        return compute(arguments, *zeros)[0]

    def push(arguments, tangents):
        return compute(arguments, tangents, zeros[1])[1]

    def pull(*arguments):
        outputs = compute(arguments, *zeros)[2]
        return outputs, lambda cotangents: compute(arguments, zeros[0], cotangents)[3]

    check_jvp(values, push, arguments)
    check_vjp(values, pull, arguments)
    if order > 1:
        check(partial(jax.jvp, function), (arguments, arguments), order - 1)

        def gradient(*arguments):
            outputs, pull = jax.vjp(function, *arguments)
            return pull(outputs)

        check(gradient, arguments, order - 1)
