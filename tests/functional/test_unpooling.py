import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from arrays import integers, normal
from gradients import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from transforms import check_jit_and_vmap

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
def test_switches_are_the_first_maxima(case):
    shape, window, arguments = CASES[case]

    @jax.jit  # one program in place of three
    def compute(inputs):
        single = F.max_pool_with_argmax(inputs[0], window, **arguments)
        plain = F.max_pool(inputs, window, **arguments)
        return F.max_pool_with_argmax(inputs, window, **arguments), single, plain

    ties = integers(*shape, low=-2, high=1, dtype=np.float32)
    for inputs in (normal(*shape), ties):
        (pooled, switches), single, plain = jax.tree.map(np.asarray, compute(inputs))
        assert switches.dtype == jnp.int32
        np.testing.assert_array_equal(switches, reference_switches(inputs, window, **arguments))
        np.testing.assert_array_equal(pooled, plain)
        np.testing.assert_array_equal(single[0], pooled[0])
        np.testing.assert_array_equal(single[1], switches[0])


@pytest.mark.parametrize("case", CASES)
def test_unpooling_is_the_loop_and_the_gradient_of_pooling(case):
    shape, window, arguments = CASES[case]
    inputs = normal(*shape)
    switches = reference_switches(inputs, window, **arguments)
    values = normal(*switches.shape, seed=1)

    @jax.jit
    def compute(inputs, values):
        _, pullback = jax.vjp(lambda x: F.max_pool(x, window, **arguments), inputs)
        single = F.max_unpool(values[0], switches[0], shape[1:-1])
        return F.max_unpool(values, switches, shape[1:-1]), single, *pullback(values)

    outputs, single, gradient = compute(inputs, values)
    expected = ref.unpool_nd(values, switches, shape[1:-1])
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(single, expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(2, 3), (3, 1)]), st.integers(0, 2**31))
def test_pooling_what_was_unpooled(window, seed):
    """Of positive values in windows that do not overlap, nothing is lost."""
    inputs = np.abs(normal(2, 6, 6, 2, seed=seed))
    pooled, switches = max_pool_with_argmax(inputs, window)
    back = np.asarray(max_unpool(pooled, switches, (6, 6)))
    np.testing.assert_array_equal(max_pool_with_argmax(back, window)[0], pooled)
    assert np.count_nonzero(back) == pooled.size
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


@pytest.mark.thorough
def test_gradients():
    shape, window, arguments = CASES["overlapping"]
    inputs = normal(*shape)
    check_gradients(lambda x: F.max_pool_with_argmax(x, window, **arguments)[0], inputs)
    pooled, switches = max_pool_with_argmax(inputs, window, **arguments)
    check_gradients(lambda p: F.max_unpool(p, switches, shape[1:-1]), pooled)


@pytest.mark.thorough
def test_jit_and_vmap():
    shape, window, arguments = CASES["overlapping"]
    inputs = normal(*shape)

    def there_and_back(x):
        return F.max_unpool(*F.max_pool_with_argmax(x, window, **arguments), shape[1:-1])

    check_jit_and_vmap(there_and_back, inputs)


@pytest.mark.parametrize("dtype", ["bfloat16", "int8", "uint8", "int32"])
def test_dtypes(dtype):
    inputs = integers(1, 6, 4, 2, low=0, high=100).astype(jnp.dtype(dtype))
    pooled, switches = max_pool_with_argmax(inputs, (2, 2))
    back = max_unpool(pooled, switches, (6, 4))
    assert pooled.dtype == back.dtype == dtype
    expected = ref.unpool_nd(np.asarray(pooled), np.asarray(switches), (6, 4))
    np.testing.assert_array_equal(back, expected)


@pytest.mark.thorough
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
    pooled, switches = np.zeros(shapes[0]), np.zeros(shapes[1], np.int32)
    with pytest.raises(error, match=text):
        F.max_unpool(pooled, switches, output_shape)


def test_switches_of_floats():
    with pytest.raises(TypeError, match="switches: expected integers, got float32"):
        F.max_unpool(np.zeros((2, 2, 1)), np.zeros((2, 2, 1)), (4, 4))
