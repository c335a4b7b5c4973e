"""Names of classes as text, and how two lists of them differ."""

import enum

import numpy as np
import pytest

from jaxcnn._support.names import as_names, difference, places


class Animal(enum.Enum):
    CAT = "cat"
    DOG = "dog"


class NamedAnimal(enum.StrEnum):
    CAT = "cat"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (range(2), ("0", "1")),
        (np.array(["a", "b"]), ("a", "b")),
        (np.array([3, 5]), ("3", "5")),
        (iter(["b", "a"]), ("b", "a")),
        ({"a": 0}.keys(), None),
        (["cafe\u0301"], ("caf\u00e9",)),
        ([1.5, "x"], ("1.5", "x")),
    ],
)
def test_names_become_text(values, names):
    if names is None:
        with pytest.raises(TypeError, match="names: expected names in a fixed order"):
            as_names("names", values)
        return
    found = as_names("names", values)
    assert found == names
    assert all(type(name) is str for name in found)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"a", "b"}, TypeError, r"names: expected names in a fixed order.*got a set \(sorted"),
        (frozenset("a"), TypeError, "got a frozenset"),
        ({"cat": 0}, TypeError, r"got a dict \(sorted\(names, key=names.get\)"),
        ((b"a", b"b"), TypeError, r"names: expected text, got b'a' \(decode bytes"),
        (tuple(Animal), TypeError, r"expected text, got <Animal.CAT: 'cat'> \(pass member.name\)"),
        (tuple(NamedAnimal), TypeError, r"expected text, got <NamedAnimal.CAT: 'cat'>"),
        ((None, "a"), TypeError, "expected text, got None"),
        ((float("nan"), "a"), TypeError, "expected text, got nan"),
        ((("a",), ("b",)), TypeError, r"expected text, got \('a',\)"),
        (("a", "a"), ValueError, "names: expected distinct names, got 'a' twice"),
        ((1, "1"), ValueError, "got '1' twice"),
        (("caf\u00e9", "cafe\u0301"), ValueError, "twice"),
    ],
)
def test_what_is_no_list_of_names(values, error, message):
    with pytest.raises(error, match=message):
        as_names("names", values)


def test_both_lists_are_shown():
    assert difference(("a", "b"), ("a", "b")) is None
    assert difference(("caf\u00e9",), ("cafe\u0301",)) is None
    assert difference(("a", "b"), ("b", "a")) == ("('a', 'b')", "('b', 'a')")
    assert difference(("a", "b"), ("a",)) == ("('a', 'b')", "('a',)")


def test_of_long_lists_the_first_difference_is_shown():
    names = [f"n{k}" for k in range(100)]
    changed = [*names[:50], "other", *names[51:]]
    shown = "(..., 'n48', 'n49', 'n50', 'n51', 'n52', 'n53', 'n54', 'n55', 'n56', 'n57', ...)"
    assert difference(names, changed) == (shown, shown.replace("n50", "other"))


def test_places():
    assert places(("b", "c"), ("a", "b")) == [1, -1]
