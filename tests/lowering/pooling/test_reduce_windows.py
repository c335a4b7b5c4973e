import jax
import numpy as np
import pytest
from arrays import integers, normal
from compiling import jit_quickly
from gradients import check_gradients
from jax import lax

from jaxcnn.lowering import SlidingWindow
from jaxcnn.lowering.pooling import reduce_windows, sum_windows

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


@pytest.mark.parametrize("case", CASES)
def test_is_that_of_lax(case):
    windows = CASES[case]

    @jax.jit
    def all_of_ours(x):
        return {name: reduce_windows(x, windows, f) for name, (f, _) in REDUCERS.items()}

    @jit_quickly
    def all_of_lax(x):
        return {name: of_lax(x, windows, f, np.float32(v)) for name, (f, v) in REDUCERS.items()}

    x = integers(*windows.shape).astype(np.float32)  # its sums are exact
    ours, theirs = all_of_ours(x), all_of_lax(x)
    for name in REDUCERS:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_gradient_of_sums_is_that_of_lax(case):
    windows = CASES[case]
    x = np.zeros(windows.shape, np.float32)
    g = integers(*windows.outputs).astype(np.float32)  # their sums are exact

    def pulled(pool, jit):
        return jit(lambda g: jax.vjp(pool, x)[1](g)[0])(g)

    theirs = pulled(lambda x: of_lax(x, windows, lax.add, np.float32(0)), jit_quickly)
    np.testing.assert_array_equal(pulled(lambda x: sum_windows(x, windows), jax.jit), theirs)


@pytest.mark.parametrize("name", REDUCERS)
def test_a_program_holds_one_operation_by_the_name_of_jax(name):  # which exporters look up
    windows, (reducer, identity) = CASES["overlapping"], REDUCERS[name]

    def program(reduce):
        return str(jax.make_jaxpr(jax.vmap(reduce, 1, 1))(np.ones((7, 2, 8), np.float32)))

    ours = program(lambda x: reduce_windows(x, windows, reducer))
    assert ours == program(lambda x: of_lax(x, windows, reducer, np.float32(identity)))


@pytest.mark.slow
def test_second_derivative():
    windows = CASES["overlapping"]
    check_gradients(lambda x: sum_windows(x, windows) ** 2, normal(*windows.shape), order=2)
