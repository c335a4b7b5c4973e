"""What each step rewrites and what it keeps; ONNX Runtime computes the outputs before and after."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from onnx_files import distance, exported, in_onnx, network

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    LayerScale,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    SeparableConv,
    Sequential,
    SpatialDropout,
    SqueezeExcite,
    WeightNorm,
)
from jaxcnn.architecture import walk
from jaxcnn.rewriting._dense_after_pooling import dense_after_pooling
from jaxcnn.rewriting._fold_batch_norms import fold_batch_norms
from jaxcnn.rewriting._merge_pointwise import merge_pointwise
from jaxcnn.rewriting._network import as_network, as_weighted_layers
from jaxcnn.rewriting._remove_dropout import remove_dropout

SHAPE = (6, 5, 4)
RELU = Activation("relu")


def branches(chains):
    """Chains beside each other, whose means over the pixels are concatenated."""
    ends = [Sequential([*chain, RELU, GlobalMaxPool()]) for chain in chains]
    return Parallel(ends, "concat")


@pytest.fixture
def rewritten(tmp_path):
    """Returns the layers after a step, how many it rewrote, and the error of the outputs."""

    def call(step, layer, shape=SHAPE):
        found = network(layer, shape)
        before = jax.tree.map(np.copy, found.variables)
        layers, count = step(as_weighted_layers(found))
        assert jax.tree.all(jax.tree.map(np.array_equal, before, found.variables))
        inputs = np.random.default_rng(1).standard_normal((3, *shape), np.float32)
        outputs = [
            in_onnx(exported(each, tmp_path, from_pixels=False), inputs)[0]
            for each in (found, as_network(layers, found))
        ]
        return layers.architecture, count, distance(*outputs[::-1])

    return call


def kept_as_given(step, layer, shape=SHAPE):
    found = network(layer, shape)
    layers, count = step(as_weighted_layers(found))
    return count == 0 and layers.architecture == layer


def kinds_in(layer, shape=SHAPE):
    return [type(visit.layer) for visit in walk(layer, shape)]


FOLDED = [
    [Conv(6, 3, use_bias=False), BatchNorm()],
    [Conv(6, 3, 2, feature_group_count=2), BatchNorm(use_bias=False)],
    [Conv(6, 3, padding="CIRCULAR"), BatchNorm(use_scale=False), LayerScale()],
    [DepthwiseConv(3, channel_multiplier=2), BatchNorm(epsilon=0.1)],
    [SeparableConv(6, 3, channel_multiplier=2, use_bias=False), BatchNorm()],
    [ConvTranspose(6, 3, strides=2, feature_group_count=2), BatchNorm()],
    [Dense(6), BatchNorm(), Rescale(-0.5)],
    [Sequential([Conv(6, 3)], name="a"), Sequential([BatchNorm(), RELU])],
    [Repeat(Sequential([Conv(4, 3), BatchNorm(), RELU]), 2)],
    [Residual([Conv(6, 1), BatchNorm()], [Dense(6), BatchNorm()])],
    [Conv(6, 3), AvgPool(2), BatchNorm()],
    [Conv(6, 3), MaxPool(2, padding=1), BatchNorm(use_scale=False)],
    [BatchNorm(), Conv(6, 3, padding="VALID", feature_group_count=2, use_bias=False)],
    [BatchNorm(), BatchNorm(), DepthwiseConv(3, padding=((0, 0), (0, 0)), channel_multiplier=2)],
    [BatchNorm(), SeparableConv(6, 3, padding="CIRCULAR", channel_multiplier=2)],
    [BatchNorm(), Conv(6, 1, 2)],
    [BatchNorm(), Dense(6, use_bias=False)],
    [Rescale(1 / 255), Conv(6, 3)],
    [LayerScale(), ConvTranspose(6, 3, feature_group_count=2)],
]
NORMS = {BatchNorm, LayerScale, Rescale}


@pytest.mark.thorough
def test_batch_norms_fold_into_the_layer_before_or_after(rewritten):
    layer = branches(FOLDED)
    norms = [kind for kind in kinds_in(layer) if kind in NORMS]
    found, count, error = rewritten(fold_batch_norms, layer)
    assert count == len(norms)
    assert not NORMS & {*kinds_in(found)}
    assert error < 1e-6
    assert found.branches[8].layers[0].times == 2  # still a Repeat


NOT_FOLDED = {
    "zeros around the image are not offset": [BatchNorm(), Conv(6, 3)],
    "the bias of a transposed convolution is at its edges, too": [BatchNorm(), ConvTranspose(6, 3)],
    "an activation is between": [Conv(6, 3), RELU, BatchNorm()],
    "the largest would become the smallest": [Conv(6, 3), MaxPool(2), Rescale(-1.0)],
    "zeros count in the mean": [Conv(6, 3), AvgPool(2, padding=1), BatchNorm()],
    "the kernel is normalized": [WeightNorm(Conv(6, 3)), BatchNorm()],
    "the sum has no kernel": [Residual([Conv(4, 3)]), BatchNorm()],
}


@pytest.mark.parametrize("chain", NOT_FOLDED.values(), ids=NOT_FOLDED)
def test_a_batch_norm_is_kept_where(chain):
    assert kept_as_given(fold_batch_norms, Sequential(chain))


def test_a_batch_norm_that_divides_by_zero_is_kept():
    found = as_weighted_layers(network(Sequential([Conv(6, 3), BatchNorm(epsilon=0.0)]), SHAPE))
    arrays = {**found.arrays, "layers.1.var": jnp.zeros(6)}
    assert fold_batch_norms(found._replace(arrays=arrays))[1] == 0


REMOVED = [
    [Dropout(0.5), Conv(6, 3), DropPath(0.5)],
    [Residual([SpatialDropout(0.5)], [DropBlock(0.5)])],
    [Residual([Conv(4, 3)], [Dropout(0.5)])],
    [Parallel([Dropout(0.5, name="same"), Conv(4, 3)], "concat")],
    [MaxPool(1), AvgPool(1, padding="SAME"), ChannelShuffle(1), Rescale(1.0)],
    [Repeat(Dropout(0.5), 3), Repeat(Sequential([Dropout(0.5), Conv(4, 3)]), 2)],
]


def test_dropout_and_layers_that_do_nothing_are_removed(rewritten):
    layer = branches(REMOVED)
    found, count, error = rewritten(remove_dropout, layer)
    assert count == 15
    assert {*kinds_in(found)} == {Activation, Conv, GlobalMaxPool, Parallel, Residual}
    assert error == 0
    assert found.branches[3].layers[0].branches[0] == Sequential([], name="same")
    assert rewritten(remove_dropout, Dropout(0.5))[0] == Sequential([])


def test_what_is_flat_already_is_not_flattened():
    layer = Sequential([Conv(6, 3), GlobalAvgPool(), Flatten(), Dense(3)])
    assert remove_dropout(as_weighted_layers(network(layer, SHAPE)))[1] == 1
    assert kept_as_given(remove_dropout, Sequential([Conv(6, 3), MaxPool(2), Flatten(), Dense(3)]))
    assert kept_as_given(remove_dropout, Sequential([MaxPool(1, 2), MaxPool(2, 1)]))


MERGED = [
    [Conv(6, 1), Conv(5, 1)],
    [Conv(9, 3, 2), Dense(4)],
    [Dense(9), Dense(4, use_bias=False), Dense(3)],
    [Dense(9, use_bias=False), Conv(6, 3, 2)],
    [Conv(9, 1, use_bias=False), ConvTranspose(6, 3, strides=2)],
    [Conv(9, 1), Conv(6, 3, padding="VALID", use_bias=False)],
    [ConvTranspose(9, 3, strides=2), Conv(3, 1)],
    [SeparableConv(9, 3), Conv(3, 1, use_bias=False)],
]


def test_matrices_per_pixel_merge_with_the_layer_beside_them(rewritten):
    found, count, error = rewritten(merge_pointwise, branches(MERGED))
    assert count == len(MERGED) + 1
    assert [len(branch.layers) for branch in found.branches] == [3] * len(MERGED)
    assert error < 1e-6


NOT_MERGED = {
    "a bottleneck is less work": [Conv(1, 1), Conv(6, 1)],
    "zeros around the image have no bias": [Conv(9, 1), Conv(6, 3)],
    "groups would mix": [Conv(8, 1, feature_group_count=2), Conv(4, 1)],
    "each channel is alone": [DepthwiseConv(3), Conv(4, 1)],
    "an activation is between": [Conv(6, 1), RELU, Conv(4, 1)],
    "pixels are left out between": [Conv(6, 3), Conv(4, 1, 2)],
    "zeros are added between": [Conv(6, 3), Conv(4, 1, padding=1)],
}


@pytest.mark.parametrize("chain", NOT_MERGED.values(), ids=NOT_MERGED)
def test_layers_are_not_merged_where(chain):
    assert kept_as_given(merge_pointwise, Sequential(chain))


def test_vectors_after_global_pooling_are_computed_by_dense_layers(rewritten):
    layer = Sequential(
        [
            *(Conv(6, 1, name="a"), Conv(8, 1, use_bias=False, name="b")),
            *(AdaptiveAvgPool(1), Conv(5, 1, name="c"), BatchNorm(), RELU, Conv(3, 1)),
            *(Flatten(), Dense(2)),
        ]
    )
    found, count, error = rewritten(dense_after_pooling, layer)
    dense = [Dense, Dense, Dense, BatchNorm, Activation, Dense, Dense]
    assert kinds_in(found) == [GlobalAvgPool, *dense]
    assert [layer.name for layer in found.layers[:4]] == [None, "a", "b", "c"]
    assert count == 6
    assert error < 1e-6


NOT_POOLED_FIRST = {
    "a maximum is not linear": [Conv(6, 1), GlobalMaxPool()],
    "an activation is between": [Conv(6, 1), RELU, GlobalAvgPool()],
    "pixels are left out": [Conv(6, 1, 2), GlobalAvgPool()],
    "a window is not global for larger images": [AvgPool((6, 5)), Conv(6, 1), Flatten()],
    "the output is an image": [AdaptiveAvgPool(1), Conv(6, 1)],
    "this layer takes images": [AdaptiveAvgPool(1), SqueezeExcite(2), Flatten()],
}


@pytest.mark.parametrize("chain", NOT_POOLED_FIRST.values(), ids=NOT_POOLED_FIRST)
def test_pooling_stays_where_it_is_where(chain):
    assert kept_as_given(dense_after_pooling, Sequential(chain))


def test_a_name_that_becomes_that_of_another_layer_is_dropped(rewritten):
    layer = Sequential(
        [Dropout(0.5), Conv(4, 3, name="stem"), Conv(4, 3, name="2"), Dropout(0.5), RELU]
    )
    found, _, error = rewritten(remove_dropout, layer)
    assert [each.name for each in found.layers] == ["stem", None, None]
    assert error == 0


def test_custom_layers_are_kept_and_nothing_passes_them():
    @dataclasses.dataclass(frozen=True)
    class Twice(Sequential):
        """A sequence of another class, whose module nobody knows."""

    @dataclasses.dataclass(frozen=True)
    class Noisy(Dropout):
        """A dropout that may do something in inference, too."""

    norm = BatchNorm()
    layer = Sequential([Conv(4, 3), Twice([Conv(4, 3), norm]), norm, RELU, Noisy(0.5), norm])
    assert kept_as_given(fold_batch_norms, layer)
    assert kept_as_given(remove_dropout, layer)
