"""Names, layouts and errors; and, where torchvision is installed, its networks load what is saved.

`test_torch_golden` has the names, shapes and numbers of torchvision's networks.
"""

import jax
import numpy as np
import pytest
from flax import nnx
from golden.make_torch_models import MODELS

import jaxcnn
from jaxcnn import models
from jaxcnn._support.leaves import named_leaves
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Parallel,
    Residual,
    Sequential,
)
from jaxcnn.models import load_torch_state_dict, save_torch_state_dict, to_torch_state_dict
from jaxcnn.models._torch_differences import MAX_LINES
from jaxcnn.models._torch_layout import layout, placed_layers

INPUT = (8, 6, 3)
BLOCK = Residual(
    [Conv(4, 3, 2, 1, name="conv1"), BatchNorm(name="bn1")],
    shortcut=[Conv(4, 1, 2, 0), BatchNorm()],
    name="residual",
)
NET = Sequential(
    [
        Sequential([Conv(5, 3, padding=1), Activation("relu")], name="features"),
        Sequential([Sequential([BLOCK, Activation("relu")])], name="layer1"),
        *(Flatten(), Dropout(0.5)),
        Sequential([Dense(6), Activation("relu"), Dense(3)], name="classifier"),
    ]
)
# By hand, as PyTorch would print the state dict.
SHAPES = {
    "features.0.weight": (5, 3, 3, 3),
    "features.0.bias": (5,),
    "layer1.0.conv1.weight": (4, 5, 3, 3),
    "layer1.0.conv1.bias": (4,),
    **{f"layer1.0.bn1.{name}": (4,) for name in ("weight", "bias", "running_mean", "running_var")},
    "layer1.0.downsample.0.weight": (4, 5, 1, 1),
    "layer1.0.downsample.0.bias": (4,),
    **{
        f"layer1.0.downsample.1.{name}": (4,)
        for name in ("weight", "bias", "running_mean", "running_var")
    },
    "classifier.0.weight": (6, 48),
    "classifier.0.bias": (6,),
    "classifier.2.weight": (3, 6),
    "classifier.2.bias": (3,),
}


@pytest.fixture
def state():
    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.5, 1.5, shape).astype("f") for name, shape in SHAPES.items()}


def model(name, num_classes=1000):
    """A network of the zoo by torchvision's name for it."""
    make = getattr(models, name.removesuffix("_bn"))
    return make(num_classes, **{"batch_norm": True} if name.endswith("_bn") else {})


def layouts_of(name):
    network = model(name)
    shape = (224, 224, 3)
    state = nnx.state(nnx.eval_shape(lambda: jaxcnn.build(network, shape, rngs=nnx.Rngs(0))))
    layers = placed_layers(network, shape)
    found = [layout(name, leaf.shape, layers) for name, leaf in named_leaves(state)]
    return {each.name: each.torch_shape for each in found}


@pytest.mark.parametrize(
    ("name", "places", "classifier", "others"),
    [
        ("alexnet", (0, 3, 6, 8, 10), (1, 4, 6), ()),
        ("vgg11", (0, 3, 6, 8, 11, 13, 16, 18), (0, 3, 6), ()),
        ("vgg11_bn", (0, 4, 8, 11, 15, 18, 22, 25), (0, 3, 6), (1, 5, 9, 12, 16, 19, 23, 26)),
    ],
)
def test_names_of_the_networks_without_names_are_torchvisions(name, places, classifier, others):
    """Places as torchvision 0.29 prints them."""
    weighted = [f"features.{place}" for place in places + others]
    weighted += [f"classifier.{place}" for place in classifier]
    expected = {f"{layer}.{leaf}" for layer in weighted for leaf in ("weight", "bias")}
    for place in others:
        expected |= {f"features.{place}.running_mean", f"features.{place}.running_var"}
    found = layouts_of(name)
    assert found.keys() == expected
    rows = 256 * 6 * 6 if name == "alexnet" else 512 * 7 * 7
    assert found[f"classifier.{classifier[0]}.weight"] == (4096, rows)


def test_names_of_ones_own_network(state):
    module = load_torch_state_dict(NET, state, INPUT)
    found = to_torch_state_dict(module, NET, INPUT)
    assert {name: tensor.shape for name, tensor in found.items()} == SHAPES


