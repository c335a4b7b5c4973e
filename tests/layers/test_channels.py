import built
import pytest

from jaxcnn import ChannelShuffle, ChannelSplit, LayerScale


@pytest.mark.parametrize("spatial", [(), (5,), (3, 4), (2, 3, 4)])
def test_prediction_is_what_is_built(spatial):
    shape, axes = (*spatial, 6), len(spatial)
    for layer, channels in ((ChannelSplit(3, 1), 2), (ChannelShuffle(2), 6), (LayerScale(), 6)):
        assert layer.output_shape(shape) == built.output_shape(layer, shape) == (*spatial, channels)
        assert layer.window(shape) == ((1,) * axes, (1,) * axes, (0,) * axes)
        assert layer.costs(shape).parameters == built.variables(layer, shape)


def test_costs_of_layer_scale():
    assert LayerScale().costs((4, 5, 6)) == (6, 4 * 5 * 6, 4 * 6)
    assert (built.module(LayerScale(0.5), (4, 5, 6)).scale[...] == 0.5).all()


@pytest.mark.parametrize("layer", [ChannelSplit(4, 0), ChannelShuffle(4)])
def test_parts_must_be_equal(layer):
    for use in (layer.output_shape, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=r"4 must divide the input's 6 channels"):
            use((5, 6))
