"""Networks of the zoo that are small enough compute in NumPy and in C what they compute in JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from code_files import CC, TOLERANCE, in_c, in_python, in_sanitized_c, needs_cc
from onnx_files import SHAPES, distance, inputs_for, network

import jaxcnn
from jaxcnn.export.code import _c, _numpy
from jaxcnn.models import MODELS


def weight_bytes(found):
    leaves = jax.tree.leaves(found.variables)
    return sum(4 * leaf.size for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating))


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_network_computes_the_same(name, tmp_path):
    layers, shape = MODELS[name].make(10), SHAPES.get(name, (32, 32, 3))
    found = network(layers, shape, is_filled=False)
    size = weight_bytes(found)
    if size > _numpy.MAX_BYTES:
        with pytest.raises(ValueError, match="network: expected at most 20,000,000 bytes"):
            jaxcnn.export.numpy(found, tmp_path / "net.py")
        return
    found = network(layers, shape)
    inputs = inputs_for(found, 8, normalized=False)
    expected = found.logits(inputs)
    computes = (in_python, in_c) if CC and size <= _c.MAX_BYTES else (in_python,)
    for compute in computes:
        outputs = compute(found, tmp_path, inputs)
        assert distance(outputs, expected) < TOLERANCE
        assert np.array_equal(outputs.argmax(1), expected.argmax(1))


@pytest.mark.slow
@needs_cc
@pytest.mark.parametrize("name", ["lenet5", "classic", "cifar_small", "m5", "resnet20"])
def test_a_network_stays_within_its_arrays(name, tmp_path):
    shape = SHAPES.get(name, (32, 32, 3))
    found = network(MODELS[name].make(10), shape)
    inputs = inputs_for(found, 2, normalized=False)
    outputs = in_sanitized_c(found, tmp_path, inputs)  # which ends at the first fault
    assert distance(outputs, found.logits(inputs)) < TOLERANCE