def test_a_flattened_picture_is_read_in_pytorchs_order():
    """The network in NumPy, channels first throughout, as PyTorch computes it."""
    net = Sequential([Flatten(), BatchNorm(name="bn"), Dropout(0.5), Dense(3, name="fc")])
    rng = np.random.default_rng(1)
    values = {name: rng.uniform(0.5, 2, 30).astype("f") for name in ("weight", "bias")}
    values |= {f"running_{name}": rng.uniform(0.5, 2, 30).astype("f") for name in ("mean", "var")}
    weight, bias = rng.normal(size=(3, 30)).astype("f"), rng.normal(size=3).astype("f")
    module = load_torch_state_dict(
        net,
        {f"bn.{name}": value for name, value in values.items()}
        | {"fc.weight": weight, "fc.bias": bias},
        (3, 2, 5),
    )
    images = rng.normal(size=(2, 5, 3, 2)).astype("f")  # N, C, H, W
    rows = images.reshape(2, 30)
    normal = (rows - values["running_mean"]) / np.sqrt(values["running_var"] + 1e-5)
    expected = (normal * values["weight"] + values["bias"]) @ weight.T + bias
    found = jaxcnn.layers.call(module, np.moveaxis(images, 1, -1), train=False, key=None)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_each_branch_behind_a_flatten_is_turned():
    net = Sequential([Flatten(), Parallel([Dense(2, name="a"), Dense(2, name="b")])])
    rows = np.arange(24, dtype="f").reshape(2, 12)
    state = {"1.a.weight": rows, "1.b.weight": rows}
    state |= {"1.a.bias": np.zeros(2, "f"), "1.b.bias": np.zeros(2, "f")}
    module = load_torch_state_dict(net, state, (2, 2, 3))
    images = np.random.default_rng(0).normal(size=(1, 2, 2, 3)).astype("f")
    expected = 2 * np.moveaxis(images, -1, 1).reshape(1, 12) @ rows.T
    np.testing.assert_allclose(module(images), expected, rtol=1e-5)


PICTURE = Sequential([Conv(2, 1), Flatten()])


@pytest.mark.parametrize(
    "rows",
    [
        Parallel([PICTURE, PICTURE], "concat"),
        Parallel([PICTURE, Sequential([Flatten(), Dense(8)])]),
        Sequential([Flatten(), Residual([Dense(12)])]),
        Sequential([Flatten(), ChannelSplit(3, 0)]),
        Sequential([Flatten(), Parallel([Sequential([]), Dense(2)], "concat"), Dropout(0.5)]),
    ],
)
def test_rows_whose_order_in_pytorch_is_not_known_are_refused(rows):
    with pytest.raises(
        ValueError, match=r"^layers\.1\.kernel: expected .* one flattened image, .* flatten last"
    ):
        load_torch_state_dict(Sequential([rows, Dense(5)]), {}, (2, 2, 3))


def test_rows_of_one_place_have_one_order():
    """Channels alone lie in PyTorch as they do here, however they are joined."""
    branch = Sequential([Conv(2, 2, padding="VALID", name="conv"), Flatten()])
    net = Sequential([Parallel([branch, branch], "concat"), Dense(5)])
    weight = np.arange(20, dtype="f").reshape(5, 4)
    shapes = {"0.0.conv.weight": (2, 3, 2, 2), "0.0.conv.bias": (2,), "1.bias": (5,)}
    shapes |= {"0.1.conv.weight": (2, 3, 2, 2), "0.1.conv.bias": (2,)}
    state = {name: np.zeros(shape, "f") for name, shape in shapes.items()}
    module = load_torch_state_dict(net, state | {"1.weight": weight}, (2, 2, 3))
    np.testing.assert_array_equal(module[1].kernel[...], weight.T)


def test_there_and_back_is_exact(tmp_path, state):
    path = tmp_path / "weights.safetensors"
    module = load_torch_state_dict(NET, state, INPUT)
    save_torch_state_dict(module, NET, INPUT, path)
    again = load_torch_state_dict(NET, path, INPUT)
    for tensors_found in (
        to_torch_state_dict(module, NET, INPUT),
        to_torch_state_dict(again, NET, INPUT),
        jaxcnn._support.safetensors.read_tensors(path),
    ):
        assert tensors_found.keys() == state.keys()
        for name, tensor in state.items():
            np.testing.assert_array_equal(tensors_found[name], tensor, strict=True)


def test_the_arrays_are_the_modules_own(state):
    module = load_torch_state_dict(NET, state, INPUT)
    before = to_torch_state_dict(module, NET, INPUT)
    for tensor in state.values():
        tensor[:] = 0
    for tensor in to_torch_state_dict(module, NET, INPUT).values():
        assert tensor.flags.writeable
        tensor[:] = 0
    after = to_torch_state_dict(module, NET, INPUT)
    assert all((after[name] == before[name]).all() and before[name].any() for name in before)


