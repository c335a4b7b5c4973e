from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from flax import nnx
from jax.sharding import PartitionSpec as P

from jaxcnn.layers import DropPathModule, call

KEY = jax.random.key(0)
ONES = np.ones((1000, 2, 3), np.float32)


@partial(jax.jit, static_argnums=0)
def dropped_at(rate, x, key=KEY):
    return DropPathModule(rate)(x, rngs=key)


@pytest.mark.thorough
def test_whole_examples_are_dropped_and_the_rest_scaled():  # guide row A8.15
    dropped = np.asarray(call(DropPathModule(0.2), jnp.asarray(ONES), train=True, key=KEY))
    np.testing.assert_array_equal(dropped, np.broadcast_to(dropped[:, :1, :1], ONES.shape))
    np.testing.assert_allclose(np.unique(dropped), [0, 1.25])
    # Three standard deviations of a mean of 1,000 coins.
    assert (dropped[:, 0, 0] == 0).mean() == pytest.approx(0.2, abs=3 * np.sqrt(0.16 / 1000))


def test_keys_differ():
    first, second = (dropped_at(0.5, ONES, key) for key in (KEY, jax.random.key(1)))
    assert not np.array_equal(first, second)


def test_the_place_in_the_batch_decides():
    whole, start = (np.asarray(dropped_at(0.5, ONES[:n])) for n in (40, 7))
    np.testing.assert_array_equal(whole[:7], start)


@pytest.mark.thorough
def test_shares_on_several_devices_are_those_of_the_whole():
    mesh = jax.make_mesh((3,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))
    x, shared = np.ones((12, 4), np.float32), DropPathModule(0.5, axis_name="batch")
    shares = jax.shard_map(
        lambda x, key: shared(x, rngs=key), mesh=mesh, in_specs=(P("batch"), P()),
        out_specs=P("batch"),
    )  # fmt: skip
    np.testing.assert_array_equal(jax.jit(shares)(x, KEY), dropped_at(0.5, x))


def test_nothing_is_dropped_in_eval_mode_or_at_rate_0():
    x = jnp.asarray(normal(5, 4))
    np.testing.assert_array_equal(call(DropPathModule(0.5), x, train=False, key=KEY), x)
    np.testing.assert_array_equal(DropPathModule(0.0)(x, rngs=KEY), x)


def test_it_takes_what_flaxs_dropout_takes():
    assert np.any(DropPathModule(0.5)(jnp.asarray(ONES), rngs=nnx.Rngs(dropout=1)) == 0)
    with pytest.raises(ValueError, match="key: expected a random key such as"):
        call(DropPathModule(0.5), jnp.asarray(ONES), train=True, key=None)


def test_the_gradient_skips_dropped_examples():
    gradients = jax.jit(jax.grad(lambda x: dropped_at(0.5, x).sum()))(ONES[:8])
    np.testing.assert_array_equal(gradients, dropped_at(0.5, ONES[:8]))
    half = ONES.astype(jnp.bfloat16)
    assert jax.eval_shape(lambda x: dropped_at(0.5, x), half).dtype == jnp.bfloat16
