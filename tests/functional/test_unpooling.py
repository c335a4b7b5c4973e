import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxcnn import functional as F

CASES = {
    "1d": ((2, 9, 3), (4,), {"strides": 2, "padding": 1}),
    "2d": ((2, 6, 4, 3), (2, 2), {}),
    "overlapping": ((2, 7, 6, 2), (3, 2), {"strides": 1}),
    "ceil": ((1, 7, 5, 2), (2, 3), {"ceil_mode": True}),
    "pairs": ((1, 6, 5, 2), (3, 3), {"padding": ((2, 0), (1, 2))}),
    "3d": ((1, 4, 5, 3, 2), (2, 2, 2), {}),
}


def reference_switches(inputs, window, strides=None, padding=0, ceil_mode=False):
    rank = len(window)
    strides = (strides,) * rank if isinstance(strides, int) else window
    pads = padding if isinstance(padding, tuple) else [(padding, padding)] * rank
    return ref.first_maxima(inputs, window, strides, pads, ceil_mode)


max_pool_with_argmax = jax.jit(
    F.max_pool_with_argmax, static_argnames=("window_shape", "strides", "padding", "ceil_mode")
)
max_unpool = jax.jit(F.max_unpool, static_argnames="output_shape")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("values", ["distinct", "many ties"])
def test_switches_are_the_first_maxima(case, values):
    shape, window, arguments = CASES[case]
    ties = integers(*shape, low=-2, high=1, dtype=np.float32)
    inputs = normal(*shape) if values == "distinct" else ties
    pooled, switches = max_pool_with_argmax(inputs, window, **arguments)
    assert switches.dtype == jnp.int32
    np.testing.assert_array_equal(switches, reference_switches(inputs, window, **arguments))
    np.testing.assert_array_equal(pooled, F.max_pool(inputs, window, **arguments))
    single = max_pool_with_argmax(inputs[0], window, **arguments)
    np.testing.assert_array_equal(single[0], pooled[0])
    np.testing.assert_array_equal(single[1], switches[0])


@pytest.mark.parametrize("case", CASES)
def test_unpooling_is_the_loop(case):
    shape, window, arguments = CASES[case]
    _, switches = max_pool_with_argmax(normal(*shape), window, **arguments)
    values = normal(*switches.shape, seed=1)
    outputs = max_unpool(values, switches, shape[1:-1])
    expected = ref.unpool_nd(values, np.asarray(switches), shape[1:-1])
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    single = max_unpool(values[0], switches[0], shape[1:-1])
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_unpooling_is_the_gradient_of_pooling(case):
    shape, window, arguments = CASES[case]
    inputs = jnp.asarray(normal(*shape))
    _, switches = max_pool_with_argmax(inputs, window, **arguments)
    values = jnp.asarray(normal(*switches.shape, seed=1))
    _, pullback = jax.vjp(lambda x: F.max_pool(x, window, **arguments), inputs)
    outputs = max_unpool(values, switches, shape[1:-1])
    np.testing.assert_allclose(outputs, pullback(values)[0], rtol=1e-5, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(2, 3), (3, 1)]), st.integers(0, 2**31))
def test_pooling_what_was_unpooled(window, seed):
    """Of positive values in windows that do not overlap, nothing is lost."""
    inputs = np.abs(normal(2, 6, 6, 2, seed=seed))
    pooled, switches = max_pool_with_argmax(inputs, window)
    back = max_unpool(pooled, switches, (6, 6))
    np.testing.assert_array_equal(F.max_pool(back, window), pooled)
    assert jnp.count_nonzero(back) == pooled.size
    np.testing.assert_array_equal(back, np.where(back > 0, inputs, 0))


@pytest.mark.parametrize(
    ("row", "switch"),
    [
        ([1, 1, 0], 0),
        ([-np.inf, -np.inf, -np.inf], 0),
        ([1, np.nan, np.inf], 1),
        ([np.nan, 2, np.nan], 0),
    ],
)
def test_ties_infinities_and_nan(row, switch):
    inputs = np.array(row, np.float32)[:, None]
    pooled, switches = F.max_pool_with_argmax(inputs, (4,), padding=((1, 0),))
    assert switches.tolist() == [[switch]]
    np.testing.assert_array_equal(pooled, inputs[switch : switch + 1])


def test_gradients():
    shape, window, arguments = CASES["overlapping"]
    inputs = normal(*shape)
    check_gradients(lambda x: F.max_pool_with_argmax(x, window, **arguments)[0], inputs)
    pooled, switches = max_pool_with_argmax(inputs, window, **arguments)
    check_gradients(lambda p: F.max_unpool(p, switches, shape[1:-1]), pooled)


def test_jit_and_vmap():
    shape, window, arguments = CASES["overlapping"]
    inputs = normal(*shape)

    def there_and_back(x):
        return F.max_unpool(*F.max_pool_with_argmax(x, window, **arguments), shape[1:-1])

    expected = there_and_back(inputs)
    np.testing.assert_allclose(jax.jit(there_and_back)(inputs), expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.vmap(there_and_back))(inputs), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "int8", "uint8", "int32"])
def test_dtypes(dtype):
    inputs = jnp.asarray(integers(1, 6, 4, 2, low=0, high=100), dtype)
    pooled, switches = max_pool_with_argmax(inputs, (2, 2))
    back = max_unpool(pooled, switches, (6, 4))
    assert pooled.dtype == back.dtype == dtype
    expected = ref.unpool_nd(np.asarray(pooled), np.asarray(switches), (6, 4))
    np.testing.assert_array_equal(back, expected)


def test_switches_beyond_the_output_are_dropped():
    outputs = F.max_unpool(jnp.ones((1, 2, 1)), jnp.array([[[0], [9]]]), (3,))
    np.testing.assert_array_equal(outputs[0, :, 0], [1, 0, 0])


@pytest.mark.parametrize(
    ("shapes", "output_shape", "error", "text"),
    [
        (((2, 2, 1), (2, 1, 1)), (4, 4), ValueError, r"shape of pooled, \(2, 2, 1\), got \(2, 1"),
        (((2, 2, 1), (2, 2, 1)), (4, 0), ValueError, r"output_shape: expected at least 1"),
        (((2, 1), (2, 1)), (4, 4), ValueError, r"4 axes .* output_shape \(4, 4\) makes"),
        (
            ((2, 2, 1), (2, 2, 1)),
            (4, 4.0),
            TypeError,
            "output_shape: expected an integer, or one per axis",
        ),
    ],
)
def test_errors(shapes, output_shape, error, text):
    pooled, switches = jnp.zeros(shapes[0]), jnp.zeros(shapes[1], jnp.int32)
    with pytest.raises(error, match=text):
        F.max_unpool(pooled, switches, output_shape)


def test_switches_of_floats():
    with pytest.raises(TypeError, match="switches must be integers, got float32"):
        F.max_unpool(jnp.zeros((2, 2, 1)), jnp.zeros((2, 2, 1)), (4, 4))
