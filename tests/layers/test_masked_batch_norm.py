import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.nn import call


@pytest.mark.parametrize("options", [{}, {"use_scale": False, "momentum": 0.5}])
def test_it_is_flaxs_with_the_filling_left_out(options):  # guide row A8.7
    rng = np.random.default_rng(0)
    inputs = jnp.asarray(rng.normal(2, 3, (5, 4, 4, 3)), jnp.float32)
    masked, plain = (nnx.BatchNorm(3, rngs=nnx.Rngs(0), **options) for _ in range(2))
    where = jnp.array([True, True, True, False, False])
    outputs = call(masked, inputs.at[3:].set(1e3), train=True, key=None, where=where)
    expected = plain(inputs[:3], use_running_average=False)
    np.testing.assert_allclose(outputs[:3], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(masked.mean[...], plain.mean[...], rtol=1e-5)
    np.testing.assert_allclose(masked.var[...], plain.var[...], rtol=1e-4)
