import dataclasses
import json
import re

import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

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
    SeparableConv,
    Sequential,
    SqueezeExcite,
    WhiteningConv,
)
from jaxcnn.architecture import Layer, from_json, to_json
from jaxcnn.models import MODELS
from jaxcnn.nn import ACTIVATIONS


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
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_there_and_back(layer):
    again = from_json(to_json(layer))
    assert again == layer
    assert repr(again) == repr(layer)  # no integer became a float, and no list stayed
    assert to_json(again) == to_json(layer)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
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
    with pytest.raises(ValueError, match=r"architecture.layers\[0\]: no layer is called 'Twice'"):
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
    with pytest.raises(TypeError, match=f"^{place} must be None, a number, .*, got {got}"):
        to_json(Sequential([Flatten(), Loose(value)]))
    with pytest.raises(TypeError, match=rf"^{place}\[0\]\[1\] must be None, a number"):
        to_json(Sequential([Flatten(), Loose(((0, value),))]))


def test_what_is_no_layer_is_not_written():
    with pytest.raises(TypeError, match="architecture must be a layer such as Sequential, got 3"):
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
        ([named("Conv")], "Conv'> needs another name: there is a layer Conv already"),
        ([Twice, named("Twice")], "Twice'> needs another name: there is a layer Twice already"),
        (
            [named("Typed", type=str)],
            "needs another name for its argument 'type', which JSON takes",
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
    with pytest.raises(ValueError, match="another name for its argument 'type'"):
        to_json(named("Typed", type=str)(type="x"))


@pytest.mark.parametrize(
    ("text", "layers", "message"),
    [
        ({"version": 1}, (), "text must be JSON text, as from to_json, got dict"),
        (FLATTEN, Flatten, "layers must be a list of layer classes, got <class"),
    ],
)
def test_arguments_of_another_kind(text, layers, message):
    with pytest.raises(TypeError, match=message):
        from_json(text, layers)


def test_the_name_of_a_file_is_no_text():
    with pytest.raises(ValueError, match=r"must be JSON text, not a file's name: Expecting value"):
        from_json("net.json")


def test_a_class_may_be_named_twice():
    assert from_json(FLATTEN, layers=[Twice, Twice, Flatten]) == Flatten()


@pytest.mark.parametrize("cls", [int, Flatten(), "Twice", None])
def test_classes_that_are_none(cls):
    with pytest.raises(TypeError, match="layers must hold subclasses of Layer, got"):
        from_json(FLATTEN, layers=[cls])


CONV = {"type": "Conv", "features": 4, "kernel_size": 3}


@pytest.mark.parametrize(
    ("architecture", "text"),
    [
        ({"type": "Convolution"}, "architecture: no layer is called 'Convolution'"),
        ({"type": "MaxPol"}, "architecture: no layer is called 'MaxPol'; did you mean MaxPool"),
        ({"type": "relu"}, "architecture: no layer is called 'relu'"),
        ({"type": "conv"}, "architecture: no layer is called 'conv'; did you mean Conv"),
        ({"type": "Mine"}, "architecture: no layer is called 'Mine'; pass classes of your own as"),
        ({"type": "os.system"}, "architecture: no layer is called 'os.system'"),
        ({"type": "../../Conv"}, "architecture: no layer is called '../../Conv'"),
        ({"type": "Layer"}, "architecture: no layer is called 'Layer'"),
        ({"type": 3}, "architecture: expected an object with a 'type', got {'type': 3}"),
        ({}, "architecture: expected an object with a 'type', got {}"),
        ([CONV], "architecture: expected an object with a 'type', got [{"),
        (None, "architecture: expected an object with a 'type', got None"),
        ({"type": "Conv", "features": 4}, "architecture: Conv needs 'kernel_size'"),
        ({**CONV, "stride": 2}, "architecture: Conv has no 'stride'; did you mean strides?"),
        ({**CONV, "__class__": 2}, "architecture: Conv has no '__class__'"),
        ({**CONV, "strides": 0}, "architecture.strides must be at least 1, got 0"),
        ({**CONV, "features": "4"}, "architecture.features must be an integer, got '4'"),
        ({**CONV, "features": -4}, "architecture.features must be at least 1, got -4"),
        ({**CONV, "features": 4.0}, "architecture.features must be an integer, got 4.0"),
        ({**CONV, "features": None}, "architecture.features must be an integer, got None"),
        ({**CONV, "features": CONV}, "architecture.features must be an integer, got Conv("),
        ({**CONV, "features": {}}, "architecture.features: expected an object with a 'type'"),
        ({**CONV, "padding": [[1, 2, 3]]}, "architecture.padding takes (low, high) for each axis"),
        ({**CONV, "use_bias": "no"}, "architecture.use_bias must be True or False, got 'no'"),
        ({"type": "Dropout", "rate": 1}, "architecture.rate must be finite and in [0.0, 1.0)"),
        ({"type": "Rescale", "factor": 10**400}, "architecture.factor: an integer of 401 digits"),
        ({"type": "Sequential"}, "architecture: Sequential needs 'layers'"),
        (
            {"type": "Sequential", "layers": 3},
            "architecture.layers must be an iterable of layers, got 3",
        ),
        (
            {"type": "Sequential", "layers": CONV},
            "architecture.layers must be an iterable of layers, got Conv(",
        ),
        (
            {"type": "Sequential", "layers": ["relu"]},
            "architecture.layers[0] must be a Layer, got 'relu'",
        ),
        (
            {"type": "Sequential", "layers": [CONV, {"type": "Residual", "layers": [CONV, {}]}]},
            "architecture.layers[1].layers[1]: expected an object with a 'type', got {}",
        ),
        (
            {"type": "Sequential", "layers": [CONV, CONV, CONV, {**CONV, "strides": 0}]},
            "architecture.layers[3].strides must be at least 1, got 0",
        ),
    ],
)
def test_bad_architectures_say_where(architecture, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        from_json(text_of(architecture))


def conv_with(features):
    return f'{{"version": 1, "architecture": {{"type": "Dense", "features": {features}}}}}'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "an architecture is a JSON object with 'version' and 'architecture'"),
        ("3", "an architecture is a JSON object"),
        ('{"version": 1}', "an architecture is a JSON object"),
        ('{"version": 1, "architecture": {}, "code": ""}', "an architecture is a JSON object"),
        (text_of({"type": "Flatten"}, version=2), "version must be 1, got 2; a newer jaxcnn"),
        (text_of({"type": "Flatten"}, version="1"), "version must be 1, got '1'"),
        (text_of({"type": "Flatten"}, version=True), "version must be 1, got True"),
        (text_of({"type": "Flatten"}, version=1.0), "version must be 1, got 1.0"),
        (text_of({"type": "Flatten"}, version=None), "version must be 1, got None"),
        (
            conv_with("NaN"),
            "architecture.features: NaN is not a number that an architecture may hold",
        ),
        (conv_with("Infinity"), "architecture.features: Infinity is not a number"),
        (conv_with("-Infinity"), "-Infinity is not a number"),
        (conv_with("1e999"), "architecture.features: 1e999 is larger than any float"),
        (conv_with("-1" + "0" * 10**5 + ".0"), "architecture.features: -10.* is larger than any"),
        (conv_with("9" * 19), "architecture.features: an integer of 19 digits is no size"),
        (conv_with("9" * 10**6), "architecture.features: an integer of 1000000 digits"),
        (conv_with("-" + "9" * 18), "architecture.features must be at least 1, got -9"),
        ("9" * 5000, "an architecture is a JSON object"),
        (
            conv_with('3, "features": 4'),
            r"architecture: a key is written twice in one object: \['type', ",
        ),
        (conv_with('"' + "x" * 10**6 + '"'), "architecture.features must be an integer"),
        (conv_with("[" * 50 + "]" * 50), "architecture.features"),
        (conv_with("[" * 400 + "]" * 400), "nested deeper than 32 containers"),
        (conv_with("[" * 10**5 + "]" * 10**5), "nested deeper than 32 containers"),
        (conv_with('{"a":' * 10**5 + "1" + "}" * 10**5), "nested deeper than 32 containers"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_hostile_texts(text, error):
    with pytest.raises(ValueError, match=error):
        from_json(text)


def nested(depth):
    return '{"type":"Sequential","layers":[' * depth + "]}" * depth


def test_containers_may_nest_but_not_without_end():
    from_json(f'{{"version": 1, "architecture": {nested(33)}}}')
    for depth in (34, 100, 10**5):
        with pytest.raises(ValueError, match="nested deeper than 32 containers"):
            from_json(f'{{"version": 1, "architecture": {nested(depth)}}}')


def deep(depth):
    network = Flatten()
    for _ in range(depth):
        network = Sequential([network])
    return network


def test_the_deepest_network_of_the_limit_can_be_written_and_read():
    assert from_json(to_json(deep(32))) == deep(32)


@pytest.mark.parametrize("network", [deep(33), deep(34), deep(10**4)], ids=["33", "34", "10000"])
def test_a_network_that_could_not_be_read_is_not_written(network):
    with pytest.raises(ValueError, match="nested deeper than 32 containers"):
        to_json(network)


def many(count):
    layers = ",".join(['{"type":"Flatten"}'] * count)
    return f'{{"version":1,"architecture":{{"type":"Sequential","layers":[{layers}]}}}}'


def test_a_million_layers_are_too_many():
    assert from_json(many(9_999)) == Sequential([Flatten()] * 9_999)
    with pytest.raises(ValueError, match=r"layers\[9999\]: more than 10000 layers"):
        from_json(many(10**6))
    with pytest.raises(ValueError, match=r"layers\[9999\]: more than 10000 layers"):
        to_json(Sequential([Flatten()] * 10_000))


def test_numbers_that_json_lacks_are_not_written():
    @dataclasses.dataclass(frozen=True)
    class Scale(Twice):
        factor: float = float("nan")

    with pytest.raises(ValueError, match=r"^architecture\.factor: nan is not a number"):
        to_json(Scale(Flatten()))


def repeated(*times):
    inner = {"type": "Flatten"}
    for count in times:
        inner = {"type": "Repeat", "layer": inner, "times": count}
    return text_of(inner)


def test_repetitions_count():
    assert from_json(repeated(98, 100)) == Repeat(Repeat(Flatten(), 98), 100)
    with pytest.raises(ValueError, match=r"more than 10000 layers: 10101, each repetition counted"):
        from_json(repeated(100, 100))
    with pytest.raises(ValueError, match=r"more than 10000 layers: 1\d{90}"):
        from_json(repeated(*[1000] * 30))
    with pytest.raises(ValueError, match=r"^architecture.layer.times must be at most 1000, got 10"):
        from_json(repeated(10**6, 2))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("../../x", "must be 1 to 64 letters, digits, '_' or '-', got '../../x'"),
        ("", "must be 1 to 64 letters"),
        ("a.b", "must be 1 to 64 letters"),
        ("x" * 65, "must be 1 to 64 letters"),
        ("naïve", "must be 1 to 64 letters"),
        ("a\n", "must be 1 to 64 letters"),
        (3, "must be a string or None, got 3"),
    ],
)
def test_hostile_names(name, text):
    for layer in ({"type": "Flatten"}, {"type": "Sequential", "layers": []}):
        with pytest.raises(ValueError, match=f"^architecture.name {re.escape(text)}"):
            from_json(text_of({**layer, "name": name}))


def test_a_name_stands_in_the_text_where_there_is_one():
    text = to_json(Sequential([Flatten(name="flat"), Flatten()]))
    first, second = json.loads(text)["architecture"]["layers"]
    assert (first, second) == ({"type": "Flatten", "name": "flat"}, {"type": "Flatten"})
