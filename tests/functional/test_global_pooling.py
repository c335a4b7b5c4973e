from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from gradients import check_gradients
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

GLOBAL = {"max": F.global_max_pool, "avg": F.global_avg_pool}
ADAPTIVE = {"max": F.adaptive_max_pool, "avg": F.adaptive_avg_pool}
COMPILED_ADAPTIVE = {
    name: jax.jit(pool, static_argnames=("output_shape", "spatial_rank"))
    for name, pool in ADAPTIVE.items()
}
LOOPS = {"max": np.max, "avg": np.mean}

parametrize_name = pytest.mark.parametrize("name", ["max", "avg"])
parametrize_pool = pytest.mark.parametrize(
    "pool",
    [
        *GLOBAL.values(),
        lambda x, **kwargs: F.adaptive_max_pool(x, 2, **kwargs),
        lambda x, **kwargs: F.adaptive_avg_pool(x, 2, **kwargs),
    ],
    ids=["global max", "global avg", "adaptive max", "adaptive avg"],
)


@parametrize_name
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_global_is_the_loop(rank, name):
    inputs = normal(2, *(5, 4, 3)[:rank], 3)
    expected = [[LOOPS[name](inputs[n, ..., c]) for c in range(3)] for n in range(2)]
    outputs = GLOBAL[name](inputs, spatial_rank=rank)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    single = GLOBAL[name](inputs[0], spatial_rank=rank)
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-6)


@parametrize_name
@pytest.mark.parametrize(
    ("size", "output_shape"),
    [((7,), (3,)), ((7, 4), (3, 2)), ((2, 3), (5, 3)), ((5, 4, 3), (2, 2, 2))],
)
def test_adaptive_is_the_loop(size, output_shape, name):
    inputs = normal(2, *size, 3)
    expected = ref.adaptive_pool_nd(inputs, output_shape, LOOPS[name])

    @jax.jit
    def all_and_one(x):
        pool = partial(ADAPTIVE[name], output_shape=output_shape, spatial_rank=len(size))
        return pool(x), pool(x[0])

    outputs, single = all_and_one(inputs)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-6)


@parametrize_name
def test_adaptive_to_one_is_global(name):
    inputs = normal(2, 5, 4, 3)
    outputs = ADAPTIVE[name](inputs, 1)
    assert outputs.shape == (2, 1, 1, 3)
    np.testing.assert_allclose(outputs[:, 0, 0], GLOBAL[name](inputs), rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
@parametrize_pool
def test_jit_vmap_and_gradients(pool):
    inputs = normal(3, 5, 4, 2)
    check_jit_and_vmap(pool, inputs, rtol=1e-5)
    check_gradients(pool, inputs)


@pytest.mark.parametrize(
    ("dtype", "mean_dtype"),
    [("float32", "float32"), ("bfloat16", "bfloat16"), ("uint8", "float32"), ("int32", "float32")],
)
def test_dtypes(dtype, mean_dtype):
    inputs = integers(1, 5, 4, 2, low=0, high=255).astype(jnp.dtype(dtype))
    values = inputs.astype(np.float64)
    for name, result in (("max", dtype), ("avg", mean_dtype)):
        for outputs, expected in (
            (GLOBAL[name](inputs), LOOPS[name](values, axis=(1, 2))),
            (COMPILED_ADAPTIVE[name](inputs, 2), ref.adaptive_pool_nd(values, (2, 2), LOOPS[name])),
        ):
            assert outputs.dtype == result
            np.testing.assert_allclose(np.asarray(outputs, np.float64), expected, rtol=2**-8)


@pytest.mark.thorough
def test_large_bfloat16_mean():
    ones = jnp.ones((64, 64, 1), jnp.bfloat16)  # in bfloat16 a running sum of ones stops at 256
    assert F.global_avg_pool(ones)[0] == 1
    assert F.adaptive_avg_pool(ones, 1)[0, 0, 0] == 1


@pytest.mark.parametrize("pool", [F.global_max_pool, lambda x: F.adaptive_max_pool(x, 1)])
def test_ties_share_the_gradient(pool):
    gradient = jax.jit(jax.grad(lambda x: pool(x).sum()))(np.ones((2, 2, 1), np.float32))
    np.testing.assert_array_equal(gradient, np.full((2, 2, 1), 0.25))


@parametrize_pool
@pytest.mark.parametrize(
    ("shape", "spatial_rank", "text"),
    [
        ((4, 3), 2, r"inputs: expected 4 axes .* spatial_rank 2 makes"),
        ((1, 1, 4, 4, 3), 2, r"inputs: expected 4 axes .* got shape \(1, 1, 4, 4, 3\)"),
        ((4, 4, 3), 0, "spatial_rank 0: expected a spatial rank of 1, 2 or 3, got 0"),
        ((4, 0, 3), 2, r"spatial shape of inputs: expected at least 1, got \(4, 0\)"),
    ],
)
def test_errors(pool, shape, spatial_rank, text):
    with pytest.raises(ValueError, match=text):
        pool(np.zeros(shape), spatial_rank=spatial_rank)


@parametrize_pool
def test_dtype_error(pool):
    with pytest.raises(TypeError, match="inputs: expected floats or integers, got bool"):
        pool(np.zeros((4, 4, 3), bool))


@parametrize_name
@pytest.mark.parametrize(
    ("output_shape", "error", "text"),
    [
        (0, ValueError, "output_shape: expected at least 1, got 0"),
        ((2, 2, 2), ValueError, r"output_shape: expected .* axis .2., got \(2, 2, 2\)"),
        (2.0, TypeError, r"output_shape: expected an integer, or one per axis \(2\)"),
    ],
)
def test_output_shape_errors(name, output_shape, error, text):
    with pytest.raises(error, match=text):
        ADAPTIVE[name](np.zeros((4, 4, 3)), output_shape)
