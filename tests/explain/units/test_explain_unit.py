import arrays
import built
import jax
import numpy as np
import pytest
from flax import nnx

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.explain import Unit, explain_unit

IMAGE, SOUND, VOLUME = (5, 4, 4), (7, 2), (3, 4, 3, 1)
CONVS = [
    (J.Conv(2, 3, strides=2, padding=((1, 2), (0, 1))), IMAGE),
    (J.Conv(4, 3, kernel_dilation=(2, 1), feature_group_count=2, padding="CIRCULAR"), IMAGE),
    (J.DepthwiseConv(3, strides=2, channel_multiplier=2), IMAGE),
    (J.Conv(3, 4, use_bias=False), SOUND),
    (J.Conv(2, 2, padding="VALID"), VOLUME),
    (J.WhiteningConv(2), IMAGE),
    (J.SeparableConv(3, 3), IMAGE),
    (J.ConvTranspose(3, 3, strides=2), IMAGE),
    (J.Dense(3), IMAGE),
    (J.WeightNorm(J.Dense(3)), IMAGE),
    (J.SpectralNorm(J.Dense(3)), IMAGE),
]
POOLS = [
    (J.MaxPool(3, strides=2, padding=1, ceil_mode=True), IMAGE),
    (J.MaxPool(2), VOLUME),
    (J.AvgPool(3, strides=2, padding="SAME", ceil_mode=True), IMAGE),
    (J.AvgPool(2, padding=1, ceil_mode=True, count_include_pad=False), SOUND),
    (J.AdaptiveAvgPool((2, 4)), IMAGE),
    (J.GlobalAvgPool(), IMAGE),
    (J.GlobalMaxPool(), IMAGE),
]
OTHERS = [
    (J.Flatten(), IMAGE),
    (J.Dropout(0.5), IMAGE),
    (J.ChannelSplit(2, 1), IMAGE),
    (J.ChannelShuffle(2), IMAGE),
    (J.BatchNorm(), IMAGE),
    (J.LayerNorm(), IMAGE),
    (J.RMSNorm(), IMAGE),
    (J.GroupNorm(2), IMAGE),
    (J.LocalResponseNorm(), IMAGE),
    (J.SqueezeExcite(2), IMAGE),
    (J.Activation("silu"), IMAGE),
    (J.Activation("softmax"), IMAGE),
    (J.Rescale(0.5), IMAGE),
    (J.LayerScale(2.0), IMAGE),
]
JOINED = [
    (J.Sequential([J.Rescale(2), J.Activation("tanh")]), IMAGE),
    (J.Sequential([]), IMAGE),
    (J.Residual([J.Conv(4, 1)]), IMAGE),
    (J.Residual([J.Conv(2, 1)], shortcut=[J.ChannelSplit(2, 0)]), IMAGE),
    (J.Parallel([J.Conv(4, 1), J.Rescale(2)]), IMAGE),
    (J.Parallel([J.Rescale(2), J.Conv(1, 1), J.ChannelSplit(2, 0)], "concat"), IMAGE),
]


# Where there is padding, at both ends.
@pytest.mark.thorough
@pytest.mark.parametrize(("cases", "ends"), [(CONVS, 2), (POOLS, 2), (OTHERS, 1), (JOINED, 1)])
def test_the_terms_make_what_feature_maps_shows(cases, ends):
    models = [built.filled(J.Sequential([layer]), shape, 0.1, 0.9) for layer, shape in cases]
    images = [arrays.normal(*shape) for _, shape in cases]

    @jax.jit  # one program for all, which takes a fraction of the time
    def explained(images):
        return [
            (value, explain_unit(model, image, Unit("0", place[-1], place[:-1])))
            for model, image in zip(models, images, strict=True)
            for place, value in corners(explain.feature_maps(model, image[None], "0")[0])[:ends]
        ]

    for value, found in jax.device_get(explained(images)):
        np.testing.assert_allclose(found.value, value, rtol=1e-6)
        total = found.products.sum() + found.bias
        np.testing.assert_allclose(total, value, rtol=1e-5, atol=1e-5, err_msg=str(found))


