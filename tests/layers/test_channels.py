import built
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import ChannelShuffle, ChannelSplit, LayerScale
from jaxcnn.layers import ChannelShuffleModule, ChannelSplitModule, LayerScaleModule


def test_costs_of_layer_scale():
    assert LayerScale().costs((4, 5, 6)) == (6, 4 * 5 * 6, 4 * 6)
    assert (built.module(LayerScale(0.5), (4, 5, 6)).scale[...] == 0.5).all()


@pytest.mark.parametrize("layer", [ChannelSplit(4, 0), ChannelShuffle(4)])
def test_parts_must_be_equal(layer):
    for use in (layer.output_shape, lambda s: built.module(layer, s)):
        with pytest.raises(
            ValueError, match=r"expected a divisor of the input's 6 channels, got 4"
        ):
            use((5, 6))


X = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("parts", [1, 2, 3, 6])
def test_the_parts_together_are_the_whole(parts):
    split = [ChannelSplitModule(parts, index)(jnp.asarray(X)) for index in range(parts)]
    for part, expected in zip(split, np.split(X, parts, axis=-1), strict=True):
        np.testing.assert_array_equal(part, expected)


def test_shuffle_as_in_pytorch():  # torch.nn.functional.channel_shuffle(arange(6), 3) and 2
    x = jnp.arange(6.0).reshape(1, 1, 6)
    assert ChannelShuffleModule(3)(x).tolist() == [[[0, 2, 4, 1, 3, 5]]]
    assert ChannelShuffleModule(2)(x).tolist() == [[[0, 3, 1, 4, 2, 5]]]


def test_shuffling_back():
    again = ChannelShuffleModule(2)(ChannelShuffleModule(3)(jnp.asarray(X)))
    np.testing.assert_array_equal(again, X)


def test_layer_scale():
    module = LayerScaleModule(6, 0.25)
    np.testing.assert_array_equal(module(jnp.asarray(X)), X / 4)
    module.scale[...] = jnp.arange(6.0)
    np.testing.assert_array_equal(module(jnp.asarray(X)), X * np.arange(6, dtype=np.float32))
    assert module(jnp.asarray(X, jnp.bfloat16)).dtype == jnp.float32  # as nnx.LayerNorm's scale
