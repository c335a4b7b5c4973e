import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import integers, normal
from gradients import check_gradients
from jax import lax

from jaxcnn.lowering import SlidingWindow, sum_windows
from jaxcnn.lowering._windowed import reduce_windows

CASES = {
    "apart": SlidingWindow((2, 5, 6, 3), (1, 2, 2, 1), (1, 2, 2, 1), ((0, 0),) * 4),
    "overlapping": SlidingWindow((7, 8), (3, 3), (2, 1), ((1, 2), (1, 0))),
    "gaps": SlidingWindow((9, 8), (2, 1), (3, 2), ((0, 0), (0, 0))),
    "padding alone at some places": SlidingWindow((2, 1), (3, 2), (3, 4), ((2, 0), (0, 5))),
    "axis by axis": SlidingWindow((9, 9, 2), (5, 4, 1), (1, 1, 1), ((4, 4), (1, 2), (0, 0))),
    "a loop": SlidingWindow((200, 2), (99, 1), (1, 1), ((9, 0), (0, 0))),
}
REDUCERS = {"sum": (lax.add, 0), "max": (lax.max, -np.inf), "min": (lax.min, np.inf)}


def of_lax(x, windows, reducer, identity):
    return lax.reduce_window(x, identity, reducer, windows.sizes, windows.strides, windows.padding)


@pytest.mark.parametrize("name", REDUCERS)
@pytest.mark.parametrize("case", CASES)
def test_is_that_of_lax(case, name):
    windows = CASES[case]
    reducer, identity = REDUCERS[name]
    identity = np.array(identity, np.float32)
    x = jnp.asarray(integers(*windows.shape).astype(np.float32))  # its sums are exact
    ours = reduce_windows(x, windows, reducer, identity)
    np.testing.assert_array_equal(ours, of_lax(x, windows, reducer, identity))


@pytest.mark.parametrize("case", CASES)
def test_gradient_of_sums_is_that_of_lax(case):
    windows = CASES[case]
    x = np.zeros(windows.shape, np.float32)
    g = integers(*windows.outputs).astype(np.float32)  # their sums are exact

    def pulled(pool):
        return jax.jit(lambda g: jax.vjp(pool, x)[1](g)[0])(g)

    theirs = pulled(lambda x: of_lax(x, windows, lax.add, np.float32(0)))
    np.testing.assert_array_equal(pulled(lambda x: sum_windows(x, windows)), theirs)


def test_second_derivative():
    windows = CASES["overlapping"]
    check_gradients(lambda x: sum_windows(x, windows) ** 2, normal(*windows.shape), order=2)
