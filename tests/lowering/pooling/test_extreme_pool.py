from functools import partial

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import integers, normal
from compiling import jit_quickly
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from jax.sharding import PartitionSpec

from jaxcnn import functional as F
from jaxcnn.lowering import SlidingWindow
from jaxcnn.lowering.pooling import MAX, MIN, pool_extreme

EXTREMES = {"max": MAX, "min": MIN}


def pool_of_lax(x, windows, extreme=MAX):
    return lax.reduce_window(
        x,
        extreme.identity(x.dtype),
        extreme.pick,
        windows.sizes,
        windows.strides,
        windows.padding,
    )


def value_and_gradient(pool, x, g, windows, extreme):
    y, pull = jax.vjp(lambda x: pool(x, windows, extreme), x)
    return y, pull(g)[0]


of_ours = jax.jit(partial(value_and_gradient, pool_extreme), static_argnums=(2, 3))
of_lax = jit_quickly(partial(value_and_gradient, pool_of_lax), static_argnums=(2, 3))


def assert_is_that_of_lax(x, windows, extreme=MAX):
    g = integers(*windows.outputs, seed=1, dtype=np.int32).astype(x.dtype)  # their sums are exact
    ours, theirs = (f(x, g, windows, extreme) for f in (of_ours, of_lax))
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.dtype == other.dtype
        np.testing.assert_array_equal(mine, other)


@st.composite
def poolings(draw):
    """Windows over 1 to 3 axes between a batch and channels, or over all of the axes."""
    rank = draw(st.integers(1, 3))
    window = [draw(st.integers(1, 4)) for _ in range(rank)]
    padding = [(draw(st.integers(0, k - 1)), draw(st.integers(0, k - 1))) for k in window]
    strides = [draw(st.integers(1, 5)) for _ in range(rank)]
    shape = [draw(st.integers(k, 7)) for k in window]
    if draw(st.booleans()):
        window, strides, padding = [1, *window, 1], [1, *strides, 1], [(0, 0), *padding, (0, 0)]
        shape = [draw(st.integers(1, 2)), *shape, draw(st.integers(1, 3))]
    return SlidingWindow(tuple(shape), tuple(window), tuple(strides), tuple(padding))


@pytest.mark.thorough
@settings(max_examples=6, deadline=None)
@given(poolings(), st.sampled_from([MAX, MIN]), st.integers(0, 99))
def test_random_geometry(windows, extreme, seed):
    x = integers(*windows.shape, low=-2, high=2, seed=seed).astype(np.float32)  # many ties
    assert_is_that_of_lax(x, windows, extreme)


UNPADDED = ((0, 0),) * 4
OVERLAPPING = SlidingWindow((2, 7, 6, 3), (1, 3, 3, 1), (1, 2, 2, 1), UNPADDED)
PADDED = SlidingWindow((2, 7, 6, 3), (1, 3, 2, 1), (1, 2, 1, 1), ((0, 0), (1, 2), (1, 0), (0, 0)))
CASES = {
    "apart": SlidingWindow((2, 5, 6, 3), (1, 2, 2, 1), (1, 2, 2, 1), UNPADDED),
    "overlapping": OVERLAPPING,
    "padded": PADDED,
    "channels first": SlidingWindow((2, 3, 7, 6), (1, 1, 3, 2), (1, 1, 2, 2), UNPADDED),
    "gaps": SlidingWindow((1, 9, 8, 2), (1, 2, 1, 1), (1, 3, 2, 1), UNPADDED),
    "a loop over places": SlidingWindow((2, 9, 10, 1), (1, 9, 9, 1), (1, 9, 1, 1), UNPADDED),
    "more places than bytes": SlidingWindow((600, 2), (300, 1), (200, 1), ((99, 1), (0, 0))),
    "a loop over blocks": SlidingWindow((11, 9, 2), (9, 8, 1), (1, 1, 1), ((4, 4), (4, 3), (0, 0))),
}


# One of each way to walk through a window is enough for min.
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "extreme"),
    [*((case, "max") for case in CASES), ("padded", "min"), ("a loop over places", "min")],
)
def test_is_that_of_lax(case, extreme):
    x = integers(*CASES[case].shape, low=-3, high=3).astype(np.float32)
    assert_is_that_of_lax(x, CASES[case], EXTREMES[extreme])


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", [jnp.bfloat16, np.float16, np.float64])
def test_dtypes(dtype):
    with jax.enable_x64(True):
        assert_is_that_of_lax(integers(*PADDED.shape, low=-3, high=3).astype(dtype), PADDED)


def test_integers_have_no_gradient():
    x = integers(*PADDED.shape)

    @jax.jit
    def pools_and_gradient(x):
        gradient = jax.grad(lambda s: pool_extreme(x, PADDED, MAX).sum() * s * 0.0)(1.0)
        return pool_extreme(x, PADDED, MAX), pool_of_lax(x, PADDED), gradient

    ours, theirs, gradient = pools_and_gradient(x)
    np.testing.assert_array_equal(ours, theirs)
    assert gradient == 0


