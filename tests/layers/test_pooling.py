import built
import jax.numpy as jnp
import pytest
from flax import nnx

from jaxcnn import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.layers import Costs


@pytest.mark.parametrize("kind", [MaxPool, AvgPool])
@pytest.mark.parametrize(
    ("arguments", "input_shape", "expected"),
    [
        ({"window_shape": 2}, (98, 98, 3), (49, 49, 3)),  # guide row A5.8
        ({"window_shape": 2}, (7, 7, 3), (3, 3, 3)),
        ({"window_shape": 2, "ceil_mode": True}, (7, 7, 3), (4, 4, 3)),  # guide row A3.10
        ({"window_shape": 3, "strides": 2, "padding": "SAME"}, (7, 7, 3), (4, 4, 3)),
        ({"window_shape": 2, "ceil_mode": True}, (9, 1), (5, 1)),
        ({"window_shape": (2, 3, 1)}, (4, 6, 5, 2), (2, 2, 5, 2)),
        ({"window_shape": 3, "strides": (1, 2), "padding": ((0, 1), (2, 0))}, (6, 7, 1), (5, 4, 1)),
    ],
)
def test_output_shape(kind, arguments, input_shape, expected):
    layer = kind(**arguments)
    assert layer.output_shape(input_shape) == expected
    assert built.output_shape(layer, input_shape) == expected


@pytest.mark.parametrize("kind", [GlobalMaxPool, GlobalAvgPool])
@pytest.mark.parametrize("input_shape", [(9, 4), (5, 7, 4), (2, 3, 5, 4)])
def test_global_pooling_leaves_the_channels(kind, input_shape):
    assert kind().output_shape(input_shape) == built.output_shape(kind(), input_shape) == (4,)
    spatial = input_shape[:-1]
    assert kind().receptive_field(input_shape) == (
        spatial,
        (0,) * len(spatial),
        (0,) * len(spatial),
    )


@pytest.mark.parametrize("layer", [MaxPool(2), AvgPool(3, 2), GlobalMaxPool(), GlobalAvgPool()])
def test_pooling_has_no_parameters(layer):  # guide row A5.5
    assert layer.costs((8, 8, 3)) == Costs(0, 0, 0)
    assert built.variables(layer, (8, 8, 3), nnx.Variable) == 0


@pytest.mark.parametrize(
    ("layer", "window"),
    [
        (AvgPool(2), ((2, 2), (2, 2), (0, 0))),
        (AvgPool(3, 2), ((3, 3), (2, 2), (0, 0))),
        (AvgPool((2, 3)), ((2, 3), (2, 3), (0, 0))),
        (AvgPool(3, (1, 2)), ((3, 3), (1, 2), (0, 0))),
        (AvgPool((3, 2), 1, padding=((2, 1), 1)), ((3, 2), (1, 1), (2, 1))),
        (AvgPool(3, 2, "SAME"), ((3, 3), (2, 2), (1, 0))),  # the odd size gets a zero on each side
        (AvgPool(2, ceil_mode=True), ((2, 2), (2, 2), (0, 0))),
    ],
)
def test_window(layer, window):
    shape, positions = (11, 12, 1), [(0, 0), (1, 2)]
    assert layer.receptive_field(shape) == window
    assert built.footprints(layer, shape, positions) == built.boxes(window, shape, positions)


def test_avg_pool_may_leave_its_padding_out_of_the_mean():
    ones = jnp.ones((1, 4, 4, 1))
    counted = built.module(AvgPool(2, padding=1), (4, 4, 1))(ones)
    left_out = built.module(AvgPool(2, padding=1, count_include_pad=False), (4, 4, 1))(ones)
    assert counted[0, 0, :, 0].tolist() == [0.25, 0.5, 0.25]
    assert left_out[0, 0, :, 0].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("layer", "input_shape", "text"),
    [
        (MaxPool(2), (8,), r"input_shape: expected \(\*spatial, channels\)"),
        (GlobalAvgPool(), (8,), r"input_shape: expected \(\*spatial, channels\)"),
        (MaxPool((2, 2)), (8, 3), r"window_shape: expected an integer, or one per axis .1."),
        (AvgPool(9), (8, 8, 3), "expected at least 9×9, got 8×8"),
        (MaxPool(2, padding="CIRCULAR"), (8, 8, 3), "got CIRCULAR"),
    ],
)
def test_input_that_does_not_fit(layer, input_shape, text):
    for use in (layer.output_shape, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)
