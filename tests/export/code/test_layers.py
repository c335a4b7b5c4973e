"""Every layer computes in NumPy and in C what it computes in JAX."""

import pytest
from code_files import TOLERANCE, in_c, in_python, in_sanitized_c, needs_cc
from layer_families import CASES, OTHER_RANKS, layers_in, side_by_side, split
from onnx_files import distance, inputs_for, network

from jaxcnn import (
    Activation,
    AvgPool,
    Conv,
    Dense,
    Flatten,
    MaxPool,
    Parallel,
    Residual,
    Sequential,
)
from jaxcnn.export.code import _layers
from jaxcnn.layers import LAYERS

FAMILIES = CASES | OTHER_RANKS
BRANCHES = [Conv(3, 3), Conv(3, 3, 2, 1), MaxPool(3, 2, "SAME"), AvgPool(2, ceil_mode=True)]
NET = Sequential(
    [
        Residual([Conv(2, 3), Activation("relu")]),
        Parallel([Sequential([layer, Flatten(), Dense(2)]) for layer in BRANCHES], "concat"),
        Dense(3),
    ]
)


def distances(layers, shape, folder, compute):
    """The distance of each layer from JAX, all computed side by side in one file."""
    found = side_by_side(layers, shape)
    inputs = inputs_for(found, 3, normalized=False)
    outputs = (found.logits(inputs), compute(found, folder, inputs))
    rows = zip(layers, *(split(each, layers, shape) for each in outputs), strict=True)
    return {str(layer): distance(output, wanted) for layer, wanted, output in rows}


@pytest.mark.thorough
@needs_cc
def test_a_small_network_computes_the_same(tmp_path):
    found = network(NET, (7, 6, 2))
    inputs = inputs_for(found, 3, normalized=False)
    expected = found.logits(inputs)
    for compute in (in_python, in_c):
        assert distance(compute(found, tmp_path, inputs), expected) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize(
    "compute", [in_python, *(pytest.param(each, marks=needs_cc) for each in (in_c, in_sanitized_c))]
)
@pytest.mark.parametrize("family", FAMILIES)
def test_layers_compute_the_same(family, compute, tmp_path):
    found = distances(*FAMILIES[family], tmp_path, compute)
    assert {layer: each for layer, each in found.items() if each > TOLERANCE} == {}


def test_every_layer_is_among_these():
    found = {
        type(each) for layers, _ in CASES.values() for one in layers for each in layers_in(one)
    }
    assert found >= {*LAYERS}
    assert _layers._ADD.keys() == {*LAYERS}
