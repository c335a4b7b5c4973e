"""Derivatives against finite differences."""

import jax
import numpy as np
from jax.test_util import check_grads


def check_gradients(function, *arrays, order=1):
    """Checks `function`, compiled, forwards and backwards at the arrays, in float64."""
    arguments = [np.asarray(array, np.float64) for array in arrays]
    with jax.enable_x64(True):
        check_grads(jax.jit(function), arguments, order, modes=("fwd", "rev"))
