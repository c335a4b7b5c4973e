from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from flax import nnx
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxcnn import functional as F

POOLS = {
    "max": F.max_pool,
    "min": F.min_pool,
    "avg": F.avg_pool,
    "avg of inputs": partial(F.avg_pool, count_include_pad=False),
}
LOOPS = {
    "max": lambda values, _: values.max(),
    "min": lambda values, _: values.min(),
    "avg": lambda values, padded: values.sum() / padded,
    "avg of inputs": lambda values, _: values.mean(),
}

GUIDE = np.array([[2, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])[..., None]


def test_guide_max():  # guide row A4.8
    np.testing.assert_array_equal(F.max_pool(GUIDE, (2, 2))[..., 0], [[9, 7], [8, 6]])


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_guide_average(dtype):  # guide row A4.9
    pooled = F.avg_pool(GUIDE.astype(dtype), (2, 2))
    assert pooled.dtype == jnp.float32
    np.testing.assert_array_equal(pooled[..., 0], [[4.25, 4.25], [4.25, 3.5]])


def test_channels_are_pooled_apart():  # guide row A4.10
    inputs = normal(2, 6, 6, 3)
    pooled = np.asarray(F.max_pool(inputs, (2, 2)))
    assert pooled.shape == (2, 3, 3, 3)
    for c in range(3):
        alone = F.max_pool(inputs[..., c : c + 1], (2, 2))
        np.testing.assert_array_equal(pooled[..., c : c + 1], alone)


@pytest.mark.parametrize(
    "arguments",
    [
        {"window_shape": (2, 2), "ceil_mode": True},
        {"window_shape": (2, 2), "padding": "SAME"},
        {"window_shape": (2, 2), "padding": ((0, 1), (0, 1))},
    ],
)
def test_seven_to_four(arguments):  # guide row A3.10, in ninths
    diagonal_map = np.array(
        [
            [7, -1, 1, 3, 5, -1, 3],
            [-1, 9, -1, 3, -1, 1, -1],
            [1, -1, 9, -3, 1, -1, 5],
            [3, 3, -3, 5, -3, 3, 3],
            [5, -1, 1, -3, 9, -1, 1],
            [-1, 1, -1, 3, -1, 9, -1],
            [3, -1, 5, 3, 1, -1, 7],
        ]
    )
    expected = [[9, 3, 5, 3], [3, 9, 3, 5], [5, 3, 9, 1], [3, 5, 1, 7]]
    np.testing.assert_array_equal(
        F.max_pool(diagonal_map[..., None], **arguments)[..., 0], expected
    )


CASES = {
    "1d": ((2, 9, 3), (4,), {"strides": 2, "padding": 1}),  # guide row A2.15
    "2d": ((2, 7, 6, 3), (2, 3), {}),
    "3d": ((1, 4, 5, 3, 2), (2, 3, 2), {"strides": 1}),
    "same": ((1, 7, 8, 2), (3, 2), {"strides": (2, 3), "padding": "SAME"}),
    "pairs": ((1, 6, 5, 2), (3, 3), {"padding": ((2, 0), (1, 2))}),
    "ceil": ((1, 7, 8, 2), (2, 3), {"ceil_mode": True}),
    "ceil, padded": ((1, 5, 8, 2), (3, 2), {"strides": (2, 4), "padding": 1, "ceil_mode": True}),
    "ceil, larger window": ((1, 3, 2), (5,), {"ceil_mode": True}),
}


def reference_pool(name, inputs, window_shape, strides=None, padding="VALID", ceil_mode=False):
    """The loops of `ref.pool_nd` under the arguments of the pools."""
    rank = len(window_shape)
    strides = (strides,) * rank if isinstance(strides, int) else strides or window_shape
    if padding == "SAME":
        padding = ref.same_pads(inputs.shape[1:-1], window_shape, strides)
    elif not isinstance(padding, tuple):
        padding = [(0 if padding == "VALID" else padding,) * 2] * rank
    return ref.pool_nd(inputs, window_shape, strides, padding, LOOPS[name], ceil_mode)


@partial(jax.jit, static_argnames=("window_shape", "strides", "padding", "ceil_mode"))
def all_pools(inputs, window_shape, **arguments):
    """One program in place of one for each pool."""
    return {name: pool(inputs, window_shape, **arguments) for name, pool in POOLS.items()}


@pytest.mark.parametrize("case", CASES)
def test_are_the_loops(case):  # guide row A8.2
    shape, window, arguments = CASES[case]
    inputs = normal(*shape)
    one_by_one = jax.vmap(partial(all_pools, window_shape=window, **arguments))
    for results in (all_pools(inputs, window, **arguments), one_by_one(inputs)):
        for name, outputs in results.items():
            expected = reference_pool(name, inputs, window, **arguments)
            np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["1d", "3d", "ceil, padded"])
