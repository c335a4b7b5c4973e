import dataclasses
import json

import built
import jax
import numpy as np
import pytest

import jaxcnn as J
from jaxcnn.explain import Box, Unit, explain_unit

LINE = np.array([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, -3, 4]], np.float32)[..., None]


def explained(layer, image=LINE, channel=0, position=None, **variables):
    model = built.filled(J.Sequential([layer]), np.shape(image))
    for name, value in variables.items():
        variable = getattr(model[0], name)
        variable[...] = np.broadcast_to(np.asarray(value, np.float32), variable.shape)

    @jax.jit
    def found(image):
        return explain_unit(model, image, Unit("0", channel, position))

    return jax.device_get(found(image))


# The guides' curve detector, row A2.6: a filter of 30s along a curve, over a patch of 50s.
FILTER = np.zeros((7, 7), np.float32)
FILTER[[0, 1, 2, 3, 4, 5], [5, 4, 3, 3, 3, 3]] = 30
PATCH = np.zeros((7, 7, 1), np.float32)
PATCH[0, 6], PATCH[1, 4:], PATCH[2, 3:5, 0], PATCH[3:, 3:5] = 30, 50, (20, 50), 50


@pytest.mark.thorough
def test_the_curve_detector():
    conv = J.Conv(1, 7, padding="VALID")
    found = explained(conv, PATCH, kernel=FILTER[..., None, None], bias=0)
    assert str(found) == "(50·30) + (50·30) + (50·30) + (20·30) + (50·30) = 6600"
    assert (found.value, found.bias, found.zeros) == (6600, 0, 44)
    np.testing.assert_array_equal(found.inputs, PATCH)
    np.testing.assert_array_equal(found.weights[..., 0], FILTER)
    np.testing.assert_array_equal(found.products[..., 0], PATCH[..., 0] * FILTER)
    turned = explained(conv, PATCH, kernel=FILTER[::-1, ::-1, None, None], bias=-1.5)
    assert str(turned).endswith(" - 1.5 = 3598.5")  # 3600: it is not turned


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (J.MaxPool(2), "max(1, 1, 5, 6) = 6"),
        (J.MaxPool(2, padding=1), "max(1) = 1"),
        (J.AvgPool(2), "mean(1, 1, 5, 6) = 3.25"),
        (J.AvgPool(2, padding=1), "mean(0, 0, 0, 1) = 0.25"),
        (J.Residual([J.Rescale(-2)]), "1 (input) + -2 (layers) = -1"),
        (J.Parallel([J.Rescale(0.25), J.Rescale(2)]), "0.25 (branch 0) + 2 (branch 1) = 2.25"),
        (J.Parallel([J.Rescale(2, name="twice")], "concat"), "branch twice[0, 0, 0] = 2"),
        (J.Dropout(0.5), "inputs[0, 0, 0] = 1"),
        (J.Rescale(0), "0 = 0"),
    ],
    ids=str,
)
def test_the_texts_of_layers(layer, text):
    assert str(explained(layer, position=(0, 0))) == text


@pytest.mark.thorough
def test_the_texts_of_single_values():
    assert str(explained(J.Activation("relu"), np.float32([-2]))) == "relu(-2) = 0"
    assert (
        str(explained(J.Activation("softmax"), np.float32([7, 7]), 1)) == "softmax(7, 7)[1] = 0.5"
    )
    assert str(explained(J.Flatten(), LINE, 14)) == "inputs[3, 2, 0] = -3"
    embedding = explained(J.Embedding(5, 2), np.int32([3, 4]), 1, (1,), embedding=-2)
    assert str(embedding) == "embedding[4, 1] = -2"
    norm = explained(J.BatchNorm(), np.float32([3]), mean=-1, var=4, scale=2, bias=-0.5)
    assert str(norm) == "2 · (3 + 1) / sqrt(4 + 1e-05) - 0.5 = 3.5"
    tangent = explained(J.LocalResponseNorm(1, 1, 1, 1), np.float32([2]))
    assert str(tangent) == "(2·-0.12) + 0.64 = 0.4, the tangent at this image"  # x / (1 + x²)


def test_long_sums_are_cut_short():
    dense = explained(J.Dense(1), np.arange(40, dtype=np.float32) - 2, kernel=0.5, bias=0)
    assert str(dense).startswith("(37·0.5) + (36·0.5) + (35·0.5) + ")
    assert str(dense).endswith(" + (28·0.5) + 187.5 (29 smaller terms) = 350")
    pool = explained(J.GlobalAvgPool(), np.ones((6, 6, 1), np.float32))
    assert str(pool).endswith("1, 1, ... (36 in all)) = 1")


def test_as_plain_data():
    found = explained(J.Conv(1, 2, padding="VALID"), position=(0, 2), kernel=0.5, bias=1)
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["text"] == "(8·0.5) + (7·0.5) + (4·0.5) + (2·0.5) + 1 = 11.5"
    assert plain["unit"] == {"layer": "0", "channel": 0, "position": [0, 2]}
    assert plain["products"] == [[[1.0], [2.0]], [[3.5], [4.0]]]
    assert (plain["value"], plain["bias"], plain["box"], plain["kind"]) == (11.5, 1, None, "Conv")
    assert repr(found) == "UnitExplanation(Conv '0', channel 0, sum)"


@pytest.fixture(scope="module")
def pooled():
    return explained(J.MaxPool(2))


@pytest.mark.parametrize(
    ("unit", "position", "box", "text"),
    [
        (
            Unit("3", 0),
            (2, 1),
            Box((2, 0), (7, 5)),
            "layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4",
        ),
        (Unit("block.0", 7), (4,), None, "layer block.0, channel 7 at place 4"),
        (
            Unit("head", 2),
            (),
            Box((0, 0, 0), (2, 3, 4)),
            "layer head, channel 2; sees planes 0 to 1, rows 0 to 2, columns 0 to 3",
        ),
    ],
)
def test_in_words(pooled, unit, position, box, text):
    assert dataclasses.replace(pooled, unit=unit, position=position, box=box).where == text


@pytest.mark.thorough
def test_of_an_explanation_as_it_is_and_from_a_compiled_program():
    net = J.Sequential([J.MaxPool(2)])
    model = built.filled(net, (4, 4, 1))
    image = np.arange(16, dtype=np.float32).reshape(4, 4, 1)

    def explained(image):
        return explain_unit(model, image, Unit("0", 0), architecture=net)

    text = "layer 0, channel 0 at row 1, column 1; sees rows 2 to 3, columns 2 to 3"
    found = explained(image)
    assert found.where == found.to_dict()["where"] == text
    assert jax.jit(explained)(image).where == text
