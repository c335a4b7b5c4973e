"""Functions under JAX's transforms."""

import jax
import numpy as np


def check_jit_and_vmap(function, *arrays, rtol=1e-6):
    """Checks that `function`, compiled or mapped over first axes, gives what it gives eagerly."""
    expected = function(*arrays)
    both = jax.jit(lambda *arrays: (function(*arrays), jax.vmap(function)(*arrays)))
    for outputs in both(*arrays):
        np.testing.assert_allclose(outputs, expected, rtol=rtol)
