"""What the page says about maps that cannot be made, and about their scale."""

from functools import partial

import built
import jax
import numpy as np
import pytest
import small

import jaxcnn
from jaxcnn import explain
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.reports import _attributions

NET = jaxcnn.Sequential(
    [jaxcnn.Conv(2, 3), jaxcnn.Activation("gelu"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3)]
)


@pytest.mark.thorough
def test_maps_of_a_network_without_relu(monkeypatch):
    methods = {name: _attributions.METHODS[name] for name in ("guided backprop", "occlusion")}
    monkeypatch.setattr(_attributions, "METHODS", methods)
    apply, variables = functionalize(built.filled(NET, (8, 8, 1)))
    scale = Normalization((0.3,), (0.3,))
    network = Network(apply, variables, scale, (8, 8, 1), ("a", "b", "c"), NET)
    images = small.dataset(2).images
    targets = np.array([1, 2])
    maps, failed = _attributions._maps(network, images, targets)
    assert "ReLU layers" in failed["guided backprop"]
    mean = np.full((8, 8, 1), 0.3, np.float32)
    occlude = partial(explain.occlusion, network, target=targets, window=1, baseline=mean)
    expected = jax.jit(occlude)(images)
    np.testing.assert_allclose(maps["occlusion"], expected, rtol=1e-4, atol=1e-6)
