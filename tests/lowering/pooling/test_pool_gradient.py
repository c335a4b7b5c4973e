import jax
import numpy as np
import pytest
from arrays import integers, normal
from flax import linen
from jax import lax

import jaxcnn

NAME = "select_and_scatter_add"
GEOMETRIES = {
    "apart": ((1, 2, 2, 1), (1, 2, 2, 1), "VALID"),
    "overlapping": ((1, 3, 3, 1), (1, 2, 2, 1), "SAME"),
    "channels first": ((1, 1, 3, 2), (1, 1, 2, 2), "SAME"),
    "padded": ((1, 3, 2, 1), (1, 3, 2, 1), ((0, 0), (2, 1), (1, 1), (0, 0))),
}
SELECTIONS = {"max": (lax.max, -np.inf), "min": (lax.min, np.inf)}


def pull(x, g, select, geometry):
    """Everybody's gradient of pooling, compiled anew."""
    reducer, identity = SELECTIONS[select]
    identity = np.array(identity, x.dtype)
    pool = jax.jit(lambda x: lax.reduce_window(x, identity, reducer, *geometry))
    return jax.jit(lambda x, g: jax.vjp(pool, x)[1](g)[0])(x, g)


def pooled_shape(x, geometry):
    return jax.eval_shape(lambda x: lax.reduce_window(x, -np.inf, lax.max, *geometry), x).shape


def assert_is_that_of_jax(x, select, geometry):
    g = integers(*pooled_shape(x, geometry), seed=1).astype(x.dtype)  # their sums are exact
    expected = pull(x, g, select, geometry)
    with jaxcnn.fast_convolutions() as counts:
        ours = pull(x, g, select, geometry)
    assert counts.taken[NAME] == 1
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_ties(geometry, select, dtype):
    x = integers(2, 7, 8, 6, low=-2, high=3).astype(dtype)
    assert_is_that_of_jax(x, select, GEOMETRIES[geometry])


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_infinities_and_nan(geometry, select):
    values = np.array([-np.inf, np.inf, np.nan, 0, 1], np.float32)
    x = values[integers(2, 7, 8, 6, low=0, high=5)]
    assert_is_that_of_jax(x, select, GEOMETRIES[geometry])
    x[:] = -np.inf if select == "max" else np.inf
    assert_is_that_of_jax(x, select, GEOMETRIES[geometry])


def test_vmap_and_second_derivative_of_an_unchanged_model():
    xs = normal(3, 2, 9, 9, 2)

    def loss(x):
        return (linen.max_pool(x, (3, 3), strides=(2, 2)) ** 3).sum()

    def derivatives():
        @jax.jit
        def compute(xs):
            def product(x):
                return jax.jvp(jax.grad(loss), (x,), (x,))

            return jax.vmap(product)(xs)

        return compute(xs)

    expected = derivatives()
    with jaxcnn.fast_convolutions() as counts:
        ours = derivatives()
    assert counts.taken[NAME] >= 1
    for mine, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)


def test_other_backends_keep_their_rule():
    def gradient(x):
        return jax.grad(lambda x: linen.max_pool(x, (2, 2), (2, 2)).sum())(x)

    traced = jax.jit(gradient).trace(np.ones((1, 4, 4, 1), np.float32))
    with jaxcnn.fast_convolutions():
        for platform, is_left in (("cpu", False), ("cuda", True), ("tpu", True)):
            program = traced.lower(lowering_platforms=(platform,)).as_text()
            assert ("select_and_scatter" in program) == is_left