def test_gradients(case):
    shape, window, arguments = CASES[case]
    check_gradients(lambda x: all_pools(x, window, **arguments), normal(*shape))


@pytest.mark.parametrize(
    ("strides", "padding"),
    [((1, 1), "SAME"), ((2, 3), "SAME"), ((2, 3), "VALID"), ((1, 1), ((1, 0), (1, 1)))],
)
def test_are_those_of_flax(strides, padding):
    inputs = normal(2, 8, 7, 3)
    ours = all_pools(inputs, (2, 3), strides=strides, padding=padding)
    for name, theirs in {"max": nnx.max_pool, "min": nnx.min_pool, "avg": nnx.avg_pool}.items():
        with jax.numpy_dtype_promotion("standard"):
            expected = theirs(inputs, (2, 3), strides=strides, padding=padding)
        np.testing.assert_allclose(ours[name], expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("case", "dtype"), [("same", np.int8), ("same", np.uint8), ("ceil", np.int32)]
)
def test_integers(case, dtype):
    shape, window, arguments = CASES[case]
    limits = np.iinfo(dtype)
    inputs = integers(*shape, low=limits.min, high=limits.max, dtype=dtype)
    outputs = all_pools(inputs, window, **arguments)
    for name in ("max", "min"):
        assert outputs[name].dtype == dtype
        expected = reference_pool(name, inputs, window, **arguments)
        np.testing.assert_array_equal(outputs[name], expected)
    for name in ("avg", "avg of inputs"):
        assert outputs[name].dtype == jnp.float32
        expected = reference_pool(name, inputs.astype(np.float64), window, **arguments)
        np.testing.assert_allclose(outputs[name], expected, rtol=1e-5)


def test_bfloat16_keeps_its_dtype():
    inputs = normal(1, 8, 8, 2).astype(jnp.bfloat16)
    for name, outputs in all_pools(inputs, (2, 2)).items():
        assert outputs.dtype == jnp.bfloat16
        expected = reference_pool(name, inputs.astype(np.float32), (2, 2))
        np.testing.assert_allclose(np.asarray(outputs, np.float32), expected, rtol=2**-8)


def test_bfloat16_average_of_a_large_window():
    # In bfloat16 a running sum of ones stops at 256.
    assert F.avg_pool(jnp.ones((64, 64, 1), jnp.bfloat16), (64, 64))[0, 0, 0] == 1


@pytest.mark.parametrize("arguments", [{"padding": 1}, {"padding": "SAME"}, {"ceil_mode": True}])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_padding_never_wins(dtype, arguments):  # guide row A4.11
    negative = np.full((5, 5, 1), -7, dtype)
    assert np.unique(all_pools(negative, (2, 2), **arguments)["max"]) == [-7]
    assert np.unique(all_pools(-negative, (2, 2), **arguments)["min"]) == [7]


