"""The sentences about layers, and what is said about their short notation."""

import dataclasses

import numpy as np
import pytest

import jaxcnn
from jaxcnn import layers as L
from jaxcnn.architecture import walk
from jaxcnn.reports.explorer._kinds import describe
from jaxcnn.reports.explorer._words import (
    ACTIVATIONS,
    CUSTOM,
    PURPOSES,
    notation,
    purpose,
)


def test_every_layer_of_a_network_of_images_has_a_sentence():
    never_shown = {L.Embedding, L.Sequential, L.Repeat}  # a page has images, and no chains
    by_option = {L.Activation, L.Parallel}
    assert set(PURPOSES) == set(L.LAYERS) - never_shown - by_option
    assert set(ACTIVATIONS) == set(L.ACTIVATIONS)
    assert all(text.endswith(".") for text in (*PURPOSES.values(), *ACTIVATIONS.values()))


@dataclasses.dataclass(frozen=True)
class Twice(jaxcnn.Layer):
    """Multiplies by `2`.

    More about it.
    """

    def output_shape(self, input_shape):
        return input_shape

    def build(self, input_shape, *, rngs):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Unexplained(Twice):
    pass


def test_a_custom_layer_is_described_by_its_docstring():
    texts = [
        purpose(visit) for visit in walk(jaxcnn.Sequential([Twice(), Unexplained()]), (4, 4, 1))
    ]
    assert texts == ["Multiplies by 2.", CUSTOM]


def sentence(doc):
    """The sentence on a custom layer with this docstring."""
    kind = dataclasses.dataclass(frozen=True)(type("Custom", (Twice,), {"__doc__": doc}))
    (visit,) = walk(jaxcnn.Sequential([kind()]), (4, 4, 1))
    return purpose(visit)


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("Scales each\n    channel, e.g. red. Then\n    more.", "Scales each channel, e.g. red."),
        ("Scales <b>\n \n    Args:", "Scales <b>."),
        (
            "Like :class:`~jaxcnn.Conv`, :py:func:`the sum <a.b>` and ``x``",
            "Like Conv, the sum and x.",
        ),
        ("word " * 50, " ".join(["word"] * 31) + "…"),
        ("", CUSTOM),
    ],
)
def test_the_first_sentence_of_a_docstring_is_plain_and_short(doc, expected):
    assert sentence(doc) == expected


@dataclasses.dataclass(frozen=True)
class OwnActivation(L.Activation):
    pass


@dataclasses.dataclass(frozen=True)
class OwnConv(L.Conv):
    pass


def test_a_layer_that_inherits_its_arithmetic_is_a_custom_one():
    net = jaxcnn.Sequential([OwnActivation("relu"), OwnConv(2, 3)])
    visits = [*walk(net, (8, 8, 2))]
    window = describe(visits[1], {})[1]["window"]  # the class may change the rest
    assert [purpose(visit) for visit in visits] == [CUSTOM, CUSTOM]
    assert notation(visits[1], window) == []


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            L.Conv(2, (4, 4), 2),
            "4×4: the window has 4 rows and 4 columns; /2: it moves by 2 rows or columns at a "
            "time; SAME: zeros where the window reaches beyond the map, so that only the stride "
            "makes the map smaller, 4×4",
        ),
        (
            L.Conv(2, (3, 1), padding="VALID", kernel_dilation=2),
            "3×1: the window has 3 rows and 1 column; dilation 2: its numbers are 2 rows or "
            "columns apart; VALID: the window stays inside of the map, so that 4×8 places are left",
        ),
        (
            L.Conv(2, (1, 1)),
            "1×1: the window is a single place, which needs no padding: SAME adds none",
        ),
        (
            L.MaxPool(3, 1, padding=1),
            "3×3: the window has 3 rows and 3 columns; padding 1: 1 row or column of places that "
            "do not count on each side, so that the map keeps its size, 8×8",
        ),
        (
            L.ConvTranspose(2, (4, 4), 2),
            "4×4: each number is spread over 4 rows and 4 columns; stride 2: 2 rows or columns "
            "from one number to the next, so that 8×8 becomes 16×16",
        ),
        (
            L.ConvTranspose(2, (1, 1), 2),
            "1×1: each number is spread over 1 row and 1 column; stride 2: 2 rows or columns "
            "from one number to the next, so that 8×8 becomes 16×16",
        ),
        (
            L.ConvTranspose(2, (3, 3)),
            "3×3: each number is spread over 3 rows and 3 columns; stride 1: 1 row or column from "
            "one number to the next, so that the map keeps its size, 8×8",
        ),
        (
            L.Conv(2, (2, 2), padding=((0, 1), (0, 1))),
            "2×2: the window has 2 rows and 2 columns; padding: zeros beyond the map, 1 row below, "
            "1 column on the right, so that the map keeps its size, 8×8",
        ),
        (
            L.Conv(2, (4, 4), 2, padding=(1, 2)),
            "4×4: the window has 4 rows and 4 columns; /2: it moves by 2 rows or columns at a "
            "time; padding: zeros beyond the map, 1 row above, 1 row below, 2 columns on the left, "
            "2 columns on the right, so that 8×8 becomes 4×5",
        ),
        (
            L.Conv(2, (4, 4), 2, padding=1),
            "4×4: the window has 4 rows and 4 columns; /2: it moves by 2 rows or columns at a "
            "time; padding 1: 1 row or column of zeros on each side, so that 8×8 becomes 4×4",
        ),
        (
            L.MaxPool(3, ceil_mode=True),
            "3×3: the window has 3 rows and 3 columns; stride 3: it moves by 3 rows or columns at "
            "a time; VALID: only the last windows reach beyond the map, to make it 3×3",
        ),
        (
            L.WhiteningConv(1),
            "1×1: the window is a single place, which needs no padding: VALID adds none",
        ),
        (L.AdaptiveAvgPool((2, 3)), "2×3: the grid has 2 rows and 3 columns"),
        (L.GlobalAvgPool(), ""),
    ],
)
def test_short_notation_is_spelled_out(layer, expected):
    (visit,) = walk(jaxcnn.Sequential([layer]), (8, 8, 2))
    weights = {}
    if isinstance(layer, L.WhiteningConv):
        weights["kernel"] = np.zeros((1, 1, 2, 4))
    if isinstance(layer, L.Conv | L.ConvTranspose):
        assert isinstance(layer.kernel_size, tuple)
        weights["kernel"] = np.zeros((*layer.kernel_size, 2, 2))
    options = describe(visit, weights)[1]
    assert "; ".join(notation(visit, options.get("window"))) == expected


@dataclasses.dataclass(frozen=True)
class Patches(Twice):
    """A layer that knows its receptive field, and has no window for tiles."""

    def receptive_field(self, input_shape):
        del input_shape
        return L.ReceptiveField((3, 5), (1, 1), (1, 2))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Patches(), {"sizes": (3, 5), "starts": (-1, -2), "wraps": False}),
        (
            L.WeightNorm(L.Conv(2, 3, padding="CIRCULAR")),
            {"sizes": (3, 3), "starts": (-1, -1), "wraps": True},
        ),
        (Twice(), None),
    ],
    ids=["custom", "circular", "unknown"],
)
def test_a_receptive_field_is_a_window_where_there_is_no_other(layer, expected):
    (visit,) = walk(jaxcnn.Sequential([layer]), (8, 8, 2))
    kind, options, _ = describe(visit, {})
    both = {"strides": (1, 1), "dilation": (1, 1)}
    assert (kind, options.get("window")) == ("other", expected and expected | both)