@pytest.mark.thorough
@pytest.mark.parametrize("extreme", EXTREMES)
def test_gradient_of_infinities_goes_to_the_first_that_is_no_padding(extreme):
    infinity = EXTREMES[extreme].identity(np.float32)
    x = jnp.full((4, 3), infinity)
    windows = SlidingWindow((4, 3), (2, 2), (2, 2), ((1, 1), (1, 0)))
    gradient = jax.grad(lambda x: pool_extreme(x, windows, EXTREMES[extreme]).sum())(x)
    np.testing.assert_array_equal(gradient, [[1, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 0]])


@pytest.mark.thorough
def test_transforms():
    x, t = normal(*PADDED.shape), normal(*PADDED.shape, seed=1)
    g = normal(*PADDED.outputs, seed=2)

    def pool(x):
        return pool_extreme(x, PADDED, MAX)

    def pull(x, g, pool=pool):
        return jax.vjp(pool, x)[1](g)[0]

    @jax.jit  # one program in place of one for each
    def transformed(x, t, g):
        xs, gs = jnp.stack([x, t]), jnp.stack([g, -g])
        return {
            "gradients": jnp.stack([pull(x, g), pull(t, -g)]),
            "checkpointed": pull(x, g, jax.checkpoint(pool)),
            "pushed": jax.jvp(pool, (x,), (t,))[1],
            "of both": jax.vmap(pull)(xs, gs),
            "of one": jax.vmap(pull, (None, 0))(x, gs),
        }

    results = jax.tree.map(np.asarray, transformed(x, t, g))
    gradients = results["gradients"]
    np.testing.assert_allclose(of_ours(x, g, PADDED, MAX)[1], gradients[0], rtol=1e-6)
    np.testing.assert_allclose(results["checkpointed"], gradients[0], rtol=1e-6)
    np.testing.assert_allclose(np.vdot(results["pushed"], g), np.vdot(t, gradients[0]), rtol=1e-4)
    np.testing.assert_allclose(results["of both"], gradients, rtol=1e-6)
    np.testing.assert_allclose(results["of one"], [gradients[0], -gradients[0]], rtol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["padded", "a loop over places", "a loop over blocks"])
def test_in_shard_map(case):
    windows = CASES[case]
    x, g = normal(*windows.shape), normal(*windows.outputs, seed=1)
    spec = PartitionSpec("batch")
    mesh = jax.make_mesh((1,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))

    def step(x, g):
        return value_and_gradient(pool_extreme, x, g, windows, MAX)

    ours = jax.jit(jax.shard_map(step, mesh=mesh, in_specs=spec, out_specs=spec))(x, g)
    for mine, other in zip(ours, of_lax(x, g, windows, MAX), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_second_derivative():
    windows = SlidingWindow((7, 6), (3, 2), (2, 1), ((1, 2), (1, 0)))
    check_gradients(lambda x: pool_extreme(x, windows, MAX) ** 3, normal(7, 6), order=2)


@pytest.mark.parametrize("pool", [F.max_pool, F.min_pool, F.avg_pool])
def test_gradients_scatter_nowhere(pool):
    def gradient(x):
        return jax.grad(lambda x: jnp.sum(pool(x, (3, 3), strides=2, padding=1) ** 2))(x)

    traced = jax.jit(gradient).trace(np.ones((2, 7, 7, 3), np.float32))
    for platform in ("cpu", "cuda", "tpu"):
        program = traced.lower(lowering_platforms=(platform,)).as_text()
        assert "stablehlo" in program
        assert "scatter" not in program, platform


def test_places_are_computed_apart_from_what_uses_them():
    # Otherwise XLA computes them anew for every element of the gradient.
    def gradient(x):
        return jax.grad(lambda x: jnp.sum(pool_extreme(x, OVERLAPPING, MAX) ** 2))(x)

    xs = np.ones((2, *OVERLAPPING.shape), np.float32)
    program = jax.jit(jax.vmap(gradient)).lower(xs).compile()
    assert "= u8[2,2,3,2,3]{4,3,2,1,0} call(" in str(program.as_text())


def test_export_for_two_platforms_and_any_number_of_images():
    windows = CASES["apart"]

    def gradient(x):
        of_all = SlidingWindow(x.shape, windows.sizes, windows.strides, windows.padding)
        return jax.grad(lambda x: jnp.sum(pool_extreme(x, of_all, MAX) ** 2))(x)

    (n,) = jax.export.symbolic_shape("n")
    images = jax.ShapeDtypeStruct((n, *windows.shape[1:]), np.float32)
    exported = jax.export.export(jax.jit(gradient), platforms=("cpu", "cuda"))(images)
    x = normal(*windows.shape)
    np.testing.assert_array_equal(exported.call(x), jax.jit(gradient)(x))


def test_outside_of_compiled_functions_and_without_compilation():
    x = normal(*OVERLAPPING.shape)
    expected = of_lax(x, np.ones(OVERLAPPING.outputs, np.float32), OVERLAPPING, MAX)[0]
    np.testing.assert_array_equal(pool_extreme(x, OVERLAPPING, MAX), expected)
    with jax.disable_jit():
        np.testing.assert_array_equal(pool_extreme(x, OVERLAPPING, MAX), expected)
