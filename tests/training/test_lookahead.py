import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxcnn.training import lookahead, sgd

START = {"kernel": jnp.array([[3.0, -0.3], [4.0, 0.4]]), "bias": jnp.array([1.0, -1.0])}
CURVATURE = {"kernel": jnp.array([[1.0, 2.0], [0.5, 4.0]]), "bias": jnp.array([3.0, 0.1])}


def gradient(params):
    return jax.tree.map(jnp.multiply, CURVATURE, params)


@pytest.mark.thorough
def test_twenty_steps_are_those_of_optax():
    inner = optax.adam(0.1)
    ours, theirs = (
        lookahead(inner, sync_period=6, slow_step_size=0.5),
        optax.lookahead(inner, 6, 0.5),
    )
    params, state = START, ours.init(START)
    pair = optax.LookaheadParams.init_synced(START)
    their_state = theirs.init(pair)
    update = jax.jit(ours.update)
    for _ in range(20):
        updates, state = update(gradient(params), state, params)
        params = optax.apply_updates(params, updates)
        updates, their_state = theirs.update(gradient(pair.fast), their_state, pair)
        pair = optax.apply_updates(pair, updates)
        for name in START:
            np.testing.assert_allclose(params[name], pair.fast[name], rtol=1e-5, atol=1e-6)
            slow = optax.tree.get(state, "slow")[name]
            np.testing.assert_allclose(slow, pair.slow[name], rtol=1e-5, atol=1e-6)
    assert not np.allclose(pair.fast["bias"], pair.slow["bias"])


@pytest.mark.thorough
def test_the_whole_way_in_every_step_is_the_inner_optimizer():
    tx = lookahead(sgd(0.1), sync_period=1, slow_step_size=1.0)
    updates, _ = tx.update(gradient(START), tx.init(START), START)
    expected, _ = sgd(0.1).update(gradient(START), sgd(0.1).init(START), START)
    np.testing.assert_allclose(updates["kernel"], expected["kernel"], rtol=1e-5)


def test_a_state_can_be_given_away_with_its_weights():
    """No array is in it twice, so that a step may reuse the memory of both."""
    tx = lookahead(sgd(0.1))
    step = jax.jit(lambda params, state: tx.update(params, state, params), donate_argnums=(0, 1))
    params = jax.tree.map(jnp.copy, START)
    assert step(params, tx.init(params))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sync_period": 0}, "sync_period: expected at least 1, got 0"),
        ({"slow_step_size": 0.0}, "slow_step_size: expected above 0 and at most 1, got 0"),
        ({"slow_step_size": float("nan")}, "slow_step_size: .*got nan"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        lookahead(sgd(0.1), **options)


def test_without_parameters_is_an_error():
    tx = lookahead(sgd(0.1))
    with pytest.raises(ValueError, match=r"params: expected .*, got None \(lookahead"):
        tx.update(START, tx.init(START))
