import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import functional as F

TREE = {
    "features": {
        "conv1": {"kernel": jnp.ones((5, 5, 3, 2)), "bias": jnp.ones(2)},
        "conv2": {"kernel": np.ones((3, 3, 2, 4))},
    },
    "head": [jnp.ones((8, 5)), jnp.ones(())],
    "scale": jax.ShapeDtypeStruct((7,), "float32"),
    "nothing": None,
}


def test_count_parameters():
    assert F.count_parameters(TREE) == 152 + 72 + 41 + 7
    assert F.count_parameters({}) == 0
    assert F.count_parameters(jnp.ones((2, 3))) == 6


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (1, {"features": 224, "head": 41, "scale": 7}),
        (2, {"features/conv1": 152, "features/conv2": 72, "head/0": 40, "head/1": 1, "scale": 7}),
    ],
)
def test_by_subtree(depth, expected):
    assert F.parameters_by_subtree(TREE, depth) == expected
    assert list(F.parameters_by_subtree(TREE, depth)) == list(expected)


@pytest.mark.thorough
def test_of_a_flax_module():
    class Net(nnx.Module):
        def __init__(self, rngs):
            self.conv = nnx.Conv(3, 2, (5, 5), rngs=rngs)
            self.dense = nnx.Linear(8, 5, rngs=rngs)

    parameters = nnx.state(Net(nnx.Rngs(0)), nnx.Param)
    assert F.parameters_by_subtree(parameters) == {"conv": 152, "dense": 45}


def test_shapes_alone_suffice_and_nothing_overflows():
    shape = jax.ShapeDtypeStruct((2**20, 2**20, 2**10), "float32")
    assert F.count_parameters([shape, shape]) == 2**51
    assert F.parameters_by_subtree([shape, shape]) == {"0": 2**50, "1": 2**50}


@pytest.mark.parametrize(
    ("tree", "place"), [({"a": {"b": 3}}, "int at a/b"), ("weights", "str at the root")]
)
def test_leaves_that_are_no_arrays(tree, place):
    for count in (F.count_parameters, F.parameters_by_subtree):
        with pytest.raises(TypeError, match=f"tree: expected arrays, got {place}"):
            count(tree)


def test_depth_below_1():
    with pytest.raises(ValueError, match="depth: expected at least 1, got 0"):
        F.parameters_by_subtree(TREE, 0)
