import dataclasses
import json

import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_networks import larger_are_slow

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    Repeat,
    Rescale,
    Residual,
    RMSNorm,
    SeparableConv,
    Sequential,
    SpatialDropout,
    SpectralNorm,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.architecture import from_json, to_json
from jaxcnn.layers import ACTIVATIONS, Layer
from jaxcnn.models import MODELS


def text_of(architecture, version: object = 1):
    return json.dumps({"version": version, "architecture": architecture})


LAYERS = [
    Activation("gelu"),
    AvgPool((2, 3), strides=1, padding=((0, 1), 2), ceil_mode=True, count_include_pad=False),
    BatchNorm(momentum=0.6, epsilon=1e-12, use_scale=False),
    Conv(8, (3, 5), strides=(2, 1), padding=((1, 2), (0, 0)), kernel_dilation=(1, 2)),
    Conv(8, 3, padding=(1, 2), feature_group_count=4, use_bias=False, kernel_init="zeros"),
    Dense(10, use_bias=False, kernel_init="glorot_uniform"),
    Dropout(0.1),
    Dropout(0),
    Flatten(),
    GlobalAvgPool(),
    GlobalMaxPool(),
    MaxPool(3, 2, "SAME"),
    Rescale(1 / 9),
    Rescale(-2),
    Residual([Conv(3, 3), Residual([]), Sequential([Activation("relu")])]),
    Residual([Conv(3, 3, name="conv1")], shortcut=[Conv(3, 1)], name="block"),
    Parallel([Sequential([]), Conv(3, 3, name="new")], "concat"),
    Repeat(Sequential([Conv(3, 3)]), 3, name="stage"),
    Sequential([]),
    WhiteningConv(3, epsilon=1e-3),
    AdaptiveAvgPool((6, 1)),
    ChannelShuffle(4),
    ChannelSplit(2, 1),
    Conv(8, 3, kernel_init=("variance_scaling", 2.0, "fan_out", "normal"), bias_init="ones"),
    ConvTranspose(8, (4, 3), (2, 1), ((1, 2), 0), use_bias=False),
    Dense(3, kernel_init=("truncated_normal", 0.02), bias_init=("uniform", -1, 1)),
    DepthwiseConv((3, 5), 2, 1, (1, 2), 3, use_bias=False),
    DropPath(0.2),
    Embedding(100, 8),
    GroupNorm(4, epsilon=1e-3),
    LayerNorm(1e-5, use_scale=False, use_bias=False),
    LayerScale(0.1),
    LocalResponseNorm(3, 1e-3, 0.5, 2),
    SeparableConv(8, 3, padding="VALID", bias_init=("normal", 1e-3)),
    SqueezeExcite(4, "silu", "hard_sigmoid"),
    DropBlock(0.1, 3),
    RMSNorm(1e-5, use_scale=False),
    SpatialDropout(0.2),
    SpectralNorm(Conv(8, 3, use_bias=False), 3, name="critic"),
    WeightNorm(Dense(4)),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_there_and_back(layer):
    again = from_json(to_json(layer))
    assert again == layer
    assert repr(again) == repr(layer)  # no integer became a float, and no list stayed
    assert to_json(again) == to_json(layer)


@pytest.mark.parametrize("model", larger_are_slow(MODELS))
def test_models_there_and_back(model):
    assert from_json(to_json(model.make())) == model.make()


SIZES = st.integers(1, 10**18 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
initializers = st.sampled_from(["he_normal", "zeros"]) | st.tuples(st.just("constant"), numbers)

networks = st.recursive(
    st.builds(Activation, st.sampled_from(ACTIVATIONS))
    | st.builds(Dropout, st.floats(0, 1, exclude_max=True))
    | st.builds(Rescale, numbers | SIZES)
    | st.builds(Dense, SIZES, st.booleans(), initializers)
    | st.builds(MaxPool, SIZES, st.none() | st.tuples(SIZES)),
    lambda inner: (
        st.builds(Sequential, st.lists(inner))
        | st.builds(Residual, st.lists(inner), st.lists(inner))
        | st.builds(Parallel, st.lists(inner, min_size=1), st.sampled_from(["sum", "concat"]))
        | st.builds(Repeat, inner, st.integers(1, 9))
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(networks)
def test_any_network_there_and_back(network):
    assert from_json(to_json(network)) == network


def test_the_text_names_every_argument():
    assert json.loads(to_json(Sequential([Dense(3)]))) == {
        "version": 1,
        "architecture": {
            "type": "Sequential",
            "layers": [
                {
                    "type": "Dense",
                    "features": 3,
                    "use_bias": True,
                    "kernel_init": "lecun_normal",
                    "bias_init": "zeros",
                }
            ],
        },
    }


def test_arguments_that_are_left_out_have_their_defaults():
    assert from_json(text_of({"type": "Conv", "features": 3, "kernel_size": [3, 3]})) == Conv(
        3, (3, 3)
    )


@dataclasses.dataclass(frozen=True)
class Twice(Layer):
    """A caller's own layer, made of another."""

    layer: Layer
    scales: tuple[float, ...] = (1.0,)

    def output_shape(self, input_shape):
        return self.layer.output_shape(self.layer.output_shape(input_shape))

    def build(self, input_shape, *, rngs):
        return nnx.Sequential(*[self.layer.build(input_shape, rngs=rngs)] * 2)


def test_layers_of_the_callers_own():
    net = Sequential([Twice(Conv(3, 3), scales=(0.5, 2.0)), Flatten()])
    assert from_json(to_json(net), layers=[Twice]) == net
    with pytest.raises(
        ValueError, match=r"architecture.layers\[0\]: expected the name of a layer, got 'Twice'"
    ):
        from_json(to_json(net))


@dataclasses.dataclass(frozen=True)
class Loose(Layer):
    """A caller's own layer that lets anything in."""

    value: object = None

    def __post_init__(self):
        """Convert nothing, as the base class would."""

    def output_shape(self, input_shape):
        return input_shape

    def build(self, input_shape, *, rngs):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ([3], r"\[3\]"),
        ({"a": 1}, "{'a': 1}"),
        (np.int64(3), r"np.int64\(3\)"),
        (np.ones(2), "array"),
        (len, "<built-in function len>"),
        (Flatten, "<class"),
    ],
)
def test_what_json_cannot_hold_is_not_written(value, got):
    place = r"architecture.layers\[1\].value"
    with pytest.raises(TypeError, match=f"^{place}: expected None, a number, .*, got {got}"):
        to_json(Sequential([Flatten(), Loose(value)]))
    with pytest.raises(TypeError, match=rf"^{place}\[0\]\[1\]: expected None, a number"):
        to_json(Sequential([Flatten(), Loose(((0, value),))]))


def test_what_is_no_layer_is_not_written():
    with pytest.raises(TypeError, match="architecture: expected a layer such as Sequential, got 3"):
        to_json(3)  # type: ignore[arg-type]


def named(name, **fields):
    """A caller's class of that name, with fields of those types."""
    return dataclasses.make_dataclass(
        name, fields.items(), bases=(Loose,), frozen=True, kw_only=True
    )


FLATTEN = text_of({"type": "Flatten"})


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        ([named("Conv")], "layers: .*Conv'> .there is a layer Conv already"),
        ([Twice, named("Twice")], "layers: .*Twice'> .there is a layer Twice already"),
        (
            [named("Typed", type=str)],
            "layers: expected classes without an argument 'type', got",
        ),
    ],
)
def test_classes_that_json_cannot_tell(classes, text):
    with pytest.raises(ValueError, match=text):
        from_json(FLATTEN, layers=classes)


