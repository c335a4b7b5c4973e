import pytest

from jaxcnn.architecture import walk
from jaxcnn.layers import Activation, BatchNorm, Conv, Residual
from jaxcnn.models import preact_resnet18, preact_resnet34, preact_resnet50

IMAGE = (224, 224, 3)
MODELS = {18: preact_resnet18, 34: preact_resnet34, 50: preact_resnet50}


@pytest.mark.parametrize("depth", MODELS)
def test_layers_with_weights_are_as_many_as_the_name_says(depth):
    names = [visit.name.split(".")[-1] for visit in walk(MODELS[depth](), IMAGE)]
    assert sum(name.startswith(("conv", "fc")) for name in names) == depth


@pytest.mark.parametrize("depth", MODELS)
def test_norm_and_activation_come_before_each_convolution_but_the_first(depth):
    visits = [*walk(MODELS[depth](), IMAGE)]
    layers = [visit.layer for visit in visits if ".shortcut." not in visit.name]
    places = [i for i, layer in enumerate(layers) if isinstance(layer, Conv)][1:]
    for place in places:
        norm, activation = layers[place - 2 : place]
        assert isinstance(norm, BatchNorm)
        assert activation == Activation("relu")


def test_nothing_but_the_next_block_or_the_end_activates_a_sum():
    """First blocks of groups activate before their paths part, the others within the branch."""
    layers = preact_resnet18().layers
    groups = [layer for layer in layers if (layer.name or "").startswith("layer")]
    starts = [type(block.layers[0]).__name__ for group in groups for block in group.layers]
    assert starts == ["BatchNorm", "Residual"] * 4
    blocks = [block for group in groups for block in group.layers]
    assert all(isinstance(block.layers[-1], Residual) for block in blocks)
    assert [layer.name for layer in layers[-4:]] == ["bn", None, "avgpool", "fc"]


def test_the_stem_for_small_images():
    net = preact_resnet18(10, stem="small")
    assert net.costs((32, 32, 3)).parameters == 11_172_170
    assert "11,172,170" in (preact_resnet18.__doc__ or "")


def test_a_stem_that_is_none():
    with pytest.raises(ValueError, match=r"^stem: expected one of imagenet, small"):
        preact_resnet18(stem="tiny")
