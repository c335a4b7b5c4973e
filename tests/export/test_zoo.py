"""Every network of the zoo computes in ONNX Runtime what it computes in JAX, of small inputs."""

import numpy as np
import pytest
from onnx_files import (
    SHAPES,
    TOLERANCE,
    distance,
    exported,
    in_float64,
    in_jax,
    in_onnx,
    inputs_for,
    network,
    settled,
)

from jaxcnn.models import MODELS

DEEP = {"efficientnet_b7", "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"}
"""Networks of so many gates that what is rounded in float32 grows with random weights."""

BATCH = 32


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_network_computes_the_same(name, tmp_path):
    found = network(MODELS[name].make(10), SHAPES.get(name, (32, 32, 3)))
    batches = [inputs_for(found, BATCH, seed=seed) for seed in range(256 // BATCH)]
    if name in DEEP:
        found = settled(found, np.concatenate(batches))
    path = exported(found, tmp_path, from_pixels=False)
    wanted = np.concatenate([in_jax(found, batch) for batch in batches])
    logits = np.concatenate(in_onnx(path, *batches))
    exact = wanted if name not in DEEP else np.concatenate([in_float64(found, b) for b in batches])
    rounded = distance(wanted, exact)  # by JAX
    assert distance(logits, exact) < max(TOLERANCE, 2 * rounded)
    assert np.array_equal(logits.argmax(1), wanted.argmax(1))
