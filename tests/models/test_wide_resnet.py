import pytest

from jaxcnn.architecture import walk
from jaxcnn.layers import Dropout, Residual
from jaxcnn.models import wide_resnet_28_10

IMAGE = (32, 32, 3)


@pytest.mark.parametrize(("f", "classes"), [(160, 10), (32, 100)])
def test_the_closed_form_of_its_documentation(f, classes):
    convolutions = 27 * 16 + 9 * (16 * f + 157 * f**2) + (16 * f + 10 * f**2)
    expected = convolutions + 2 * (16 + 56 * f) + (4 * f + 1) * classes
    assert wide_resnet_28_10(classes, width=f).costs(IMAGE).parameters == expected


def test_shapes():  # Zagoruyko and Komodakis 2016, table 1
    sums = [
        v.output_shape for v in walk(wide_resnet_28_10(), IMAGE) if isinstance(v.layer, Residual)
    ]
    assert sums == [(32, 32, 160)] * 4 + [(16, 16, 320)] * 4 + [(8, 8, 640)] * 4


def test_depth():
    names = [visit.name.split(".")[-1] for visit in walk(wide_resnet_28_10(), IMAGE)]
    # The paper's 28 counts the three convolutions in shortcuts, but not the dense layer.
    assert sum(name.startswith("conv") for name in names) == 28 - 3


@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.3, 12)])
def test_dropout_stands_in_each_block(rate, count):
    layers = [visit.layer for visit in walk(wide_resnet_28_10(dropout=rate), IMAGE)]
    assert sum(layer == Dropout(rate) for layer in layers) == count


@pytest.mark.parametrize(
    ("options", "text"),
    [({"width": 0}, r"^width: expected"), ({"dropout": 1}, r"^dropout: expected")],
)
def test_options_that_are_none(options, text):
    with pytest.raises(ValueError, match=text):
        wide_resnet_28_10(**options)
