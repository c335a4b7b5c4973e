import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small

import jaxcnn
from jaxcnn.training import fit, max_norm, one_cycle, sgd, time_decay

PARAMS = {
    "kernel": jnp.array([[3.0, 0.3], [4.0, 0.4]]),
    "bias": jnp.array([10.0, -10.0]),
}
GRADIENTS = jax.tree.map(jnp.ones_like, PARAMS)


def updates_of(tx, gradients=GRADIENTS, steps=1):
    state, updates = tx.init(PARAMS), None
    for _ in range(steps):
        updates, state = tx.update(gradients, state, PARAMS)
    return updates, state


def test_weight_decay_reaches_kernels_and_not_biases():  # guide rows A6.19, A8.15
    updates, _ = updates_of(sgd(0.5, momentum=0.0, nesterov=False, weight_decay=0.1))
    np.testing.assert_allclose(updates["kernel"], -0.5 * (1 + 0.1 * PARAMS["kernel"]), rtol=1e-6)
    np.testing.assert_allclose(updates["bias"], [-0.5, -0.5])


@pytest.mark.parametrize("nesterov", [True, False])
def test_momentum_is_optax_sgd(nesterov):
    ours, _ = updates_of(sgd(0.1, momentum=0.9, nesterov=nesterov), steps=3)
    theirs, _ = updates_of(optax.sgd(0.1, momentum=0.9, nesterov=nesterov), steps=3)
    np.testing.assert_allclose(ours["kernel"], theirs["kernel"], rtol=1e-6)


@pytest.mark.thorough
def test_clipping_scales_to_the_global_norm():  # guide row A8.17
    updates, _ = updates_of(sgd(1.0, momentum=0.0, nesterov=False, clip_norm=0.6))
    assert float(optax.tree.norm(updates)) == pytest.approx(0.6)


def test_the_state_shows_the_rate():
    _, state = updates_of(sgd(optax.linear_schedule(1.0, 0.0, 10)), steps=4)
    assert optax.tree.get(state, "hyperparams")["learning_rate"] == pytest.approx(0.7)


@pytest.mark.thorough
def test_a_plateau_lowers_the_rate():
    """Two epochs of three steps without a lower mean loss; the first sets what is to be beaten."""
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=2, accumulation_size=3)
    tx = optax.chain(sgd(0.1, momentum=0.0, nesterov=False), plateau)
    state, changes = tx.init(PARAMS), []
    for loss in [9.0, 1.0, 2.0, *(3 * [4.0]), *(3 * [5.0]), *(3 * [1.0])]:
        updates, state = tx.update(GRADIENTS, state, PARAMS, value=jnp.asarray(loss))
        changes.append(updates["bias"])
    rates = np.array(8 * [0.1] + 4 * [0.05])
    np.testing.assert_allclose(changes, -rates[:, None] * GRADIENTS["bias"], rtol=1e-6)


@pytest.mark.thorough
def test_the_rate_on_a_plateau_is_shown():
    """No loss is lower by as much as is asked for, so that each of two epochs halves the rate."""
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=1, atol=9, accumulation_size=5)
    linear = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
    tx = optax.chain(sgd(0.1), plateau)
    run = fit(linear, small.dataset(), epochs=3, batch_size=8, tx=tx, progress=False)
    assert [logs["learning_rate"] for logs in run.history] == pytest.approx([0.1, 0.05, 0.025])


def test_one_cycle_climbs_and_falls():
    schedule = one_cycle(2.0, 100, warmup=0.25)
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert rates[0] == pytest.approx(0.2)
    assert rates.argmax() == 25
    assert rates[25] == pytest.approx(2.0)
    assert rates[100] == pytest.approx(0.0)
    assert (np.diff(rates[:26]) > 0).all()
    assert (np.diff(rates[25:]) < 0).all()


def test_a_one_cycle_of_a_single_step_is_finite():
    assert np.isfinite(float(one_cycle(1.0, 1)(0)))


def test_time_decay_is_the_keras_formula():
    """0.01 / (1 + 0.0004 · step): half the rate after 2,500 updates."""
    schedule = time_decay(0.01, 0.0004)
    assert float(schedule(0)) == 0.01
    assert float(schedule(2500)) == pytest.approx(0.005)


def test_max_norm_shortens_long_columns_and_leaves_the_rest():
    tx = max_norm(3.0)
    updates, _ = tx.update(jax.tree.map(jnp.zeros_like, PARAMS), tx.init(PARAMS), PARAMS)
    moved = optax.apply_updates(PARAMS, updates)
    # The first unit's incoming weights (3, 4) have norm 5, the second's 0.5.
    np.testing.assert_allclose(moved["kernel"], [[1.8, 0.3], [2.4, 0.4]], rtol=1e-6)
    np.testing.assert_array_equal(moved["bias"], PARAMS["bias"])


def test_max_norm_of_a_convolution_is_over_window_and_input_channels():
    kernel = jnp.ones((2, 2, 3, 1))
    tx = max_norm(1.0)
    updates, _ = tx.update(jnp.zeros_like(kernel), tx.init(kernel), kernel)
    assert float(jnp.linalg.norm((kernel + updates).ravel())) == pytest.approx(1.0)


def test_max_norm_acts_on_what_the_update_leads_to():
    tx = optax.chain(optax.sgd(1.0), max_norm(3.0))
    updates, _ = updates_of(tx, jax.tree.map(lambda p: -10 * p, PARAMS))
    norms = jnp.linalg.norm(PARAMS["kernel"] + updates["kernel"], axis=0)
    np.testing.assert_allclose(norms, [3.0, 3.0], rtol=1e-6)


def test_max_norm_without_parameters_is_an_error():
    with pytest.raises(ValueError, match=r"params: expected .*, got None \(max_norm"):
        max_norm(1.0).update(GRADIENTS, optax.EmptyState())


@pytest.mark.parametrize("steps", [1, 50])
def test_gradient_descent_diverges_above_twice_the_inverse_curvature(steps):
    """Guide row A6.12: on a/2 · w², w shrinks for η < 2/a and grows beyond."""
    curvature = 4.0

    def distance(rate):
        w, state = jnp.array(1.0), optax.sgd(rate).init(jnp.array(1.0))
        for _ in range(steps):
            update, state = optax.sgd(rate).update(curvature * w, state)
            w = w + update
        return abs(float(w))

    assert distance(0.99 * 2 / curvature) < 1 < distance(1.01 * 2 / curvature)


@pytest.mark.parametrize("by_function", [True, False])
def test_multi_steps_of_optax_are_taken(by_function):
    multi = optax.MultiSteps(optax.sgd(0.5), every_k_schedule=2)
    plan = jaxcnn.training.Plan(tx=(lambda _: multi) if by_function else multi)
    tx = plan.optimizer(10, jaxcnn.data.SingleLabel())
    first, second = (updates_of(tx, steps=steps)[0]["bias"] for steps in (1, 2))
    np.testing.assert_array_equal(first, [0, 0])
    np.testing.assert_array_equal(second, [-0.5, -0.5])


@pytest.mark.slow
def test_training_by_multi_steps_is_training_by_what_optax_makes_of_them():
    multi = optax.MultiSteps(optax.sgd(0.05), every_k_schedule=2)
    ours, theirs = (small.quick_fit(tx=tx) for tx in (multi, multi.gradient_transformation()))
    assert small.as_bits(ours.state.params) == small.as_bits(theirs.state.params)
