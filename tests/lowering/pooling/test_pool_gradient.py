import jax
import numpy as np
import pytest
from arrays import integers, normal
from compiling import jit_quickly
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


def pulled(select, geometry, jit):
    """Everybody's gradient of pooling, to be compiled anew."""
    reducer, identity = SELECTIONS[select]

    def pool(x):
        return lax.reduce_window(x, np.array(identity, x.dtype), reducer, *geometry)

    return jit(lambda x, g: jax.vjp(jax.jit(pool), x)[1](g)[0])


def pooled_shape(x, geometry):
    return jax.eval_shape(lambda x: lax.reduce_window(x, -np.inf, lax.max, *geometry), x).shape


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("geometry", "select", "dtype"),
    [
        ("apart", "max", np.float32),
        ("overlapping", "max", np.float32),
        ("overlapping", "max", np.float16),
        ("overlapping", "min", np.float32),
        ("channels first", "max", np.float32),
        ("padded", "max", np.float32),
        ("padded", "min", np.float32),
        ("padded", "min", np.float16),
    ],
)
def test_is_that_of_jax(geometry, select, dtype):
    shape = 2, 7, 8, 6
    ties = integers(*shape, low=-2, high=3)
    some_infinite = np.array([-np.inf, np.inf, np.nan, 0, 1])[integers(*shape, low=0, high=5)]
    as_padding = np.full(shape, SELECTIONS[select][1])
    inputs = [x.astype(dtype) for x in (ties, some_infinite, as_padding)]
    outputs = pooled_shape(inputs[0], GEOMETRIES[geometry])
    g = integers(*outputs, seed=1).astype(dtype)  # their sums are exact

    theirs = pulled(select, GEOMETRIES[geometry], jit_quickly)
    expected = [theirs(x, g) for x in inputs]
    ours = pulled(select, GEOMETRIES[geometry], jax.jit)
    with jaxcnn.fast_convolutions() as counts:
        for x, right in zip(inputs, expected, strict=True):
            np.testing.assert_array_equal(ours(x, g), right)
    assert counts.taken[NAME] == 1


@pytest.mark.thorough
def test_vmap_and_second_derivative_of_an_unchanged_model():
    xs = normal(3, 2, 9, 9, 2)

    def loss(x):
        return (linen.max_pool(x, (3, 3), strides=(2, 2)) ** 3).sum()

    def derivatives(jit):
        @jit
        def compute(xs):
            def product(x):
                return jax.jvp(jax.grad(loss), (x,), (x,))

            return jax.vmap(product)(xs)

        return compute(xs)

    expected = derivatives(jit_quickly)
    with jaxcnn.fast_convolutions() as counts:
        ours = derivatives(jax.jit)
    assert counts.taken[NAME] >= 1
    for mine, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)


@pytest.mark.thorough
def test_other_backends_keep_their_rule():
    def gradient(x):
        return jax.grad(lambda x: linen.max_pool(x, (2, 2), (2, 2)).sum())(x)

    traced = jax.jit(gradient).trace(np.ones((1, 4, 4, 1), np.float32))
    with jaxcnn.fast_convolutions():
        for platform, is_left in (("cpu", False), ("cuda", True), ("tpu", True)):
            program = traced.lower(lowering_platforms=(platform,)).as_text()
            assert ("select_and_scatter" in program) == is_left
