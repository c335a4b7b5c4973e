from itertools import groupby

import pytest

from jaxcnn.architecture import walk
from jaxcnn.models import zfnet


def test_shapes():  # Zeiler and Fergus 2013, figure 3
    shapes = [visit.output_shape for visit in walk(zfnet(10), (224, 224, 3))]
    assert [shape for shape, _ in groupby(shapes)] == [
        *((110, 110, 96), (55, 55, 96), (26, 26, 256), (13, 13, 256)),
        *((13, 13, 384), (13, 13, 256), (6, 6, 256)),
        *((9216,), (4096,), (10,)),
    ]


def test_parameters():
    visits = walk(zfnet(10, hidden_features=100), (224, 224, 3))
    counts = [visit.layer.costs(visit.input_shape).parameters for visit in visits]
    convolutions = [96 * 148, 256 * 2401, 384 * 2305, 384 * 3457, 256 * 3457]
    assert [count for count in counts if count] == [*convolutions, 921_700, 10_100, 1010]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"hidden_features": 0}, r"^hidden_features: expected"),
        ({"dropout": -0.1}, r"^dropout: expected"),
    ],
)
def test_options_that_are_none(options, text):
    with pytest.raises(ValueError, match=text):
        zfnet(**options)
