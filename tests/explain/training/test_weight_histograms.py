import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain

NET = jaxcnn.Sequential([jaxcnn.Conv(5, 3, name="z"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)])


def test_counts_are_numpys():
    model = jaxcnn.build(NET, (4, 4, 2), rngs=nnx.Rngs(0))
    found = explain.weight_histograms(model, bins=6)
    assert [*found] == ["z.bias", "z.kernel", "2.bias", "2.kernel"]
    kernel = np.asarray(model["z"].kernel[...])
    counts, edges = np.histogram(kernel, 6)
    np.testing.assert_array_equal(found["z.kernel"].counts, counts)
    np.testing.assert_allclose(found["z.kernel"].edges, edges)
    assert found["z.kernel"].mean == pytest.approx(float(kernel.mean()), abs=1e-6)
    assert found["z.kernel"].std == pytest.approx(float(kernel.std()), rel=1e-5)
    assert len(found["2.bias"].counts) == 3  # two weights: twice the root of 2, rounded up


def test_errors():
    model = jaxcnn.build(NET, (4, 4, 2), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="bins must be at least 1; got 0"):
        explain.weight_histograms(model, bins=0)
    model["z"].bias[...] = jnp.full(5, jnp.nan)
    with pytest.raises(ValueError, match=r"z\.bias must be finite"):
        explain.weight_histograms(model)