def test_windows_of_infinities_and_nan():
    inputs = np.array([-np.inf, -np.inf, 1, np.inf, np.nan, 2], np.float32)[:, None]
    np.testing.assert_array_equal(F.max_pool(inputs, (2,))[:, 0], [-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(F.min_pool(inputs, (2,))[:, 0], [-np.inf, 1, np.nan])


@pytest.mark.thorough
@pytest.mark.parametrize(
    "pool", [F.max_pool, F.min_pool, lambda x, window: F.max_pool_with_argmax(x, window)[0]]
)
def test_gradient_of_ties_goes_to_the_first(pool):
    gradient = jax.jit(jax.grad(lambda x: pool(x, (2, 2)).sum()))(np.ones((2, 4, 1), np.float32))
    np.testing.assert_array_equal(gradient[..., 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_relu_commutes_with_max_but_not_with_average():  # guide row A4.12
    inputs = normal(1, 8, 8, 3)
    pooled, pooled_relu = all_pools(inputs, (2, 2)), all_pools(np.maximum(inputs, 0), (2, 2))
    np.testing.assert_array_equal(pooled_relu["max"], np.maximum(pooled["max"], 0))
    assert not np.allclose(pooled_relu["avg"], np.maximum(pooled["avg"], 0))


@pytest.mark.thorough
@settings(max_examples=15, deadline=None)
@given(st.booleans(), st.integers(1, 4), st.integers(0, 2**31))
def test_min_is_max_of_the_negative(ceil_mode, strides, seed):
    inputs = normal(1, 7, 6, 2, seed=seed)
    arguments = {"strides": strides, "ceil_mode": ceil_mode, "padding": 1}
    minima, maxima = (all_pools(x, (2, 3), **arguments) for x in (inputs, -inputs))
    np.testing.assert_array_equal(minima["min"], -np.asarray(maxima["max"]))


@pytest.mark.parametrize("pool", [*POOLS.values(), F.max_pool_with_argmax])
@pytest.mark.parametrize(
    ("shape", "window", "arguments", "text"),
    [
        (
            (3, 3, 1),
            (4, 4),
            {},
            r"window_shape: expected at most .* spatial shape \(3, 3\) .*, got \(4, 4\)",
        ),
        ((8, 8, 1), (0, 2), {}, r"window_shape: expected at least 1, got \(0, 2\)"),
        ((8, 8, 1), (2, 2), {"strides": 0}, "strides: expected at least 1, got 0"),
        ((8, 8, 1), (2, 2), {"padding": -1}, "padding of a dimension: expected at least 0, got -1"),
        ((8, 8, 1), (2, 2), {"padding": 2}, r"padding: expected less than window_shape \(2, 2\)"),
        ((8, 8, 1), (2, 2), {"padding": "CIRCULAR"}, "got CIRCULAR"),
        ((8, 1), (2, 2), {}, r"inputs: expected 4 axes .* window_shape \(2, 2\) makes"),
        ((8, 1), (), {}, r"window_shape \(\): expected a spatial rank of .*, got 0"),
        ((0, 8, 1), (2, 2), {}, r"spatial_shape: expected at least 1, got \(0, 8\)"),
    ],
)
def test_errors(pool, shape, window, arguments, text):
    with pytest.raises(ValueError, match=text):
        pool(np.zeros(shape), window, **arguments)


@pytest.mark.parametrize("pool", [*POOLS.values(), F.max_pool_with_argmax])
@pytest.mark.parametrize(
    ("dtype", "window", "text"),
    [
        (bool, (2, 2), "inputs: expected floats or integers, got bool"),
        (complex, (2, 2), "inputs: expected floats or integers, got complex64"),
        (float, 2, r"window_shape: expected a sequence .* such as \(2, 2\), got 2"),
        (float, (2.0, 2), r"window_shape: expected an integer, or one per axis \(2\)"),
    ],
)
def test_type_errors(pool, dtype, window, text):
    with pytest.raises(TypeError, match=text):
        pool(np.zeros((8, 8, 1), dtype), window)
