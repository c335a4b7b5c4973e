import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.layers import DropoutModule, DropPathModule, call

KEY = jax.random.key(0)
ONES = jnp.ones((40, 30, 10))


@pytest.mark.thorough
def test_a_share_is_dropped_and_the_rest_scaled():  # guide rows A6.19, A8.9
    dropped = DropoutModule(0.25)(ONES, deterministic=False, rngs=KEY)
    np.testing.assert_allclose(np.unique(dropped), [0, 4 / 3], rtol=1e-6)
    # Three standard deviations of a mean of 12,000 coins.
    assert float((dropped == 0).mean()) == pytest.approx(0.25, abs=3 * np.sqrt(0.1875 / 12_000))


@pytest.mark.thorough
def test_examples_differ_and_keys_differ():
    first, second = (DropoutModule(0.5)(ONES, rngs=key) for key in (KEY, jax.random.key(1)))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first, second)


@pytest.mark.thorough
def test_the_place_in_the_batch_decides():
    whole, start = (DropoutModule(0.5)(ONES[:n], rngs=KEY) for n in (40, 7))
    np.testing.assert_array_equal(whole[:7], start)


def test_nothing_is_dropped_in_eval_mode():
    np.testing.assert_array_equal(call(DropoutModule(0.5), ONES, train=False, key=KEY), ONES)
    np.testing.assert_array_equal(DropoutModule(0.5)(ONES, deterministic=True), ONES)


def test_it_takes_what_flaxs_takes():
    rngs = nnx.Rngs(dropout=1)
    assert (DropoutModule(0.5)(ONES, rngs=rngs) == 0).any()


@pytest.mark.parametrize("module", [DropoutModule, DropPathModule])
@pytest.mark.parametrize("rate", [float("nan"), 1.5, 1.0, -1.0])
def test_modules_check_the_rate_as_the_layers_do(module, rate):
    with pytest.raises(
        ValueError, match=r"^rate: expected a finite number of at least 0 and below 1, got"
    ):
        module(rate)
