"""Random networks compute in ONNX Runtime what they compute in JAX."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from layers.test_random_networks import cases
from onnx_files import in_jax, in_onnx, network

import jaxcnn


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(cases())
def test_a_random_network_computes_the_same(tmp_path_factory, case):
    net, input_shape, dtype = case
    try:
        shape = net.output_shape(input_shape)
    except ValueError:
        assume(False)  # its layers do not fit
    tokens = dtype == np.int32
    assume(tokens or len(input_shape) > 1)
    found = network(net, input_shape, names=list(map(str, range(shape[-1]))))
    path = tmp_path_factory.mktemp("random") / "network.onnx"
    jaxcnn.export.onnx(found, path, from_pixels=False, predictor=False)
    rng = np.random.default_rng(0)
    batch = (3, *input_shape)
    inputs = np.zeros(batch, np.int64) if tokens else rng.standard_normal(batch, np.float32)
    expected, (outputs,) = in_jax(found, inputs), in_onnx(path, inputs)
    assert outputs.shape == expected.shape
    # Norms of equal numbers, whose variance is 0, enlarge what is rounded in them.
    distance = np.linalg.norm(outputs - expected)
    assert distance <= 1e-4 * np.linalg.norm(expected) + 1e-4
