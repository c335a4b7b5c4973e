import numpy as np
import pytest
from jax import lax

from jaxcnn import functional as F
from jaxcnn.functional import resolve_padding


@pytest.mark.parametrize(
    ("padding", "pairs"),
    [
        ("VALID", ((0, 0), (0, 0))),
        ("CIRCULAR", ((1, 1), (1, 2))),
        (2, ((2, 2), (2, 2))),
        ((1, 2), ((1, 1), (2, 2))),
        (((1, 2), (0, 3)), ((1, 2), (0, 3))),
        ([[1, 2], [0, 3]], ((1, 2), (0, 3))),
        ((1, (0, 3)), ((1, 1), (0, 3))),
        (np.array([1, 2]), ((1, 1), (2, 2))),
        (np.array([[1, 2], [0, 3]]), ((1, 2), (0, 3))),
    ],
)
def test_forms(padding, pairs):  # guide row A8.5
    assert resolve_padding(padding, (8, 8), (3, 4), (1, 1)) == pairs


@pytest.mark.parametrize(
    "output_shape", [F.conv_output_shape, F.conv_transpose_output_shape, F.pool_output_shape]
)
def test_arrays_are_no_names(output_shape):
    expected = output_shape((8, 8), (3, 4), padding=(1, 2))
    assert output_shape((8, 8), (3, 4), padding=np.array([1, 2])) == expected


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [1, 4, 5, 7])
def test_same_is_that_of_lax(size, window, stride):
    ours = resolve_padding("SAME", (size,), (window,), (stride,))
    assert ours == tuple(lax.padtype_to_pads((size,), (window,), (stride,), "SAME"))


@pytest.mark.parametrize(
    ("padding", "error", "text"),
    [
        ("same", ValueError, "padding: expected one of SAME, VALID, CIRCULAR.*got 'same'"),
        (-1, ValueError, "padding of a dimension: expected at least 0, got -1"),
        ((1, -1), ValueError, "padding of a dimension: expected at least 0, got -1"),
        (((0, 0), (0, -1)), ValueError, r"expected at least 0, got \(0, -1\)"),
        ((1, 2, 3), ValueError, r"padding: expected 2 entries.*got \(1, 2, 3\)"),
        (((1, 1),), ValueError, r"padding: expected 2 entries.*got \(\(1, 1\),\)"),
        (((1, 1), (1,)), ValueError, r"padding of a dimension: expected .* axis .2., got \(1,\)"),
        (
            1.5,
            TypeError,
            r"padding of a dimension: expected an integer, or one per axis \(2\), got 1.5",
        ),
        (
            None,
            TypeError,
            r"padding of a dimension: expected an integer, or one per axis \(2\), got None",
        ),
    ],
)
def test_errors(padding, error, text):
    with pytest.raises(error, match=text):
        resolve_padding(padding, (8, 8), (3, 3), (1, 1))