def test_counts_of_batches_and_old_names_of_densenet_are_understood():
    net = Sequential([Sequential([BatchNorm(name="norm1")], name="denselayer12")])
    old = {f"denselayer12.norm.1.{name}": np.ones(3, "f") for name in ("weight", "bias")}
    old |= {f"denselayer12.norm.1.running_{name}": np.ones(3, "f") for name in ("mean", "var")}
    old["denselayer12.norm.1.num_batches_tracked"] = np.array(7)
    assert load_torch_state_dict(net, old, (2, 2, 3)) is not None


def test_a_name_with_an_underscore_first_adds_no_step_and_a_containers_field_does():
    """By hand, as PyTorch names a module `layers` whose convolutions `a` and `b` are siblings."""
    chain = Sequential([Conv(2, 1, name="a"), Conv(3, 1, name="b")], name="_chain")
    both = Parallel([chain, Conv(4, 1, name="c")], "concat", name="_both")
    net = Sequential([Sequential([both, Conv(1, 1, name="branches")], name="layers")])
    shapes = {"a": (2, 5, 1, 1), "b": (3, 2, 1, 1), "c": (4, 5, 1, 1), "branches": (1, 7, 1, 1)}
    state = {f"layers.{name}.weight": np.zeros(shape, "f") for name, shape in shapes.items()}
    state |= {f"layers.{name}.bias": np.zeros(shape[0], "f") for name, shape in shapes.items()}
    module = load_torch_state_dict(net, state, (3, 3, 5))
    assert to_torch_state_dict(module, net, (3, 3, 5)).keys() == state.keys()


def test_auxiliary_classifiers_are_ignored_where_the_network_has_none():
    head = {"fc.weight": np.ones((2, 3), "f"), "fc.bias": np.ones(2, "f")}
    extra = {f"{name}.fc.weight": np.ones((2, 3), "f") for name in ("aux1", "aux2", "AuxLogits")}
    net = Sequential([Dense(2, name="fc")])
    load_torch_state_dict(net, head | extra, (3,))
    with pytest.raises(ValueError, match=r"unexpected: aux3\.fc\.weight"):
        load_torch_state_dict(net, head | {"aux3.fc.weight": np.ones((2, 3), "f")}, (3,))
    own = Sequential([Dense(3, name="aux1"), Dense(2, name="fc")])
    with pytest.raises(ValueError, match=r"missing: aux1\.(weight|bias)"):
        load_torch_state_dict(own, head, (3,))


def test_all_differences_are_in_one_error(state):
    state["layer1.0.cnv1.weight"] = state.pop("layer1.0.conv1.weight")
    state["classifier.2.bias"] = np.zeros(4, "f")
    state["features.0.bias"] = np.zeros(5, np.float16)
    with pytest.raises(
        ValueError, match="expected the arrays of the architecture, got others"
    ) as error:
        load_torch_state_dict(NET, state, INPUT)
    assert str(error.value).splitlines()[1:] == [
        "  missing: layer1.0.conv1.weight (4, 5, 3, 3)",
        "  unexpected: layer1.0.cnv1.weight (4, 5, 3, 3) (did you mean layer1.0.conv1.weight?)",
        "  of another shape: classifier.2.bias: expected (3,), got (4,)",
        "  of another dtype: features.0.bias: expected float32, got float16",
        "(convert them first, for example by tensor.astype(numpy.float32))",
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, jax.numpy.bfloat16])
def test_other_dtypes_are_refused(state, dtype):
    state = {name: tensor.astype(dtype) for name, tensor in state.items()}
    with pytest.raises(ValueError, match=rf"expected float32, got {np.dtype(dtype)}") as error:
        load_torch_state_dict(NET, state, INPUT)
    assert str(error.value).count("of another dtype") == min(MAX_LINES, len(SHAPES))


def test_a_file_with_thousands_of_other_names_gives_a_short_error_quickly(state):
    state |= {f"module.layer{i}.weight": np.zeros(1, "f") for i in range(5_000)}
    with pytest.raises(ValueError, match=r"unexpected: \.\.\. and 4980 more") as error:
        load_torch_state_dict(NET, state, INPUT)
    assert len(str(error.value).splitlines()) < 60


