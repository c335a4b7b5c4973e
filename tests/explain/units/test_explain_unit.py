import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain
from jaxcnn.architecture import walk
from jaxcnn.explain import Unit

J = jaxcnn
NETS = {
    "plain": J.Sequential(
        [
            J.Conv(4, 3, strides=2, padding=((1, 2), (0, 1)), name="stem"),
            J.BatchNorm(),
            J.Activation("relu"),
            J.Conv(4, (2, 3), kernel_dilation=(2, 1), feature_group_count=2, padding="CIRCULAR"),
            J.DepthwiseConv(3, channel_multiplier=2),
            J.MaxPool(3, strides=2, padding=1, ceil_mode=True),
            J.AvgPool(2, strides=1, padding="SAME"),
            J.Dropout(0.5),
            J.Flatten(),
            J.Dense(5),
            J.Activation("softmax"),
        ]
    ),
    "joined": J.Sequential(
        [
            J.WhiteningConv(2),
            J.Residual([J.Conv(8, 3)], shortcut=[J.Conv(8, 1, use_bias=False)], name="sum"),
            J.Residual([J.SeparableConv(8, 3)], name="identity"),
            J.Parallel([J.Conv(3, 1), J.Sequential([J.ChannelSplit(2, 1)])], "concat", name="cat"),
            J.Parallel([J.Activation("tanh"), J.Rescale(0.5)], name="both"),
            J.LayerNorm(),
            J.GroupNorm(7),
            J.ChannelShuffle(7),
            J.SqueezeExcite(2),
            J.LocalResponseNorm(),
            J.ConvTranspose(3, 3, strides=2),
            J.AvgPool(2, padding=1, count_include_pad=False, ceil_mode=True),
            J.AdaptiveAvgPool(2),
            J.LayerScale(2.0),
            J.GlobalMaxPool(),
        ]
    ),
    "sound": J.Sequential([J.Conv(3, 4, padding="SAME"), J.MaxPool(2), J.GlobalAvgPool()]),
    "volume": J.Sequential([J.Conv(2, 2), J.AvgPool(2)]),
}
SHAPES = {"plain": (9, 8, 2), "joined": (6, 5, 1), "sound": (7, 2), "volume": (3, 4, 5, 1)}


def built(name):
    model = J.build(NETS[name], SHAPES[name], rngs=nnx.Rngs(0))
    rng = np.random.default_rng(0)
    # Running statistics, scales and biases that are no plain zeros and ones.
    state = jax.tree.map(lambda x: x + rng.uniform(0.1, 0.5, x.shape), nnx.state(model))
    nnx.update(model, state)
    return model, jnp.asarray(rng.normal(size=SHAPES[name]), jnp.float32)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.filterwarnings("ignore:the last layer is")
def test_the_terms_make_what_feature_maps_shows(name):
    model, image = built(name)
    layers = [visit.name for visit in walk(NETS[name], SHAPES[name])]
    maps = explain.feature_maps(model, image[None], layers)
    for layer, of_layer in maps.items():
        places = [*itertools.product(*map(range, of_layer.shape[1:]))]
        for *position, channel in (places[0], places[len(places) // 2], places[-1]):
            unit = Unit(layer, channel, tuple(position))
            found = explain.explain_unit(model, image, unit)
            value = of_layer[(0, *position, channel)]
            np.testing.assert_allclose(found.value, value, rtol=1e-5, atol=1e-5)
            total = found.products.sum() + found.bias
            np.testing.assert_allclose(total, value, rtol=1e-5, atol=1e-5, err_msg=str(unit))
