import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.nn import ChannelShuffle, ChannelSplit, LayerScale

X = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("parts", [1, 2, 3, 6])
def test_the_parts_together_are_the_whole(parts):
    split = [ChannelSplit(parts, index)(jnp.asarray(X)) for index in range(parts)]
    for part, expected in zip(split, np.split(X, parts, axis=-1), strict=True):
        np.testing.assert_array_equal(part, expected)


def test_shuffle_as_in_pytorch():  # torch.nn.functional.channel_shuffle(arange(6), 3) and 2
    x = jnp.arange(6.0).reshape(1, 1, 6)
    assert ChannelShuffle(3)(x).tolist() == [[[0, 2, 4, 1, 3, 5]]]
    assert ChannelShuffle(2)(x).tolist() == [[[0, 3, 1, 4, 2, 5]]]


def test_shuffling_back():
    again = ChannelShuffle(2)(ChannelShuffle(3)(jnp.asarray(X)))
    np.testing.assert_array_equal(again, X)


def test_layer_scale():
    module = LayerScale(6, 0.25)
    np.testing.assert_array_equal(module(jnp.asarray(X)), X / 4)
    module.scale[...] = jnp.arange(6.0)
    np.testing.assert_array_equal(module(jnp.asarray(X)), X * np.arange(6, dtype=np.float32))
    assert module(jnp.asarray(X, jnp.bfloat16)).dtype == jnp.float32  # as nnx.LayerNorm's scale
