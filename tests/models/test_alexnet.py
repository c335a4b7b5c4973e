from itertools import groupby

import built
import numpy as np
import pytest

from jaxcnn.architecture import walk
from jaxcnn.layers import LocalResponseNorm
from jaxcnn.models import alexnet


def pictures(net, input_shape):
    """The different shapes, in order, that pass through a network before it is flattened."""
    shapes = [visit.output_shape for visit in walk(net, input_shape)]
    return [shape for shape, _ in groupby(shapes) if len(shape) == 3]


def test_shapes_of_one_tower():  # torchvision's
    assert pictures(alexnet(), (224, 224, 3)) == [
        *((55, 55, 64), (27, 27, 64), (27, 27, 192), (13, 13, 192)),
        *((13, 13, 384), (13, 13, 256), (6, 6, 256)),
    ]


def test_shapes_of_two_towers():  # guide row A5.11
    assert pictures(alexnet(towers=2), (227, 227, 3)) == [
        *((55, 55, 96), (27, 27, 96), (27, 27, 256), (13, 13, 256)),
        *((13, 13, 384), (13, 13, 256), (6, 6, 256)),
    ]


def test_parameters_of_two_towers():
    convolutions = [96 * 364, 256 * 1201, 384 * 2305, 384 * 1729, 256 * 1729]
    dense = [4096 * 9217, 4096 * 4097, 7 * 4097]
    visits = walk(alexnet(7, towers=2), (227, 227, 3))
    counts = [visit.layer.costs(visit.input_shape).parameters for visit in visits]
    assert [count for count in counts if count] == convolutions + dense


def test_the_smallest_picture():
    assert alexnet(5, hidden_features=8).output_shape((63, 63, 3)) == (5,)
    with pytest.raises(
        ValueError, match=r"layers\[12\] MaxPool 3×3/2: expected at least 3×3, got 2×3"
    ):
        alexnet(5).output_shape((62, 63, 3))


@pytest.mark.thorough
def test_response_normalization_is_that_of_the_paper():
    """Section 3.3: the sum of squares of five neighboring channels, not their mean."""
    visits = walk(alexnet(towers=2), (227, 227, 3))
    norm = next(visit.layer for visit in visits if isinstance(visit.layer, LocalResponseNorm))
    inputs = np.linspace(-100, 200, 12).reshape(1, 1, 1, 12)
    squares = np.pad(inputs[0, 0, 0] ** 2, 2)
    sums = np.array([squares[i : i + 5].sum() for i in range(12)])
    expected = inputs / (2 + 1e-4 * sums) ** 0.75
    outputs = built.module(norm, (1, 1, 12))(inputs.astype(np.float32))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("towers", "order"),
    [
        # torchvision 0.29
        (1, "Dropout Dense Activation Dropout Dense Activation Dense"),
        # Section 4.2: "setting to zero the output of each hidden neuron".
        (2, "Dense Activation Dropout Dense Activation Dropout Dense"),
    ],
)
def test_what_is_dropped(towers, order):
    classifier = alexnet(towers=towers).layers[-1].layers
    assert [type(layer).__name__ for layer in classifier] == order.split()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"towers": 3}, ValueError, r"^towers: expected 1 or 2, got 3"),
        ({"towers": 0}, ValueError, r"^towers: expected at least 1, got 0"),
        ({"towers": True}, TypeError, r"^towers: expected an integer"),
        ({"hidden_features": 0}, ValueError, r"^hidden_features: expected at least 1"),
        (
            {"dropout": 1},
            ValueError,
            r"^dropout: expected a finite number of at least 0 and below 1, got 1",
        ),
    ],
)
def test_options_that_are_none(options, error, text):
    with pytest.raises(error, match=text):
        alexnet(**options)
