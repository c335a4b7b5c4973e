import numpy as np
import pytest

from jaxcnn.inference._named_classes import named_classes

NAMES = ("dog", "cat", "bird", "fish")
LIKELY = np.array([0.2, 0.5, 0.2, 0.1])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["cat", "dog", "bird", "fish"]),  # of equal ones the first
        ({"top": 2}, ["cat", "dog"]),
        ({"top": 9}, ["cat", "dog", "bird", "fish"]),
        ({"lowest": 0.2}, ["cat", "dog", "bird"]),
        ({"lowest": np.array([0.3, 0.6, 0.1, 0.1])}, ["bird", "fish"]),
        ({"lowest": 0.9}, []),
        ({"top": 1, "lowest": 0.2}, ["cat"]),
    ],
)
def test_which_are_named(options, expected):
    named = named_classes(LIKELY, NAMES, **options)
    assert [name for name, _ in named] == expected
    assert all(LIKELY[NAMES.index(name)] == found for name, found in named)
