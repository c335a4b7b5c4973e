"""The summary of a Flax module: what its call makes, and what its variables hold."""

import dataclasses

import jax
import jax.numpy as jnp
import pytest
import saved_runs
from flax import nnx

from jaxcnn import Run, summary


class Branch(nnx.Module):
    def __init__(self, *, rngs):
        self.dense = nnx.Linear(8, 8, rngs=rngs)
        self.scale = nnx.Param(jnp.ones(8))

    def __call__(self, values):
        return self.dense(self.dense(values)) * self.scale


class Net(nnx.Module):
    """With what a network may hold: a shared layer, one that is not called, randomness, a list."""

    def __init__(self, *, rngs):
        self.conv = nnx.Conv(3, 8, (3, 3), strides=2, rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.branches = nnx.List([Branch(rngs=rngs)])
        self.offsets = nnx.List([nnx.Param(jnp.zeros(8))])
        self.unused = nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, images):
        images = self.dropout(nnx.relu(self.norm(self.conv(images))))
        (branch,) = self.branches
        return branch(images.mean((1, 2))) + self.offsets[0]


@pytest.fixture(scope="module")
def net():
    return nnx.eval_shape(lambda: Net(rngs=nnx.Rngs(0)))


def test_a_row_for_each_call_of_what_holds_weights(net):
    table = summary(net, (8, 6, 3), batch_size=2)
    rows = [(r.path, r.layer, r.output_shape, r.parameters, r.weight_bytes) for r in table.rows]
    assert rows == [
        ("conv", "Conv", (4, 3, 8), 224, 4 * 224),
        ("norm", "BatchNorm", (4, 3, 8), 16, 4 * 32),
        ("dropout", "Dropout", (4, 3, 8), 0, 0),
        ("branches.0.dense", "Linear", (8,), 72, 4 * 72),
        ("branches.0.dense", "Linear", (8,), 0, 0),
        ("branches.0", "Branch", (8,), 8, 4 * 8),
        ("", "Net", (8,), 8, 4 * 8),
        ("unused", "Linear", None, 8, 4 * 8),
    ]
    assert table.rows[3].name == "0.dense"
    assert table.output_shape == (8,)
    params = jax.tree.leaves(nnx.state(net, nnx.Param))
    assert table.parameters == sum(leaf.size for leaf in params)


def test_what_cannot_be_known_is_left_out(net):
    table = summary(net, (8, 6, 3))
    assert table.macs is table.flops is table.inference_bytes is table.receptive_field is None
    assert "MACs" not in str(table)
    head, dashes, first = table.to_markdown().splitlines()[2:5]
    assert head == "| name | layer | output | params | weights (bytes) |"
    assert dashes == "| --- | --- | --- | ---: | ---: |"
    assert first == "| conv | Conv | 4×3×8 | 224 | 896 |"


def test_the_module_is_as_before():
    layer = nnx.Linear(2, 3, param_dtype=jnp.bfloat16, rngs=nnx.Rngs(0))
    before = nnx.graphdef(layer)
    table = summary(layer, (5, 2))
    assert [(row.output_shape, row.weight_bytes) for row in table.rows] == [((5, 3), 2 * 9)]
    assert nnx.graphdef(layer) == before
    assert type(layer) is nnx.Linear


def test_outputs_that_are_no_array_have_no_shape():
    class Twice(nnx.Module):
        def __call__(self, images):
            return images, images

    assert summary(Twice(), (2,)).output_shape is None


def test_integers_go_in_where_they_are_asked_for():
    embed = nnx.eval_shape(lambda: nnx.Embed(10, 4, rngs=nnx.Rngs(0)))
    assert summary(embed, (7,), dtype=jnp.int32).output_shape == (7, 4)


def test_another_shape_than_the_module_is_for(net):
    with pytest.raises(ValueError, match="expected 3 values in the last axis, got"):
        summary(net.conv, (8, 6, 4))


@pytest.mark.thorough
def test_a_trained_network_knows_its_shape():
    known = saved_runs.run().network
    expected = summary(known.architecture, known.input_shape)
    for trained in (known, Run(known)):
        assert summary(trained).to_json() == expected.to_json()
    custom = dataclasses.replace(known, architecture=None)
    assert summary(custom).parameters == expected.parameters
