"""Every layer computes in ONNX Runtime what it computes in JAX."""

import pytest
from layer_families import CASES, OTHER_RANKS, layers_in, side_by_side, split
from onnx_files import TOLERANCE, distance, exported, in_jax, in_onnx, inputs_for

from jaxcnn.layers import LAYERS

PARAMETERS = [pytest.param(*case, id=name) for name, case in CASES.items()]
PARAMETERS += [
    pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in OTHER_RANKS.items()
]


@pytest.mark.thorough
@pytest.mark.parametrize(("layers", "shape"), PARAMETERS)
def test_layers_compute_the_same(layers, shape, tmp_path):
    """All layers of a family side by side in one file, each held against its own numbers."""
    found = side_by_side(layers, shape)
    path = exported(found, tmp_path, from_pixels=False)
    inputs = inputs_for(found, 3)
    expected = in_jax(found, inputs)
    outputs = (expected, *in_onnx(path, inputs, inputs[:1]))
    rows = zip(layers, *(split(each, layers, shape) for each in outputs), strict=True)
    distances = {
        str(layer): max(distance(three, wanted), distance(one, wanted[:1]))
        for layer, wanted, three, one in rows
    }
    assert {layer: found for layer, found in distances.items() if found > TOLERANCE} == {}


def test_every_layer_is_among_these():
    tried = [layer for layers, _ in CASES.values() for layer in layers]
    found = {type(each) for layer in tried for each in layers_in(layer)}
    assert found >= {*LAYERS}