def test_classes_that_json_cannot_tell_are_not_written():
    with pytest.raises(ValueError, match="there is a layer Conv already"):
        to_json(Sequential([named("Conv")()]))
    with pytest.raises(ValueError, match="there is a layer Twice already"):
        to_json(Sequential([named("Twice")(), Twice(Flatten())]))
    with pytest.raises(ValueError, match="expected classes without an argument 'type'"):
        to_json(named("Typed", type=str)(type="x"))


@pytest.mark.parametrize(
    ("text", "layers", "message"),
    [
        ({"version": 1}, (), "text: expected JSON text, as from to_json, got dict"),
        (FLATTEN, Flatten, "layers: expected a list of layer classes, got <class"),
    ],
)
def test_arguments_of_another_kind(text, layers, message):
    with pytest.raises(TypeError, match=message):
        from_json(text, layers)


def test_the_name_of_a_file_is_no_text():
    with pytest.raises(
        ValueError, match=r"text: expected JSON text, got .*Expecting value.*not its name"
    ):
        from_json("net.json")


def test_a_class_may_be_named_twice():
    assert from_json(FLATTEN, layers=[Twice, Twice, Flatten]) == Flatten()


@pytest.mark.parametrize("cls", [int, Flatten(), "Twice", None])
def test_classes_that_are_none(cls):
    with pytest.raises(TypeError, match="layers: expected subclasses of Layer, got"):
        from_json(FLATTEN, layers=[cls])


def test_numbers_that_json_lacks_are_not_written():
    @dataclasses.dataclass(frozen=True)
    class Scale(Twice):
        factor: float = float("nan")

    with pytest.raises(
        ValueError, match=r"^architecture\.factor: expected a finite number, got nan"
    ):
        to_json(Scale(Flatten()))


def test_a_name_stands_in_the_text_where_there_is_one():
    text = to_json(Sequential([Flatten(name="flat"), Flatten()]))
    first, second = json.loads(text)["architecture"]["layers"]
    assert (first, second) == ({"type": "Flatten", "name": "flat"}, {"type": "Flatten"})
