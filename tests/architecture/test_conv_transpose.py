import built
import pytest

from jaxcnn import Conv, ConvTranspose


@pytest.mark.parametrize(
    ("layer", "input_shape", "expected"),
    [
        (ConvTranspose(3, 4, strides=2), (7, 2), (14, 3)),
        # (7 - 1) * 2 + 4 - 2 * 1, as torch.nn.ConvTranspose2d says.
        (ConvTranspose(3, 4, strides=2, padding=1), (7, 9, 2), (14, 18, 3)),
        (ConvTranspose(3, (2, 5), padding="VALID", use_bias=False), (7, 9, 2), (8, 13, 3)),
        (ConvTranspose(3, 3, (1, 2, 3), ((1, 0), 1, 2)), (4, 3, 2, 2), (5, 5, 2, 3)),
        (ConvTranspose(3, 3, 2, "CIRCULAR"), (4, 3, 2), (8, 6, 3)),
    ],
)
def test_prediction_is_what_is_built(layer, input_shape, expected):
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == expected
    costs = layer.costs(input_shape)
    assert costs.parameters == built.variables(layer, input_shape)
    assert costs.bytes == 4 * costs.parameters


@pytest.mark.parametrize("strides", [1, 2, (3, 1)])
def test_costs_are_those_of_the_forward_convolution(strides):
    layer = ConvTranspose(8, 4, strides=strides, padding=1, use_bias=False)
    larger = layer.output_shape((7, 9, 2))
    forward = Conv(2, 4, strides=strides, padding=1, use_bias=False)
    assert forward.output_shape(larger) == (7, 9, 2)
    assert layer.costs((7, 9, 2)) == forward.costs(larger)


def test_window_is_everything():
    layer = ConvTranspose(2, 3, strides=2)
    assert layer.window((4, 5, 2)) == ((4, 5), (0, 0), (0, 0))


def test_label():
    assert ConvTranspose(3, 4).label((7, 9, 2)) == "ConvTranspose 4×4"


@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        ((8,), r"input_shape must be \(\*spatial, channels\)"),
        ((8, 4), r"kernel_size: expected an integer, or one per axis .1."),
        ((2, 2, 4), "padding 2 leaves no output"),
    ],
)
def test_input_that_does_not_fit(input_shape, text):
    layer = ConvTranspose(3, (2, 2), padding=2)
    for use in (layer.output_shape, layer.costs, layer.window, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)
