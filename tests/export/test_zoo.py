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

import jaxcnn
from jaxcnn.models import MODELS

BEYOND_2_GB = {"regnet_y_128gf"}

DEEP = {"efficientnet_b7", "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"}
"""Networks of so many gates that what is rounded in float32 grows with random weights."""

BATCH = 32


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name not in BEYOND_2_GB])
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
    assert distance(logits, exact) < max(TOLERANCE, rounded)
    assert np.array_equal(logits.argmax(1), wanted.argmax(1))


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(BEYOND_2_GB))
def test_networks_beyond_2_gb_are_refused(name, tmp_path):
    found = network(MODELS[name].make(10), (32, 32, 3), is_filled=False)
    with pytest.raises(ValueError, match="network: expected one of less than 2 GB"):
        jaxcnn.export.onnx(found, tmp_path / "network.onnx")
