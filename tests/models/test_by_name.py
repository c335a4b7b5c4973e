import jax
import jax.numpy as jnp
import pytest
from flax import nnx
from zoo_networks import larger_are_slow

import jaxcnn
from jaxcnn import models
from jaxcnn.layers import call
from jaxcnn.models import MODELS, by_name, list_models


def abstract_step(net, input_shape):
    """Parameters, gradients and outputs of two examples, as shapes: nothing is computed."""
    model = nnx.eval_shape(lambda: jaxcnn.build(net, input_shape, rngs=nnx.Rngs(0)))
    graph, params, rest = nnx.split(model, nnx.Param, ...)

    def loss(params, rest, inputs, key):
        module = nnx.merge(graph, params, rest, copy=True)
        outputs = call(module, inputs, train=True, key=key)
        return outputs.sum(), outputs

    dtype = jnp.int32 if len(input_shape) == 1 else jnp.float32
    inputs = jax.ShapeDtypeStruct((2, *input_shape), dtype)
    step = jax.grad(loss, has_aux=True)
    return params, *jax.eval_shape(step, params, rest, inputs, jax.random.key(0))


# Tracing takes seconds where there are many blocks, and others have the same ones.
QUICK = {"resnet18", "resnet20", "resnet50", "preact_resnet18", "squeezenet1_1"}
DEEP = (
    *("convnext", "densenet", "efficientnet", "googlenet", "inception", "mnasnet", "mobilenet"),
    *("preact_resnet", "regnet", "resnet", "resnext", "shufflenet", "squeezenet"),
    *("wide_resnet50", "wide_resnet101"),
)
NAMES = [
    pytest.param(name, marks=pytest.mark.slow)
    if name.startswith(DEEP) and name not in QUICK
    else name
    for name in MODELS
]


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_every_model(name):
    make, input_shape = by_name(name)
    assert make is getattr(models, name)
    net = make(7)
    params, gradients, outputs = abstract_step(net, input_shape)
    assert outputs.shape == (2, *net.output_shape(input_shape)) == (2, 7)
    assert gradients == params
    sizes = [leaf.size for leaf in jax.tree.leaves(params)]
    assert sum(sizes) == net.costs(input_shape).parameters


@pytest.mark.parametrize("model", larger_are_slow(MODELS))
def test_the_halves_of_every_model_and_other_classes(model):
    net, shape = model.make(), model.input_shape
    features, head = jaxcnn.backbone(net), jaxcnn.head(net)
    middle = features.output_shape(shape)
    assert head.output_shape(middle) == net.output_shape(shape)
    assert features.costs(shape) + head.costs(middle) == net.costs(shape)
    assert jaxcnn.with_classes(net, 7) == model.make(7)


@pytest.mark.parametrize("model", larger_are_slow(MODELS))
def test_the_documentation_gives_the_number_of_parameters(model):
    count = jaxcnn.count_parameters(model.make(), model.input_shape)
    assert f"{count:,}" in (model.make.__doc__ or "")


@pytest.mark.parametrize("model", larger_are_slow(MODELS))
@pytest.mark.parametrize(("classes", "error"), [(0, ValueError), (2.5, TypeError)])
def test_classes_that_are_none(model, classes, error):
    with pytest.raises(error, match=r"^num_classes: expected"):
        model.make(classes)


@pytest.mark.parametrize(
    ("name", "options", "error", "text"),
    [
        (
            "airbench94",
            {"widths": [64, 256, 256]},
            TypeError,
            "widths: expected a tuple of integers",
        ),
        ("airbench96", {"widths": (8, 16)}, ValueError, "widths: expected one per group"),
        ("convnext_tiny", {"widths": (), "depths": ()}, ValueError, "widths: expected at least"),
        ("convnext_tiny", {"depths": 3}, TypeError, "depths: expected a tuple of integers, got 3"),
        ("convnext_tiny", {"drop_path": "0"}, TypeError, "drop_path: expected a number, got '0'"),
        ("convnext_tiny", {"patch_size": 0}, ValueError, "patch_size: expected at least 1, got 0"),
        (
            "densenet121",
            {"depths": (6, 0)},
            ValueError,
            "depths: expected at least 1, got .*0",
        ),
        ("densenet121", {"dropout": 1.0}, ValueError, "dropout: expected a finite number"),
        ("densenet121", {"growth_rate": 0}, ValueError, "growth_rate: expected at least 1, got 0"),
        ("densenet121", {"stem": "tiny"}, ValueError, "stem: expected one of imagenet, small"),
        ("efficientnet_b0", {"drop_path": 1.5}, ValueError, "drop_path: .* got 1.5"),
        ("efficientnet_b0", {"dropout": None}, TypeError, "dropout: expected a number, got None"),
        ("efficientnet_b0", {"depth": -1}, ValueError, "depth: expected a finite number"),
        ("m5", {"widths": ()}, ValueError, "widths: expected at least one entry"),
        ("m5", {"widths": (8, 2.5)}, TypeError, "widths: expected a tuple of integers, got .*2.5"),
        ("mobilenet_v2", {"dropout": 2}, ValueError, "dropout: expected a finite number"),
        ("mobilenet_v2", {"width": "1"}, TypeError, "width: expected a number, got '1'"),
        ("text_cnn", {"widths": 3}, TypeError, "widths: expected a tuple of integers, got 3"),
        ("text_cnn", {"num_words": 0}, ValueError, "num_words: expected at least 1, got 0"),
        ("text_cnn", {"embedding": 0}, ValueError, "embedding: expected at least 1, got 0"),
        ("text_cnn", {"channels": 0}, ValueError, "channels: expected at least 1, got 0"),
    ],
)
def test_options_that_are_none(name, options, error, text):
    with pytest.raises(error, match=f"^{text}"):
        by_name(name).make(**options)


def test_every_architecture_of_the_zoo_has_its_name():
    others = {"MODELS", "Model", "by_name", "list_models"}
    others |= {"TimmModel", "timm_model", "list_timm_models"}
    others |= {f"{verb}_torch_state_dict" for verb in ("load", "save", "to")}
    assert {*models.__all__} - others == {*MODELS}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lenet", r"model: expected one of .*, got 'lenet' \(did you mean lenet5"),
        ("keras_cifar", "did you mean keras_cifar_"),
        (
            "zzz",
            r"expected one of airbench94, airbench96, alexnet, .*, zfnet, got 'zzz'$",
        ),
        ("", "model: expected one of .*, got ''"),
    ],
)
def test_a_name_that_is_none(name, text):
    with pytest.raises(ValueError, match=text):
        by_name(name)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("resnet?0", ["resnet20", "resnet50"]),
        ("vgg1[36]", ["vgg13", "vgg16"]),
        ("lenet5", ["lenet5"]),
        ("LeNet*", []),
    ],
)
def test_names_that_match_a_pattern(pattern, names):
    assert list_models(pattern) == names


def test_all_names():
    assert list_models() == [*MODELS]