def test_names_that_are_long_or_write_on_the_terminal(state):
    state |= {"x" * 9_000_000: np.zeros(1, "f"), "classifier.2.bias\x1b[2J": np.zeros(1, "f")}
    with pytest.raises(ValueError, match=r"unexpected: 'classifier\.2\.bias\\x1b\[2J' ") as error:
        load_torch_state_dict(NET, state, INPUT)
    assert len(str(error.value)) < 1_000


@pytest.mark.thorough
def test_a_new_head_takes_the_features_of_other_classes(state):
    net = jaxcnn.architecture.with_classes(NET, 5)
    with pytest.raises(ValueError, match=r"classifier\.2\.weight: expected \(5, 6\).*"):
        load_torch_state_dict(net, state, INPUT)
    with pytest.raises(ValueError, match="new_head=True initializes the last layer"):
        load_torch_state_dict(net, state, INPUT)
    found = [
        to_torch_state_dict(
            load_torch_state_dict(net, state, INPUT, new_head=True, rngs=rngs), net, INPUT
        )
        for rngs in (None, nnx.Rngs(0), nnx.Rngs(1))
    ]
    weights = [tensors["classifier.2.weight"] for tensors in found]
    assert weights[0].shape == (5, 6)
    assert (weights[0] == weights[1]).all()
    assert not (weights[0] == weights[2]).any()
    for name in SHAPES.keys() - {"classifier.2.weight", "classifier.2.bias"}:
        np.testing.assert_array_equal(found[2][name], state[name])


def test_a_new_head_needs_nothing_of_it_in_the_file_but_all_else(state):
    del state["classifier.2.weight"], state["classifier.2.bias"]
    load_torch_state_dict(NET, state, INPUT, new_head=True)
    del state["classifier.0.bias"]
    with pytest.raises(ValueError, match=r"missing: classifier\.0\.bias") as error:
        load_torch_state_dict(NET, state, INPUT, new_head=True)
    assert "classifier.2" not in str(error.value)


def test_bad_arguments(state, tmp_path):
    with pytest.raises(TypeError, match=r"tensors: expected arrays by name .* got list"):
        load_torch_state_dict(NET, [*state.items()], INPUT)
    with pytest.raises(ValueError, match="input_shape: expected positive integers"):
        load_torch_state_dict(NET, state, (0, 8, 3))
    with pytest.raises(
        ValueError, match=r"classifier\.0\.weight: expected \(6, 192\), got \(6, 48\)"
    ):
        load_torch_state_dict(NET, state, (16, 12, 3))
    with pytest.raises(FileNotFoundError, match="none"):
        load_torch_state_dict(NET, tmp_path / "none.safetensors", INPUT)
    with pytest.raises(
        ValueError, match="expected a layer of torchvision's networks, got a ConvTranspose"
    ):
        load_torch_state_dict(Sequential([ConvTranspose(2, 3)]), {}, INPUT)
    twice = Sequential([Conv(3, 1), Sequential([Conv(3, 1)], name="new")])
    with pytest.raises(ValueError, match="architecture: expected distinct names of arrays"):
        load_torch_state_dict(twice, {}, INPUT)


def test_another_networks_module_is_refused(state):
    module = load_torch_state_dict(NET, state, INPUT)
    other = Sequential([MaxPool(2), *NET.layers])
    with pytest.raises(ValueError, match="module: expected a module that the architecture builds"):
        to_torch_state_dict(module, other, INPUT)


TORCHVISIONS = (*MODELS, "alexnet", "vgg11_bn")


@pytest.mark.slow
@pytest.mark.parametrize("name", TORCHVISIONS)
def test_torchvision_loads_what_is_saved_and_gives_the_same_logits(name, tmp_path):
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision")
    from safetensors.torch import load_file, save_file

    shape, path = (64, 96, 3), tmp_path / "weights.safetensors"
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)(num_classes=7)
    for tensor in theirs.state_dict().values():  # statistics of batch norm do not stay at 0 and 1
        if tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5)
    save_file(theirs.state_dict(), path)
    net = model(name, 7)
    module = load_torch_state_dict(net, path, shape)
    save_torch_state_dict(module, net, shape, path)
    again = getattr(torchvision.models, name)(num_classes=7)
    again.load_state_dict(load_file(path), strict=True)
    images = np.random.default_rng(0).normal(size=(2, *shape)).astype("f")
    with torch.no_grad():
        expected = again.eval()(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()
        np.testing.assert_array_equal(
            expected, theirs.eval()(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()
        )
    found = jax.jit(module)(images)
    assert np.linalg.norm(found - expected) <= 1e-4 * np.linalg.norm(expected)
