"""Whatever callers pass for an array becomes one that JAX takes, or is named."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from jaxcnn._support.arrays import as_array, as_operand, within_rounding

DTYPES = hnp.integer_dtypes(endianness="?") | hnp.floating_dtypes(endianness="?")


SHAPES = hnp.array_shapes(max_dims=2, max_side=3)


@pytest.mark.thorough
@given(hnp.arrays(DTYPES, SHAPES, elements={"min_value": 0, "max_value": 99}))
def test_any_byte_order_keeps_its_values(array):
    found = as_array("x", array)
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)
    assert as_array("x", found) is found  # no copy


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1, 2], np.int64),
        ([[0.5], [1]], np.float64),
        (np.array([1, 2], object), np.int64),
        (np.longdouble([1, 2]), np.float64),
        (range(3), np.int64),
        (jnp.ones(2), np.float32),
        ([np.ones(2, np.uint8)] * 3, np.uint8),
        (np.float32(1), np.float32),
        (np.ma.array([1, 2]), np.int64),
    ],
)
def test_what_holds_numbers_is_taken(value, dtype):
    found = as_array("x", value)
    assert (type(found), found.dtype) == (np.ndarray, dtype)
    np.testing.assert_array_equal(found, np.asarray(value))


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ((i for i in range(3)), TypeError, r"x: expected an array, got generator \(np.stack"),
        (iter([1]), TypeError, "x: expected an array, got list_iterator"),
        ({1, 2}, TypeError, "x: expected an array, got set"),
        ({"a": 1}, TypeError, "x: expected an array, got dict"),
        (None, TypeError, "x: expected an array, got None"),
        ("x.png", TypeError, "x: expected an array, got str"),
        (object(), TypeError, "x: expected an array, got object"),
        ([1, None], TypeError, "x: expected an array of numbers, got None at 1$"),
        (np.array([[1, 2], ["a", None]], object), TypeError, r"numbers, got 'a' at \(1, 0\)$"),
        ([2**70], TypeError, r"got 1180591620717411303424 at 0 \(it has more than 64 bits\)"),
        (["a"], TypeError, "x: expected an array of numbers, got text"),
        ([b"a"], TypeError, "x: expected an array of numbers, got text"),
        (np.array(["a"], object), TypeError, "x: expected an array of numbers, got text"),
        (np.array(["2020"], "M8[Y]"), TypeError, "numbers, got dates or times"),
        (np.array([3], "m8[D]"), TypeError, "numbers, got dates or times"),
        (np.array([b"ab"], "V2"), TypeError, "x: expected an array of numbers, got bytes"),
        (np.zeros(2, "f4,i4"), TypeError, "x: expected an array of numbers, got named fields"),
        (
            [np.zeros((2, 2)), np.zeros((3, 3))],
            ValueError,
            r"x: expected entries of one shape, got \(2, 2\) at 0 and \(3, 3\) at 1",
        ),
        (
            [[1, 2], [3]],
            ValueError,
            r"expected entries of one shape, got \(2,\) at 0 and \(1,\)",
        ),
        (
            np.array([np.zeros(2), np.zeros(3)], object),
            ValueError,
            r"x: expected entries of one shape, got \(2,\) at 0 and \(3,\) at 1",
        ),
        (
            [[[1], [1, 2]], [[1], [1, 2]]],
            ValueError,
            "x: expected entries of one shape, got several shapes within one",
        ),
        (
            np.ma.array([1, 2], mask=[0, 1]),
            ValueError,
            "expected an array without masked values",
        ),
    ],
)
@pytest.mark.parametrize("enter", [as_array, as_operand])
def test_what_holds_no_numbers_is_named(value, error, message, enter):
    with pytest.raises(error, match=message):
        enter("x", value)


class Foreign:
    """An array of another library."""

    def __init__(self, values):
        self.values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.values


def in_pandas(values):
    return pytest.importorskip("pandas").Series(values)


def beside_a_jax_array(values):
    return [jnp.int32(0), *np.array(values)]


@pytest.mark.parametrize("number", [2**32, -(2**31) - 1, 2**63])
@pytest.mark.parametrize("make", [np.array, list, Foreign, in_pandas, beside_a_jax_array])
def test_integers_are_not_narrowed_silently(number, make):
    with pytest.raises(ValueError, match=f"x: expected integers of at most 32 bits, got {number}"):
        as_operand("x", make([number]))


@pytest.mark.parametrize("number", [2**31 - 1, -(2**31)])
def test_integers_of_32_bits_are_taken(number):
    assert int(as_operand("x", np.array([number]))[0]) == number


def test_traced_values_pass():
    def total(x):
        assert as_operand("x", x) is x
        return as_operand("y", [x, x]).sum()

    assert jax.make_jaxpr(total)(1.0).out_avals[0].shape == ()
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.make_jaxpr(lambda x: as_array("x", x))(1.0)


def test_a_torch_tensor_with_a_gradient_is_named():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"x: expected an array, got Parameter"):
        as_array("x", torch.nn.Parameter(torch.ones(2)))


def test_only_rounding_is_clipped():
    assert within_rounding(np.float32([0, 1 + 2e-7, -2e-7])).tolist() == [0, 1, 0]
    assert within_rounding(np.float16([1.002])).tolist() == [1]
    for wrong in (1 + 1e-6, -1e-6, np.nan, np.inf):
        assert within_rounding(np.array([0.5, wrong])) is None
