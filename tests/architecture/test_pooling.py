import built
import pytest
from flax import nnx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jaxcnn import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.architecture import Costs


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


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from([MaxPool, AvgPool]),
    window=st.integers(1, 4),
    strides=st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.sampled_from(["SAME", "VALID", 0, 1, ((1, 0), (0, 1))]),
    ceil_mode=st.booleans(),
    spatial=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_predicted_shape_is_that_of_the_module(kind, window, strides, padding, ceil_mode, spatial):
    layer = kind(window, strides, padding, ceil_mode)
    try:
        predicted = layer.output_shape((*spatial, 2))
    except ValueError:
        assume(False)
    assert built.output_shape(layer, (*spatial, 2)) == predicted


@pytest.mark.parametrize("kind", [GlobalMaxPool, GlobalAvgPool])
@pytest.mark.parametrize("input_shape", [(9, 4), (5, 7, 4), (2, 3, 5, 4)])
def test_global_pooling_leaves_the_channels(kind, input_shape):
    assert kind().output_shape(input_shape) == built.output_shape(kind(), input_shape) == (4,)
    assert kind().window().size is None


@pytest.mark.parametrize("layer", [MaxPool(2), AvgPool(3, 2), GlobalMaxPool(), GlobalAvgPool()])
def test_pooling_has_no_parameters(layer):  # guide row A5.5
    assert layer.costs((8, 8, 3)) == Costs(0, 0, 0)
    assert built.variables(layer, (8, 8, 3), nnx.Variable) == 0


@pytest.mark.parametrize(
    ("layer", "size", "stride"),
    [
        (AvgPool(2), (2,), (2,)),
        (AvgPool(3, 2), (3,), (2,)),
        (AvgPool((2, 3)), (2, 3), (2, 3)),
        (AvgPool(3, (1, 2)), (3, 3), (1, 2)),
        (AvgPool((3, 2), 1), (3, 2), (1, 1)),
    ],
)
def test_window(layer, size, stride):
    assert layer.window() == (size, stride)
    sizes, strides = size * (3 - len(size)), stride * (3 - len(stride))
    seen = built.footprint(layer, (12, 12, 1), (1, 2))
    assert [first for first, _ in seen] == [strides[0], 2 * strides[1]]
    assert [last - first + 1 for first, last in seen] == list(sizes)


@pytest.mark.parametrize(
    ("layer", "input_shape", "text"),
    [
        (MaxPool(2), (8,), r"input_shape must be \(\*spatial, channels\)"),
        (GlobalAvgPool(), (8,), r"input_shape must be \(\*spatial, channels\)"),
        (MaxPool((2, 2)), (8, 3), r"window_shape \(2, 2\) names 2 spatial axes, .* has 1"),
        (AvgPool(9), (8, 8, 3), "window_shape .* is larger than the input"),
        (MaxPool(2, padding="CIRCULAR"), (8, 8, 3), "must not be CIRCULAR"),
    ],
)
def test_input_that_does_not_fit(layer, input_shape, text):
    for use in (layer.output_shape, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)
