import built
import jax.numpy as jnp
import pytest

from jaxcnn import Conv, Embedding, Flatten, GlobalMaxPool, Parallel, Sequential
from jaxcnn.architecture import walk


def test_prediction_is_what_is_built():
    layer = Embedding(100, 8)
    assert layer.output_shape((7,)) == built.output_shape(layer, (7,), jnp.int32) == (7, 8)
    assert layer.costs((7,)) == (800, 0, 3200)
    assert built.variables(layer, (7,)) == 800


def test_a_network_that_reads_text_counts_its_window_in_tokens():
    net = Sequential([Embedding(100, 8), Conv(4, 3), Conv(4, 5, strides=2)])
    assert net.receptive_field((20,)) == ((7,), (2,), (2,))
    pooled = Sequential([*net.layers, GlobalMaxPool()])
    assert built.output_shape(pooled, (20,), jnp.int32) == pooled.output_shape((20,)) == (4,)


def test_windows_of_branches_that_read_text():
    words, three, five = Embedding(100, 8), Conv(4, 3), Conv(4, 5)
    branches = Sequential([words, Parallel([three, five], "concat")])
    apart = Parallel([Sequential([words, three]), Sequential([words, five])], "concat")
    for net in (branches, apart):
        assert (
            net.receptive_field((20,))
            == list(walk(net, (20,)))[-1].receptive_field
            == ((5,), (1,), (2,))
        )


def test_floats_are_refused_by_the_network():
    module = built.module(Sequential([Embedding(100, 8)]), (7,))
    with pytest.raises(TypeError, match="Embed: expected integers of 0 to 99, got float32"):
        module(jnp.zeros((1, 7)))


def test_input_that_does_not_fit():
    for use in (Embedding(9, 8).output_shape, lambda s: built.module(Embedding(9, 8), s)):
        with pytest.raises(
            ValueError, match=r"input_shape: expected \(L,\), a row of integers, got"
        ):
            use((7, 3))


def test_tokens_beside_a_branch_without_places():
    net = Parallel([Sequential([Embedding(9, 2), Flatten()]), Sequential([])], "concat")
    assert net.output_shape((5,)) == (15,)
    assert net.receptive_field((5,)) == ((5,), (0,), (0,))


def test_what_reads_a_flattened_picture_sees_all_of_it():
    net = Sequential([Flatten(), Embedding(256, 4), Conv(3, 3)])
    everything = ((8, 6), (0, 0), (0, 0))
    assert net.receptive_field((8, 6, 1)) == everything
    assert [visit.receptive_field for visit in walk(net, (8, 6, 1))] == [everything] * 3
