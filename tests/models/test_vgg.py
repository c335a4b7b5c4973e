from itertools import pairwise

import pytest

from jaxcnn.architecture import walk
from jaxcnn.layers import BatchNorm, Conv, Dense
from jaxcnn.models import vgg11, vgg13, vgg16, vgg19

MODELS = {11: vgg11, 13: vgg13, 16: vgg16, 19: vgg19}


@pytest.mark.parametrize("depth", MODELS)
def test_layers_with_weights_are_as_many_as_the_name_says(depth):
    layers = [visit.layer for visit in walk(MODELS[depth](), (224, 224, 3))]
    assert sum(isinstance(layer, Conv | Dense) for layer in layers) == depth


@pytest.mark.parametrize("model", MODELS.values())
def test_shapes_behind_each_group(model):  # Simonyan and Zisserman 2015, table 1
    shapes = [visit.output_shape for visit in walk(model(10, hidden_features=50), (224, 224, 3))]
    sides, channels = (224, 112, 56, 28, 14), (64, 128, 256, 512, 512)
    groups = [(side, side, filters) for side, filters in zip(sides, channels, strict=True)]
    pooled = [(side // 2, side // 2, filters) for side, _, filters in groups]
    in_order = [shape for pair in zip(groups, pooled, strict=True) for shape in pair]
    assert [*dict.fromkeys(shapes)] == [*dict.fromkeys(in_order), (25_088,), (50,), (10,)]


def test_batch_norm_stands_behind_each_convolution():
    layers = [visit.layer for visit in walk(vgg13(batch_norm=True), (32, 32, 3))]
    behind = [after for layer, after in pairwise(layers) if isinstance(layer, Conv)]
    assert len(behind) == 10
    assert {type(layer) for layer in behind} == {BatchNorm}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"batch_norm": 1}, TypeError, r"^batch_norm: expected True or False, got 1"),
        ({"hidden_features": 0}, ValueError, r"^hidden_features: expected"),
        ({"dropout": 1.0}, ValueError, r"^dropout: expected"),
    ],
)
def test_options_that_are_none(options, error, text):
    with pytest.raises(error, match=text):
        vgg16(**options)
