"""Random networks compute in NumPy and in C what they compute in JAX."""

import numpy as np
import pytest
from code_files import CC, TOLERANCE, in_c, in_python, in_sanitized_c
from hypothesis import HealthCheck, Phase, assume, given, settings
from layers.test_random_networks import cases
from onnx_files import inputs_for, network


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
    first, *others = input_shape
    assume(len(others) != 2 or first not in (1, 3, 4) or min(others) <= 4)  # as channels first
    found = network(net, input_shape, names=list(map(str, range(shape[-1]))))
    inputs = inputs_for(found, 3, normalized=False)
    inputs = np.zeros_like(inputs) if tokens else inputs
    expected, folder = found.logits(inputs), tmp_path_factory.mktemp("random")
    for compute in (in_python, in_c, in_sanitized_c) if CC else (in_python,):
        outputs = compute(found, folder, inputs).reshape(expected.shape)
        # Norms of equal numbers, whose variance is 0, enlarge what is rounded in them.
        distance = np.linalg.norm(outputs - expected)
        assert distance <= TOLERANCE * np.linalg.norm(expected) + TOLERANCE
