import re

import numpy as np
import pytest

from jaxcnn._support.arguments import (
    check_bool,
    check_choice,
    check_int,
    check_ints,
    check_number,
    check_tuple_of_ints,
    per_axis,
)


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_integers(value):
    check_int("n", value)
    check_ints("n", (value, 1))
    check_tuple_of_ints("n", (value,))
    check_number("n", value, minimum=3, maximum=3, above=2, below=4)
    assert per_axis("n", value, 2) == per_axis("n", (value, 3), 2) == (3, 3)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5)])
def test_numbers(value):
    check_number("x", value, minimum=0, below=1)


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, np.array([3]), 3j])
def test_what_is_no_integer(value):
    with pytest.raises(TypeError, match="n: expected an integer, got "):
        check_int("n", value)
    with pytest.raises(TypeError, match="n: expected an integer or a tuple of integers, got "):
        check_ints("n", (1, value))
    with pytest.raises(TypeError, match="n: expected a tuple of integers, got "):
        check_tuple_of_ints("n", (1, value))


@pytest.mark.parametrize("value", [True, "3", None, 3j, np.array([3.0])])
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match="x: expected a number, got "):
        check_number("x", value)


@pytest.mark.parametrize("value", [True, (1, False), 1.0, "12", None, ((1, 2), 1)])
def test_what_is_no_integer_per_axis(value):
    with pytest.raises(TypeError, match=r"s: expected an integer, or one per axis \(2\), got"):
        per_axis("s", value, 2)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: check_int("n", 0), "n: expected at least 1, got 0"),
        (lambda: check_int("n", -1, minimum=0), "n: expected at least 0, got -1"),
        (lambda: check_ints("n", ()), "n: expected at least one entry, got ()"),
        (lambda: check_ints("n", (1, 0)), "n: expected at least 1, got (1, 0)"),
        (lambda: check_tuple_of_ints("n", (0,)), "n: expected at least 1, got (0,)"),
        (
            lambda: per_axis("n", (1, 2), 1),
            "n: expected an integer, or one per axis (1)",
        ),
        (lambda: per_axis("n", (1, 0), 2), "n: expected at least 1, got (1, 0)"),
        (lambda: check_number("x", float("nan")), "x: expected a finite number, got nan"),
        (lambda: check_number("x", 10**400), "x: expected a finite number, got 1000"),
        (lambda: check_number("x", 0, above=0), "x: expected a finite number above 0, got 0"),
        (
            lambda: check_number("x", 2, maximum=1),
            "x: expected a finite number of at most 1,",
        ),
        (lambda: check_choice("c", "a", ("b", "c")), "c: expected one of b, c, got 'a'"),
        (lambda: check_choice("c", "Rellu", ("relu",)), "got 'Rellu' (did you mean relu?)"),
    ],
)
def test_errors_say_what_was_expected(check, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check()


def test_only_allowed_choices_are_suggested():
    with pytest.raises(ValueError, match=r"expected one of a, b, got 'swish'$"):
        check_choice("c", "swish", ("a", "b"), also={"swish": "silu"})


def test_other_types():
    check_int("seed", -1, minimum=None)
    with pytest.raises(TypeError, match=re.escape("n: expected a tuple of integers, got 3")):
        check_tuple_of_ints("n", 3)
    with pytest.raises(TypeError, match="b: expected True or False, got 1"):
        check_bool("b", 1)
