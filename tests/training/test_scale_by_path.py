import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small

import jaxcnn
from jaxcnn._support.leaves import named_leaves
from jaxcnn.training import lookahead, muon, one_cycle, scale_by_path, sgd

PARAMS = {
    "layers": [
        {"kernel": jnp.array([[1.0, 2.0], [3.0, 4.0]]), "bias": jnp.array([5.0, 6.0])},
        {"kernel": jnp.array([[0.5], [0.25]]), "bias": jnp.array([0.1])},
    ]
}
RATES = {"layers.*": 0.5, "layers.0.*": 0, "layers.1.bias": 2}


def steps(tx, count=3):
    """Parameters after gradient descent on half their squared norm, where the gradient is they."""
    params, state, update = PARAMS, tx.init(PARAMS), jax.jit(tx.update)
    for _ in range(count):
        updates, state = update(params, state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def test_updates_are_those_written_by_hand():
    params, _ = steps(scale_by_path(optax.sgd(0.1), RATES))
    (frozen, trained), (_, start) = params["layers"], PARAMS["layers"]
    jax.tree.map(np.testing.assert_array_equal, frozen, PARAMS["layers"][0])
    np.testing.assert_allclose(trained["kernel"], 0.95**3 * start["kernel"], rtol=1e-6)
    np.testing.assert_allclose(trained["bias"], 0.8**3 * start["bias"], rtol=1e-6)


@pytest.mark.thorough
def test_the_whole_of_sgd_is_scaled_and_what_is_frozen_is_not_clipped_with_it():
    """Decay, momentum and clipping are as if the frozen layer were not there."""

    def tx():
        return sgd(0.1, weight_decay=0.1, clip_norm=0.3)

    trained, state = steps(scale_by_path(tx(), RATES))
    factors = {"kernel": 0.5, "bias": 2}
    params, alone = PARAMS["layers"][1], tx().init(PARAMS["layers"][1])
    for _ in range(3):
        updates, alone = tx().update(params, alone, params)
        scaled = jax.tree.map(jnp.multiply, factors, updates)
        params = optax.apply_updates(params, scaled)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), trained["layers"][1], params
    )
    assert optax.tree.size(optax.tree.get(state, "trace")) == 3


def test_the_rate_is_shown_still():
    _, state = steps(scale_by_path(sgd(optax.linear_schedule(1.0, 0.0, 10)), RATES), count=4)
    assert optax.tree.get(state, "hyperparams")["learning_rate"] == pytest.approx(0.7)


def test_the_last_pattern_counts():
    params, _ = steps(scale_by_path(optax.sgd(0.1), {"*": 0, "*.1.*": 1}))
    jax.tree.map(np.testing.assert_array_equal, params["layers"][0], PARAMS["layers"][0])
    expected = 0.9**3 * PARAMS["layers"][1]["kernel"]
    np.testing.assert_allclose(params["layers"][1]["kernel"], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (
            {"layers.0.kernal": 0},
            r"rates: .* layers.0.bias, layers.0.kernel, layers.1.bias, layers.1.kernel, got "
            r"'layers.0.kernal', which matches none .did you mean layers.0.kernel or .*",
        ),
        ({"layers.1": 0}, "got 'layers.1', which matches none"),
        ({"*": -1}, r"rates: expected finite factors of at least 0, got -1 for '\*'"),
        ({"*": float("nan")}, "expected finite factors of at least 0, got nan"),
    ],
)
def test_bad_rates(rates, message):
    with pytest.raises(ValueError, match=message):
        scale_by_path(optax.sgd(0.1), rates).init(PARAMS)


@pytest.mark.slow
def test_fit_freezes_a_layer_under_any_optimizer():
    """Names are those of the weights file; Muon and Lookahead train what is not frozen."""
    weights = []

    def tx(total):
        rates = {"layers.0.*": 0, "layers.6.bias": 0.1}
        return scale_by_path(lookahead(muon(one_cycle(0.05, total), adam=["layers.6.*"])), rates)

    trained = jaxcnn.fit(
        small.NETWORK,
        small.dataset(),
        epochs=2,
        batch_size=8,
        tx=tx,
        progress=False,
        on_epoch=lambda state, _: weights.append(jax.device_get(state.params)),
    )
    first, last = (dict(named_leaves(params)) for params in weights)
    same = {name for name in first if np.array_equal(first[name], last[name])}
    assert same == {"layers.0.bias", "layers.0.kernel"}
    assert trained.history[-1]["learning_rate"] == pytest.approx(0.0, abs=0.02)
    assert trained.history[-1]["train_loss"] < trained.history[0]["train_loss"]
