import pytest

from jaxcnn.architecture import walk
from jaxcnn.models import resnet18, resnet34, resnet50, resnet101, resnet152

IMAGE = (224, 224, 3)


def shape_behind(net, input_shape, name):
    """The shape that comes out of the layer of the network with that name."""
    visits = [visit for visit in walk(net, input_shape) if visit.name.split(".")[0] == name]
    return visits[-1].output_shape


@pytest.mark.parametrize(
    ("net", "channels"),
    [
        (resnet18(), (64, 128, 256, 512)),
        (resnet34(width=32), (32, 64, 128, 256)),
        (resnet50(), (256, 512, 1024, 2048)),
    ],
)
def test_sizes_of_the_groups(net, channels):  # He et al. 2016, table 1
    assert shape_behind(net, IMAGE, "conv1")[:2] == (112, 112)
    assert shape_behind(net, IMAGE, "maxpool")[:2] == (56, 56)
    groups = [shape_behind(net, IMAGE, f"layer{i}") for i in (1, 2, 3, 4)]
    assert groups == [(s, s, c) for s, c in zip((56, 28, 14, 7), channels, strict=True)]
    assert shape_behind(net, IMAGE, "avgpool") == channels[-1:]


@pytest.mark.parametrize(
    ("model", "depth"),
    [(resnet18, 18), (resnet34, 34), (resnet50, 50), (resnet101, 101), (resnet152, 152)],
)
def test_layers_with_weights_in_the_longest_path_are_as_many_as_the_name_says(model, depth):
    names = [visit.name.split(".")[-1] for visit in walk(model(), IMAGE)]
    assert sum(name.startswith(("conv", "fc")) for name in names) == depth


def test_the_small_stem_keeps_the_size():
    net = resnet18(10, stem="small")
    sizes = [visit.output_shape[0] for visit in walk(net, (32, 32, 3)) if visit.name != "fc"]
    assert [*dict.fromkeys(sizes)] == [32, 16, 8, 4, 512]
    saved = resnet18(10).costs(IMAGE).parameters - net.costs(IMAGE).parameters
    assert saved == (7 * 7 - 3 * 3) * 3 * 64


def test_first_and_other_blocks():
    """Bottlenecks shrink the picture in their 3×3 convolution, as torchvision's do."""
    visits = {visit.name: visit for visit in walk(resnet50(), IMAGE)}
    strides = {
        name.removeprefix("layer2."): visit.layer.strides
        for name, visit in visits.items()
        if name.startswith(("layer2.0", "layer2.1")) and hasattr(visit.layer, "kernel_size")
    }
    assert strides == {
        "0.residual.conv1": 1,
        "0.residual.conv2": 2,
        "0.residual.conv3": 1,
        "0.residual.shortcut.0": 2,
        "1.residual.conv1": 1,
        "1.residual.conv2": 1,
        "1.residual.conv3": 1,
    }


def test_a_stem_that_is_none():
    with pytest.raises(ValueError, match=r"^stem: expected one of imagenet, small, got 'cifar'"):
        resnet50(10, stem="cifar")


def test_features_that_are_none():
    with pytest.raises(ValueError, match=r"^width: expected at least 1, got 0"):
        resnet18(10, width=0)
