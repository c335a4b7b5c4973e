import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxcnn import functional as F


@pytest.mark.parametrize(
    ("size", "kernel", "arguments", "expected"),
    [
        ((32, 32), (5, 5), {"padding": "VALID"}, (28, 28)),  # guide rows A2.1, A2.3
        ((28, 28), (5, 5), {"padding": "VALID"}, (24, 24)),  # guide row A2.8
        ((32, 32), (7, 7), {"padding": "VALID"}, (26, 26)),  # guide row A2.7
        ((5, 5), (3, 3), {"padding": "VALID"}, (3, 3)),  # guide rows A2.10, A2.17
        ((7, 5), (3, 3), {"strides": (2, 1)}, (4, 5)),
        ((7,), (2,), {"padding": ((1, 2),), "kernel_dilation": 3}, (7,)),
        ((4,), (3,), {"padding": "VALID", "input_dilation": 2}, (5,)),
        ((6, 7, 8), (2, 3, 4), {"padding": "CIRCULAR", "strides": 2}, (3, 4, 4)),
    ],
)
def test_conv_output_shape(size, kernel, arguments, expected):  # guide rows A2.5, A8.4
    assert F.conv_output_shape(size, kernel, **arguments) == expected


@pytest.mark.parametrize(
    ("size", "window", "arguments", "expected"),
    [
        ((7, 7), (2, 2), {"ceil_mode": True}, (4, 4)),  # guide row A3.10
        ((7, 7), (3, 3), {"strides": 2, "padding": "SAME"}, (4, 4)),  # guide row A3.10
        ((7, 7), (2, 2), {}, (3, 3)),
        ((98, 98), (2, 2), {}, (49, 49)),  # guide row A5.8
        ((3,), (5,), {"ceil_mode": True}, (1,)),
        (
            (5,),
            (2,),
            {"strides": 4, "padding": 1, "ceil_mode": True},
            (2,),
        ),  # no window starts outside
    ],
)
def test_pool_output_shape(size, window, arguments, expected):
    assert F.pool_output_shape(size, window, **arguments) == expected


@pytest.mark.parametrize(
    ("padding", "expected"), [("SAME", 8), ("VALID", 9), ("CIRCULAR", 8), (1, 7), (((0, 1),), 8)]
)
def test_conv_transpose_output_shape(padding, expected):
    assert F.conv_transpose_output_shape((4,), (3,), strides=2, padding=padding) == (expected,)


def test_plain_integers():
    shape = F.conv_output_shape((2**40,), (3,), padding="VALID")
    assert shape == (2**40 - 2,)


ERRORS = [
    (
        F.conv_output_shape,
        ((3, 3), (5, 5)),
        {"padding": "VALID"},
        r"kernel: expected at most .* spatial shape \(3, 3\) .*'VALID', got shape \(5, 5\)",
    ),
    (
        F.conv_output_shape,
        ((3, 3), (5,)),
        {},
        r"kernel_shape: expected an integer, or one per axis \(2\)",
    ),
    (
        F.conv_output_shape,
        ((3, 0), (1, 1)),
        {},
        r"spatial_shape: expected at least 1, got \(3, 0\)",
    ),
    (F.conv_output_shape, ((3,), (0,)), {}, "kernel_shape: expected at least 1"),
    (F.conv_output_shape, ((3,), (1,)), {"strides": 0}, "strides: expected at least 1, got 0"),
    (
        F.conv_output_shape,
        ((3,), (1,)),
        {"padding": -1},
        "padding of a dimension: expected at least 0, got -1",
    ),
    (F.conv_output_shape, ((3,), (1,)), {"kernel_dilation": 0}, "kernel_dilation: expected"),
    (F.conv_output_shape, ((3,), (1,)), {"input_dilation": 0}, "input_dilation: expected"),
    (
        F.conv_output_shape,
        ((3,), (1,)),
        {"input_dilation": 2, "padding": "CIRCULAR"},
        r"padding: expected .* with input_dilation \(2,\), got CIRCULAR",
    ),
    (
        F.pool_output_shape,
        ((3, 3), (4, 4)),
        {},
        r"window_shape: expected at most .* spatial shape \(3, 3\) .*, got \(4, 4\)",
    ),
    (
        F.pool_output_shape,
        ((1,), (5,)),
        {"strides": 1, "ceil_mode": True},
        "window_shape: expected at most the",
    ),
    (F.pool_output_shape, ((8,), (2,)), {"strides": 0}, "strides: expected at least 1, got 0"),
    (F.pool_output_shape, ((8,), (2,)), {"padding": 2}, "padding: expected less than window_s"),
    (F.pool_output_shape, ((8,), (2,)), {"padding": "CIRCULAR"}, "got CIRCULAR"),
    (
        F.conv_transpose_output_shape,
        ((2,), (3,)),
        {"padding": 2},
        r"padding: expected less, got 2, which leaves no output of kernel shape \(3,\)",
    ),
    (F.conv_transpose_output_shape, ((2,), (3,)), {"padding": "FULL"}, "padding: expected one of"),
]


@pytest.mark.parametrize(("function", "shapes", "arguments", "text"), ERRORS)
def test_errors(function, shapes, arguments, text):
    with pytest.raises(ValueError, match=text):
        function(*shapes, **arguments)


# What is predicted must be what JAX computes, or both must refuse.

ranks = st.integers(1, 3)
paddings = st.sampled_from(["SAME", "VALID"]) | st.integers(0, 3)


def per_axis(rank, low, high):
    return st.tuples(*[st.integers(low, high)] * rank)


def evaluated_shape(function, *arguments, **kwargs):
    """The spatial shape that JAX finds, or None where the arguments are refused."""
    try:
        return jax.eval_shape(lambda: function(*arguments, **kwargs)).shape[1:-1]
    except ValueError:
        return None


def predicted_shape(function, *arguments, **kwargs):
    try:
        return function(*arguments, **kwargs)
    except ValueError:
        return None


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_conv_prediction(data):
    rank = data.draw(ranks)
    size = data.draw(per_axis(rank, 1, 9))
    kernel = data.draw(per_axis(rank, 1, 5))
    arguments = {
        "strides": data.draw(per_axis(rank, 1, 4)),
        "padding": data.draw(paddings | st.just("CIRCULAR")),
        "kernel_dilation": data.draw(per_axis(rank, 1, 3)),
    }
    inputs, weights = np.zeros((1, *size, 1)), np.zeros((*kernel, 1, 1))
    assert predicted_shape(F.conv_output_shape, size, kernel, **arguments) == evaluated_shape(
        F.conv, inputs, weights, **arguments
    )
    assert predicted_shape(
        F.conv_transpose_output_shape, size, kernel, **arguments
    ) == evaluated_shape(F.conv_transpose, inputs, weights, **arguments)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pool_prediction(data):
    rank = data.draw(ranks)
    size = data.draw(per_axis(rank, 1, 9))
    window = data.draw(per_axis(rank, 1, 5))
    arguments = {
        "strides": data.draw(st.none() | per_axis(rank, 1, 6)),
        "padding": data.draw(paddings),
        "ceil_mode": data.draw(st.booleans()),
    }
    predicted = predicted_shape(F.pool_output_shape, size, window, **arguments)
    inputs = np.zeros((1, *size, 1))
    assert predicted == evaluated_shape(F.max_pool, inputs, window, **arguments)
    assert predicted == evaluated_shape(F.avg_pool, inputs, window, **arguments)
