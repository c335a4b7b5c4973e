import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxcnn.data import epoch_order, evenly_spaced, padded_batches


def test_an_order_visits_every_example_once():
    orders = [epoch_order(jax.random.key(0), epoch, 97).tolist() for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(97))
    assert orders[0] != orders[1] != orders[2] != orders[0]


@pytest.mark.thorough
def test_an_order_is_a_function_of_key_and_epoch():
    order = epoch_order(jax.random.key(0), 5, 50)
    compiled = jax.jit(epoch_order, static_argnums=2)(jax.random.key(0), jnp.int32(5), 50)
    np.testing.assert_array_equal(order, compiled)
    assert (order != epoch_order(jax.random.key(1), 5, 50)).any()


@pytest.mark.thorough
def test_an_order_is_int32_and_the_same_under_64_bits():
    order = epoch_order(jax.random.key(0), 5, 50)
    with jax.enable_x64(True):
        wide = epoch_order(jax.random.key(0), 5, 50)
    assert order.dtype == wide.dtype == jnp.int32
    np.testing.assert_array_equal(order, wide)


@pytest.mark.thorough
def test_every_place_is_equally_likely():
    # Where example 0 comes in 2000 orders of 4: a chi-squared test at one in a million.
    keys = jax.random.split(jax.random.key(0), 2000)
    orders = jax.jit(jax.vmap(lambda key: epoch_order(key, 0, 4)))(keys)
    counts = np.bincount(np.argmax(np.asarray(orders) == 0, axis=1), minlength=4)
    assert ((counts - 500) ** 2 / 500).sum() < 30.7


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 200), batch_size=st.integers(1, 220))
def test_padded_batches_count_every_example_once(n, batch_size):
    indices, mask = padded_batches(n, batch_size)
    assert indices.shape == mask.shape == (-(-n // batch_size), batch_size)
    assert indices[mask].tolist() == list(range(n))
    assert ((indices >= 0) & (indices < n)).all()  # padding may be looked up too
    assert mask.any(axis=1).all()


@pytest.mark.parametrize("batch_size", [0, -3])
def test_bad_sizes_are_told(batch_size):
    with pytest.raises(ValueError, match=f"batch_size: expected at least 1, got {batch_size}"):
        padded_batches(4, batch_size)
    with pytest.raises(ValueError, match="n: expected at least 1, got 0"):
        padded_batches(0, 4)


@pytest.mark.parametrize("n", [1, 2, 7, 10, 100])
@pytest.mark.parametrize("limit", [-1, 1, 2, 7, 9, 1000])
def test_evenly_spaced_indices_are_distinct_and_reach_both_ends(n, limit):
    found = evenly_spaced(n, limit)
    assert found.dtype == np.int64
    assert found[0] == 0
    assert (np.diff(found) > 0).all()
    assert len(found) <= max(1, min(n, limit))
    if limit >= 2:
        assert found[-1] == n - 1
    if len(found) > 1:
        assert np.ptp(np.diff(found)) <= 1
