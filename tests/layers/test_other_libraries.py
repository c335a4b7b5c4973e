"""What errors say about networks, layers, arguments and names of other libraries."""

import sys
from types import ModuleType

import flax.linen
import pytest

import jaxcnn
from jaxcnn import Activation, Conv, Dense, Dropout, Flatten, GroupNorm, MaxPool, Sequential
from jaxcnn.layers import layer_hint


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Conv(filters=8, kernel_size=3),
            r"^filters: expected one of the arguments features, ",
        ),
        (lambda: Conv(filters=8, kernel_size=3), r"\(did you mean features\?\)$"),
        (lambda: Conv(8, 3, stride=2), r"^stride: .* \(did you mean strides\?\)$"),
        (lambda: Conv(8, 3, dilation_rate=2), r"did you mean kernel_dilation\?"),
        (lambda: Conv(8, 3, groups=2), r"did you mean feature_group_count\?"),
        (lambda: Conv(8, 3, activation="relu"), r"activation: .*jaxcnn.Activation\(\"relu\"\)"),
        (lambda: Conv(8, 3, in_channels=3), r"in_channels: .*the input says how many channels"),
        (lambda: Dense(units=8), r"^units: .* \(did you mean features\?\)$"),
        (lambda: Dropout(p=0.5), r"^p: .* \(did you mean rate\?\)$"),
        (lambda: MaxPool(pool_size=2), r"did you mean window_shape\?"),
        (lambda: GroupNorm(groups=2), r"did you mean num_groups\?"),
        (lambda: Flatten(nothing_alike=1), r"^nothing_alike: .* arguments name of Flatten$"),
        (lambda: Sequential(Flatten(), Dense(2)), r"^layers: expected one list, Sequential\(\["),
    ],
)
def test_arguments(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activation("swish"), r"^function: .*got 'swish' \(did you mean silu\?\)$"),
        (lambda: Activation("ReLU"), r"did you mean relu"),
        (lambda: Dense(2, kernel_init="kaiming_normal"), r"\(did you mean he_normal\?\)$"),
        (lambda: Dense(2, kernel_init="xavier_uniform"), r"\(did you mean glorot_uniform\?\)$"),
        (lambda: Conv(8, 3, padding="same"), r"^padding: .* \(did you mean SAME\?\)$"),
    ],
)
def test_names(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("module", [jaxcnn, jaxcnn.layers])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Conv2D", "Conv"),
        ("MaxPool2d", "MaxPool"),
        ("Linear", "Dense"),
        ("Dropout2d", "SpatialDropout"),
        ("DropBlock2d", "DropBlock"),
        ("SpectralNormalization", "SpectralNorm"),
        ("BatchNormalization", "BatchNorm"),
        ("ReLU", 'Activation("relu")'),
        ("Sequental", "Sequential"),
        ("evaluate", "run.evaluate(test)"),
        ("create_model", 'jaxcnn.pretrained("timm/resnet18.a1_in1k"), or jaxcnn.models'),
        ("ResNet18_Weights", 'jaxcnn.pretrained("timm/resnet18.tv_in1k"), which'),
        ("compile", "jaxcnn.fit(model, train), or run.network.compile() for fast predictions?)"),
    ],
)
def test_layers(module, name, hint):
    with pytest.raises(AttributeError) as caught:
        getattr(module, name)
    expected = f"module {module.__name__!r} has no attribute {name!r} (did you mean {hint}"
    assert str(caught.value).startswith(expected)


def test_names_of_weights():
    with pytest.raises(AttributeError, match=r"did you mean jaxcnn.pretrained"):
        _ = jaxcnn.models.ResNet18_Weights


def test_other_names_are_simply_missing():
    assert not hasattr(jaxcnn, "zebra_crossing")
    assert not hasattr(jaxcnn, "__wrapped__")


class Net(flax.linen.Module):
    def __call__(self, inputs):
        return inputs


def network_of(package):
    """An object whose class inherits from one as this package has it."""
    base = type("Layer" if package.startswith("keras") else "Module", (), {"__module__": package})
    return type("Net", (base,), {"__module__": "mine"})()


@pytest.mark.parametrize(
    ("network", "hint"),
    [
        (Net(), r"nnx.bridge.ToNNX\(module"),
        (network_of("equinox._module"), "Equinox"),
        (network_of("torch.nn.modules.module"), "jaxcnn.load_torch_state_dict"),
        (network_of("keras.src.layers.layer"), "jaxcnn.fast_convolutions"),
        ([Flatten(), Dense(2)], r"jaxcnn.Sequential\(\[\.\.\.\]\)"),
        (Net, r"got .*Net.* \(pass an instance\)"),
    ],
)
def test_networks(network, hint):
    for call in (
        lambda: jaxcnn.build(network, (8, 8, 1), rngs=flax.nnx.Rngs(0)),
        lambda: jaxcnn.summary(network, (8, 8, 1)),
        lambda: jaxcnn.explain.saliency(network, [0.0]),
    ):
        with pytest.raises(TypeError, match=hint):
            call()
    assert layer_hint(3) == ""
    assert layer_hint(ModuleType("torch")) == ""


def test_hints_import_no_other_library():
    assert "equinox" not in sys.modules
    assert "keras" not in sys.modules
