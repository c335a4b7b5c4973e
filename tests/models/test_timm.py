"""Networks of timm: names and shapes of weights, numbers of parameters and logits are timm's."""

import dataclasses
import functools

import numpy as np
import pytest
from flax import nnx
from golden.make_timm_models import CASES, FILE, LOGITS
from golden.make_torch_models import NUM_CLASSES, Case, drawn
from zoo_logits import check_logits, logits_of

import jaxcnn
from jaxcnn import models
from jaxcnn._support.leaves import named_leaves
from jaxcnn.layers import ShapeLayer
from jaxcnn.lowering.choice import choose_methods_by
from jaxcnn.models import list_models, list_timm_models, timm_model
from jaxcnn.models._torch_layout import layout, placed_layers

LARGER = 250e6
"""Networks of more parameters take too much memory, in float64 and twice."""

QUICK = ("resnet10t", "vgg11_bn")


@pytest.fixture(scope="module")
def golden():
    with np.load(FILE) as arrays:
        return dict(arrays)


def shapes_of(name, golden):
    pairs = (line.split(" ") for line in golden[f"{name}/tensors"])
    return {key: tuple(map(int, shape.split(","))) for key, shape in pairs}


def parameters_of(golden):
    return dict(zip(golden["names"].tolist(), golden["parameters"].tolist(), strict=True))


@functools.cache
def leaves(layer, input_shape):
    """Paths and shapes of the arrays of a layer; networks have many equal ones."""
    module = nnx.eval_shape(lambda: layer.build(input_shape, rngs=nnx.Rngs(0)))
    return [(path, leaf.shape) for path, leaf in named_leaves(nnx.state(module))]


def check_shapes(name, theirs, shape=(64, 64, 3)):
    """Converted, tensors of these names and shapes are exactly those that the network needs."""
    layers = placed_layers(timm_model(name).make(NUM_CLASSES), shape)
    ours = [
        layout(f"{place.path}.{path}", leaf, layers)
        for place in layers.values()
        if not isinstance(place.layer, ShapeLayer)
        for path, leaf in leaves(dataclasses.replace(place.layer, name=None), place.input_shape)
    ]
    empty = {key: np.broadcast_to(np.float32(0), size) for key, size in theirs.items()}
    converted = timm_model(name).convert(empty)
    assert {each.name: each.torch_shape for each in ours} == {
        key: tensor.shape for key, tensor in converted.items()
    }
    assert len(converted) == len(theirs)


@pytest.fixture(scope="module")
def quick_convolutions():
    """What takes least time to compile and run; tests/lowering holds jaxcnn's others to XLA's."""

    def choose(convolution, _):
        return "shifted" if convolution.groups >= 64 else "xla"

    with choose_methods_by(choose):
        yield


def check_timm_logits(case, theirs, expected):
    model = timm_model(case.model)
    architecture, weights = model.make(NUM_CLASSES), model.convert(drawn(theirs))
    found = logits_of(architecture, case, weights, np.float64, is_compiled=False)
    check_logits(found, expected, np.float64)


def test_names_are_those_of_timm_in_natural_order(golden):
    names = list_timm_models()
    assert names == golden["names"].tolist()
    sizes = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
    assert [name for name in names if name in sizes] == sizes
    assert list_timm_models("vgg1?") == list_models("vgg1?")
    assert list_timm_models("nothing") == []


def test_networks_of_the_zoo_are_the_same_architectures():
    same = {"regnety_004": "regnet_y_400mf", "regnetx_320": "regnet_x_32gf", "resnet50": "resnet50"}
    for theirs, ours in same.items():
        assert timm_model(theirs).make(7) == getattr(models, ours)(7)


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in CASES]
)
def test_each_weight_of_timm_is_used_once(name, golden):
    check_shapes(name, shapes_of(name, golden))


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        ("convnext_nano", "stem.1.bias", "features.0.1.bias"),
        ("convnext_nano", "stages.2.downsample.1.weight", "features.4.1.weight"),
        ("convnext_nano", "stages.3.blocks.11.gamma", "features.7.11.layer_scale"),
        ("convnext_nano", "stages.0.blocks.1.mlp.fc2.bias", "features.1.1.block.5.bias"),
        ("convnext_large_mlp", "head.fc.bias", "classifier.5.bias"),
        ("regnety_002", "stem.bn.running_var", "stem.1.running_var"),
        ("regnety_002", "s4.b7.conv2.conv.weight", "trunk_output.block4.block4-6.f.b.0.weight"),
        ("regnety_002", "s1.b1.downsample.bn.bias", "trunk_output.block1.block1-0.proj.1.bias"),
        ("efficientnet_b0", "blocks.1.0.se.conv_reduce.bias", "blocks.1.0.se.fc1.bias"),
        ("vgg16", "pre_logits.fc2.bias", "classifier.3.bias"),
        ("resnet50d", "layer2.0.downsample.1.weight", "layer2.0.downsample.1.weight"),
    ],
)
def test_names_of_weights(name, theirs, ours):
    assert [*timm_model(name).convert({theirs: np.zeros(3)})] == [ours]


