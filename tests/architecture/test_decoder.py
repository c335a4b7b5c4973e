"""What JSON text may not hold: errors with their places, and limits."""

import json
import re

import pytest

from jaxcnn import Flatten, Repeat, Sequential
from jaxcnn.architecture import from_json, to_json


def text_of(architecture, version: object = 1):
    return json.dumps({"version": version, "architecture": architecture})


CONV = {"type": "Conv", "features": 4, "kernel_size": 3}


@pytest.mark.parametrize(
    ("architecture", "text"),
    [
        ({"type": "Convolution"}, "architecture: expected the name of a layer, got 'Convolution'"),
        (
            {"type": "MaxPol"},
            "architecture: expected the name of a layer, got 'MaxPol' (did you mean MaxPool",
        ),
        ({"type": "relu"}, "architecture: expected the name of a layer, got 'relu'"),
        (
            {"type": "conv"},
            "architecture: expected the name of a layer, got 'conv' (did you mean Conv",
        ),
        (
            {"type": "Mine"},
            "architecture: expected the name of a layer, got 'Mine' (pass custom classes as",
        ),
        ({"type": "os.system"}, "architecture: expected the name of a layer, got 'os.system'"),
        ({"type": "../../Conv"}, "architecture: expected the name of a layer, got '../../Conv'"),
        ({"type": "Layer"}, "architecture: expected the name of a layer, got 'Layer'"),
        ({"type": 3}, "architecture: expected an object with a 'type', got {'type': 3}"),
        ({}, "architecture: expected an object with a 'type', got {}"),
        ([CONV], "architecture: expected an object with a 'type', got [{"),
        (None, "architecture: expected an object with a 'type', got None"),
        (
            {"type": "Conv", "features": 4},
            "architecture: expected 'kernel_size' for Conv, got no such key",
        ),
        (
            {**CONV, "stride": 2},
            "architecture: expected arguments of Conv, got 'stride' (did you mean strides?",
        ),
        ({**CONV, "__class__": 2}, "architecture: expected arguments of Conv, got '__class__'"),
        ({**CONV, "strides": 0}, "architecture.strides: expected at least 1, got 0"),
        ({**CONV, "features": "4"}, "architecture.features: expected an integer, got '4'"),
        ({**CONV, "features": -4}, "architecture.features: expected at least 1, got -4"),
        ({**CONV, "features": 4.0}, "architecture.features: expected an integer, got 4.0"),
        ({**CONV, "features": None}, "architecture.features: expected an integer, got None"),
        ({**CONV, "features": CONV}, "architecture.features: expected an integer, got Conv("),
        ({**CONV, "features": {}}, "architecture.features: expected an object with a 'type'"),
        (
            {**CONV, "padding": [[1, 2, 3]]},
            "architecture.padding: expected a (low, high) pair per axis",
        ),
        ({**CONV, "use_bias": "no"}, "architecture.use_bias: expected True or False, got 'no'"),
        (
            {"type": "Dropout", "rate": 1},
            "architecture.rate: expected a finite number of at least 0 and below 1",
        ),
        (
            {"type": "Rescale", "factor": 10**400},
            "architecture.factor: expected an integer of at most 18 digits, got 401",
        ),
        ({"type": "Sequential"}, "architecture: expected 'layers' for Sequential"),
        (
            {"type": "Sequential", "layers": 3},
            "architecture.layers: expected an iterable of layers, got 3",
        ),
        (
            {"type": "Sequential", "layers": CONV},
            "architecture.layers: expected an iterable of layers, got Conv(",
        ),
        (
            {"type": "Sequential", "layers": ["relu"]},
            "architecture.layers[0]: expected a Layer, got 'relu'",
        ),
        (
            {"type": "Sequential", "layers": [CONV, {"type": "Residual", "layers": [CONV, {}]}]},
            "architecture.layers[1].layers[1]: expected an object with a 'type', got {}",
        ),
        (
            {"type": "Sequential", "layers": [CONV, CONV, CONV, {**CONV, "strides": 0}]},
            "architecture.layers[3].strides: expected at least 1, got 0",
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
        ("[]", "text: expected a JSON object with 'version' and 'architecture'"),
        ("3", "text: expected a JSON object"),
        ('{"version": 1}', "text: expected a JSON object"),
        ('{"version": 1, "architecture": {}, "code": ""}', "text: expected a JSON object"),
        (text_of({"type": "Flatten"}, version=2), "version: expected 1, got 2 .a newer jaxcnn"),
        (text_of({"type": "Flatten"}, version="1"), "version: expected 1, got '1'"),
        (text_of({"type": "Flatten"}, version=True), "version: expected 1, got True"),
        (text_of({"type": "Flatten"}, version=1.0), "version: expected 1, got 1.0"),
        (text_of({"type": "Flatten"}, version=None), "version: expected 1, got None"),
        (
            conv_with("NaN"),
            "architecture.features: expected a finite number, got NaN",
        ),
        (conv_with("Infinity"), "architecture.features: expected a finite number, got Infinity"),
        (conv_with("-Infinity"), "got -Infinity"),
        (
            conv_with("1e999"),
            "architecture.features: expected a number in the range of floats, got 1e999",
        ),
        (
            conv_with("-1" + "0" * 10**5 + ".0"),
            "architecture.features: .* range of floats, got -10",
        ),
        (conv_with("9" * 19), "architecture.features: .* at most 18 digits, got 19 digits"),
        (conv_with("9" * 10**6), "architecture.features: .* got 1000000 digits"),
        (conv_with("-" + "9" * 18), "architecture.features: expected at least 1, got -9"),
        ("9" * 5000, "text: expected an integer of at most 18 digits, got 5000 digits"),
        (
            conv_with('3, "features": 4'),
            r"architecture: expected each key once per object, got \['type', ",
        ),
        (conv_with('"' + "x" * 10**6 + '"'), "architecture.features: expected an integer"),
        (conv_with("[" * 50 + "]" * 50), "architecture.features"),
        (conv_with("[" * 400 + "]" * 400), "at most 32 nested containers"),
        (conv_with("[" * 10**5 + "]" * 10**5), "at most 32 nested containers"),
        (conv_with('{"a":' * 10**5 + "1" + "}" * 10**5), "at most 32 nested containers"),
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
        with pytest.raises(ValueError, match="at most 32 nested containers"):
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
    with pytest.raises(ValueError, match="at most 32 nested containers"):
        to_json(network)


def many(count):
    layers = ",".join(['{"type":"Flatten"}'] * count)
    return f'{{"version":1,"architecture":{{"type":"Sequential","layers":[{layers}]}}}}'


@pytest.mark.thorough
def test_a_million_layers_are_too_many():
    assert from_json(many(9_999)) == Sequential([Flatten()] * 9_999)
    with pytest.raises(ValueError, match=r"layers\[9999\]: expected at most 10000 layers"):
        from_json(many(10_001))
    with pytest.raises(ValueError, match="text: expected at most 2,000,000 values, got"):
        from_json(many(10**6))
    with pytest.raises(ValueError, match=r"layers\[9999\]: expected at most 10000 layers"):
        to_json(Sequential([Flatten()] * 10_000))


def repeated(*times):
    inner = {"type": "Flatten"}
    for count in times:
        inner = {"type": "Repeat", "layer": inner, "times": count}
    return text_of(inner)


def test_repetitions_count():
    assert from_json(repeated(98, 100)) == Repeat(Repeat(Flatten(), 98), 100)
    with pytest.raises(ValueError, match=r"at most 10000 layers, got 10101 .repetitions"):
        from_json(repeated(100, 100))
    with pytest.raises(ValueError, match=r"at most 10000 layers, got 1\d{90}"):
        from_json(repeated(*[1000] * 30))
    with pytest.raises(
        ValueError, match=r"^architecture.layer.times: expected at most 1000, got 10"
    ):
        from_json(repeated(10**6, 2))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("../../x", "expected 1 to 64 letters, digits, '_' or '-', got '../../x'"),
        ("", "expected 1 to 64 letters"),
        ("a.b", "expected 1 to 64 letters"),
        ("x" * 65, "expected 1 to 64 letters"),
        ("naïve", "expected 1 to 64 letters"),
        ("a\n", "expected 1 to 64 letters"),
        (3, "expected a string or None, got 3"),
    ],
)
def test_hostile_names(name, text):
    for layer in ({"type": "Flatten"}, {"type": "Sequential", "layers": []}):
        with pytest.raises(ValueError, match=f"^architecture.name: {re.escape(text)}"):
            from_json(text_of({**layer, "name": name}))
