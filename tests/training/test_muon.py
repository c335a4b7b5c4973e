import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxcnn.training import muon

RNG = np.random.default_rng(0)
SHAPES = {"conv": (3, 3, 2, 5), "dense": (8, 6), "bias": (5,)}
PARAMS = {name: jnp.asarray(RNG.normal(size=shape), "float32") for name, shape in SHAPES.items()}
GRADIENTS = {name: jnp.asarray(RNG.normal(size=shape), "float32") for name, shape in SHAPES.items()}


def steps(tx, params, gradients, count=3):
    state, update = tx.init(params), jax.jit(tx.update)
    for _ in range(count):
        updates, state = update(gradients, state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def as_matrices(tree):
    return {name: leaf.reshape(-1, leaf.shape[-1]).squeeze() for name, leaf in tree.items()}


@pytest.mark.thorough
def test_a_convolution_is_a_matrix_to_optax_muon():
    ours, _ = steps(muon(0.1, weight_decay=0.1), PARAMS, GRADIENTS)
    reference = optax.contrib.muon(0.1, weight_decay=0.1)
    theirs, _ = steps(reference, as_matrices(PARAMS), as_matrices(GRADIENTS))
    for name, leaf in as_matrices(ours).items():
        np.testing.assert_allclose(leaf, theirs[name], rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_what_is_left_to_adam():
    tx = muon(0.1, adam=["den*"], adam_learning_rate=0.01)
    ours, _ = steps(tx, PARAMS, GRADIENTS)
    theirs, _ = steps(optax.nadamw(0.01, weight_decay=0), PARAMS, GRADIENTS)
    for name in ("dense", "bias"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5)
    assert not np.allclose(ours["conv"], theirs["conv"])


@pytest.mark.thorough
def test_the_state_shows_the_rate():
    _, state = steps(muon(optax.linear_schedule(1.0, 0.0, 10)), PARAMS, GRADIENTS, count=4)
    assert optax.tree.get(state, "hyperparams")["learning_rate"] == pytest.approx(0.7)


def test_a_pattern_that_matches_nothing():
    with pytest.raises(ValueError, match=r"adam: .*got .dens., .* none \(did you mean dense"):
        muon(0.1, adam=["dens"]).init(PARAMS)