@pytest.mark.parametrize(
    ("name", "weight", "theirs", "ours"),
    [
        ("vgg16", "pre_logits.fc1.weight", (3, 5, 7, 7), (3, 245)),
        ("convnext_nano", "stages.0.blocks.1.mlp.fc1.weight", (8, 2, 1, 1), (8, 2)),
        ("convnext_nano", "stages.0.blocks.1.conv_dw.weight", (8, 1, 7, 7), (8, 1, 7, 7)),
        ("convnext_nano", "stages.0.blocks.1.gamma", (8,), (8, 1, 1)),
        ("mobilenetv3_large_100", "conv_head.weight", (8, 2, 1, 1), (8, 2)),
        ("efficientnet_b0", "conv_head.weight", (8, 2, 1, 1), (8, 2, 1, 1)),
        ("efficientnet_b0", "blocks.1.0.se.conv_reduce.weight", (8, 2, 1, 1), (8, 2, 1, 1)),
    ],
)
def test_shapes_of_weights(name, weight, theirs, ours):
    values = np.arange(np.prod(theirs)).reshape(theirs)
    (converted,) = timm_model(name).convert({weight: values}).values()
    assert converted.shape == ours
    np.testing.assert_array_equal(converted.ravel(), values.ravel())


@pytest.mark.slow
def test_numbers_of_parameters(golden):
    found = {
        name: timm_model(name).make(1000).costs((96, 96, 3)).parameters
        for name in list_timm_models()
    }
    assert found == parameters_of(golden)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_convolutions")
@pytest.mark.parametrize("name", LOGITS)
def test_logits(name, golden):
    check_timm_logits(LOGITS[name], shapes_of(name, golden), golden[f"{name}/logits"])


def test_tensorflow_networks_differ_in_padding_and_epsilon_alone():
    theirs = jaxcnn.to_json(timm_model("tf_mobilenetv3_small_100").make(10))
    assert '"SAME"' in theirs
    changed = theirs.replace('"SAME"', "1").replace("0.001", "1e-05")
    ours = jaxcnn.to_json(timm_model("mobilenetv3_small_100").make(10))
    paddings = ('"padding": 0', '"padding": 2')
    for padding in paddings:
        ours = ours.replace(padding, '"padding": 1')
    assert changed == ours


def test_a_tag_is_ignored():
    assert timm_model("resnet50.a1_in1k") is timm_model("resnet50")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resnet50v", " (did you mean resnet50 or resnet50t or resnet50s?)"),
        ("convnextv2_tiny", " (global response normalization is not among the layers)"),
        ("vit_base_patch16_224", " (transformers are not among them)"),
        (5, ""),
    ],
)
def test_unknown_names(name, hint):
    with pytest.raises(ValueError, match="name: expected one of list_timm_models") as error:
        timm_model(name)
    assert str(error.value) == f"name: expected one of list_timm_models(), got {name!r}{hint}"


@pytest.mark.parametrize("name", ["mnasnet_small", "resnet10t"])
def test_other_numbers_of_classes(name):
    make = timm_model(name).make
    assert make(7) == jaxcnn.with_classes(make(1000), 7)
    with pytest.raises(ValueError, match="num_classes: expected"):
        make(0)


def test_stochastic_depth():
    make = timm_model("tinynet_e").make
    assert "DropPath" in jaxcnn.to_json(make(10))
    assert "DropPath" not in jaxcnn.to_json(make(10, drop_path=0.0))
    for options in ({"drop_path": 1.0}, {"dropout": -0.1}):
        with pytest.raises(ValueError, match=f"{next(iter(options))}: expected"):
            make(10, **options)


def live(name):
    """The network of timm, on the device for shapes alone."""
    pytest.importorskip("timm")
    torch = pytest.importorskip("torch")
    from golden.make_timm_models import timm_network

    with torch.device("meta"):
        return timm_network(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_timm_models())
def test_each_weight_of_the_timm_that_is_installed_is_used_once(name):
    from golden.make_torch_models import state_of

    theirs = state_of(live(name))
    shape = (96, 96, 3)
    check_shapes(name, {key: tuple(tensor.shape) for key, tensor in theirs.items()}, shape)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_convolutions")
@pytest.mark.parametrize("name", list_timm_models())
def test_logits_of_the_timm_that_is_installed(name, golden):
    from golden.make_timm_models import timm_logits
    from golden.make_torch_models import state_of

    if parameters_of(golden)[name] > LARGER:
        pytest.skip("takes too much memory")
    theirs = {key: tuple(tensor.shape) for key, tensor in state_of(live(name)).items()}
    case = Case(name, (75, 83, 3) if name == "inception_v3" else (64, 96, 3))
    check_timm_logits(case, theirs, timm_logits(case))