def corners(outputs):
    """The last and the first value of a layer's outputs, and where they are."""
    places = tuple(size - 1 for size in outputs.shape), (0,) * outputs.ndim
    return [(place, outputs[place]) for place in places]


@pytest.mark.thorough
def test_the_value_of_a_unit_within_a_network_and_what_it_sees():
    net = J.Sequential([J.Conv(2, 3, name="stem"), J.Residual([J.MaxPool(3, 1, 1)], name="sum")])
    model = built.filled(net, IMAGE)
    images = arrays.normal(3, *IMAGE)
    unit = Unit("sum", 1)

    def explained(model, image):
        return explain_unit(model, image, unit, architecture=net)

    @jax.jit
    def of_all(model, images):
        several = jax.vmap(explained, in_axes=(None, 0))(model, images)
        return several, explain.feature_maps(model, images, "sum")[..., 1]

    several, maps = jax.device_get(of_all(model, images))
    np.testing.assert_allclose(several.value, maps.max((1, 2)), rtol=1e-6)
    for index, channel in enumerate(maps):
        position = np.unravel_index(channel.argmax(), channel.shape)
        assert tuple(axis[index] for axis in several.position) == position
        box = explain.receptive_box(net, IMAGE, Unit("sum", 1, position))
        assert [[int(end[index]) for end in ends] for ends in several.box] == [*map(list, box)]


def test_what_flax_alone_pads_is_a_sum_of_everything():
    class Causal(nnx.Module):
        def __init__(self):
            self.conv = nnx.Conv(2, 3, (2,), padding="CAUSAL", rngs=nnx.Rngs(0))

        def __call__(self, sounds):
            return self.conv(sounds).mean((1, 2))

    @jax.jit
    def explained(sound):
        return explain_unit(module, sound, Unit("conv", 2, (0,)))

    module = Causal()
    found = jax.device_get(explained(arrays.normal(*SOUND)))
    assert (found.formula, found.inputs.shape, found.zeros) == ("sum", SOUND, 12)
    np.testing.assert_allclose(found.products.sum() + found.bias, found.value, rtol=1e-5)


@pytest.mark.parametrize(
    "layer",
    [J.Parallel([J.Rescale(2), J.ChannelSplit(2, 0)], "concat"), J.Conv(4, 1), J.Rescale(2)],
)
def test_all_channels_at_once(layer):
    model, image = built.filled(J.Sequential([layer]), IMAGE), arrays.normal(*IMAGE)

    @jax.jit
    def explained(channels):
        found = jax.vmap(lambda channel: explain_unit(model, image, Unit("0", channel, (2, 1))))
        return found(channels), model(image[None])

    found, outputs = jax.device_get(explained(np.arange(4)))
    np.testing.assert_array_equal(found.unit.channel, np.arange(4))
    expected = outputs[0, 2, 1, :4]
    np.testing.assert_allclose(found.value, expected, rtol=1e-5)
    products = found.products.reshape(4, -1).sum(1)
    np.testing.assert_allclose(products + found.bias, expected, rtol=1e-5, atol=1e-6)


def test_a_layers_name_is_no_unit():
    with pytest.raises(TypeError, match=r"unit: expected a Unit, such as Unit\(.*, got '3'"):
        explain_unit(built.filled(J.Sequential([J.Rescale(2)]), IMAGE), np.ones(IMAGE), "3")


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (Unit("1", 0), r"got '1' \(there are '0'"),
        (Unit("0", 4, (0, 0)), "channel: expected 0 to 3 in 0, got 4"),
        (
            Unit("0", 0, (0,)),
            r"position: expected one within the outputs of 0, \(5, 4\), got \(0,\)",
        ),
    ],
)
def test_units_that_are_not_there(unit, message):
    with pytest.raises(ValueError, match=message):
        explain_unit(built.filled(J.Sequential([J.Rescale(2)]), IMAGE), np.ones(IMAGE), unit)
