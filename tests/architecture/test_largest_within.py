"""The largest member within the limits, against a search by hand."""

import itertools

import pytest

from jaxcnn import (
    Conv,
    Dense,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Sequential,
    largest_within,
    summary,
)

OPTIONS = {"width": range(4, 33, 4), "depth": (1, 2, 3, 4)}
SHAPE = (12, 12, 3)


def family(width, depth):
    blocks = [layer for _ in range(depth) for layer in (Conv(width, 3), MaxPool(2))]
    return Sequential([*blocks, GlobalAvgPool(), Dense(10)])


def members():
    """All that fit the input: three poolings halve 12 pixels to 1, and a fourth finds too few."""
    for width, depth in itertools.product(OPTIONS["width"], (1, 2, 3)):
        table = summary(family(width, depth), SHAPE)
        yield table, {"width": width, "depth": depth}


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"max_params": 3000},
        {"max_macs": 200_000},
        {"min_receptive_field": 10, "max_params": 5000},
        {"max_params": 8000, "max_macs": 400_000, "min_receptive_field": 22},
    ],
)
def test_is_the_largest_of_those_that_fit(limits):
    fitting = [
        (table.macs, table.parameters, options)
        for table, options in members()
        if table.parameters <= limits.get("max_params", table.parameters)
        and table.macs <= limits.get("max_macs", table.macs)
        and min(table.receptive_field) >= limits.get("min_receptive_field", 0)
    ]
    assert 0 < len(fitting) <= 24
    best = largest_within(family, OPTIONS, input_shape=SHAPE, **limits)
    assert (best.macs, best.parameters, best.options) == max(fitting, key=lambda found: found[:2])
    assert best.architecture == family(**best.options)


def test_limits_are_reached_exactly():
    table = summary(family(16, 2), SHAPE)
    limits = {"max_params": table.parameters, "max_macs": table.macs}
    best = largest_within(family, OPTIONS, input_shape=SHAPE, min_receptive_field=10, **limits)
    assert best.options == {"width": 16, "depth": 2}


def test_of_equal_macs_the_one_of_more_parameters():
    def with_or_without_bias(bias):
        return Conv(4, 3, use_bias=bool(bias))

    for values in ((0, 1), (1, 0)):
        best = largest_within(with_or_without_bias, {"bias": values}, input_shape=SHAPE)
        assert best.options == {"bias": 1}


def test_members_that_are_no_sequential_may_misfit_too():
    def one(size):
        return Conv(2, size, padding="VALID")

    def summed(size):
        return Residual([one(size)])

    for make, values in ((one, (3, 99)), (summed, (3, 1))):
        with pytest.raises(
            ValueError, match="input_shape: expected a shape that a member of the family fits"
        ):
            largest_within(make, {"size": [99]}, input_shape=(9, 9, 2))
        best = largest_within(make, {"size": values}, input_shape=(9, 9, 2))
        assert best.options == {"size": 3 if make is one else 1}


def test_where_none_fits_the_nearest_is_named():
    parameters = summary(family(4, 1), SHAPE).parameters
    message = (
        r"max_params: expected limits that a member of the family meets, got 100 "
        r"\(the nearest is width=4, depth=1 "
        rf"\({parameters} parameters, .* MACs, receptive field 4\)"
    )
    with pytest.raises(ValueError, match=message):
        largest_within(family, OPTIONS, input_shape=SHAPE, max_params=100)
    with pytest.raises(ValueError, match=r"min_receptive_field: .* got 1,000 .* depth=3 \("):
        largest_within(family, OPTIONS, input_shape=SHAPE, min_receptive_field=1000)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((family, {"width": (), "depth": (1,)}), {}, ValueError, "options: .* none for 'width'"),
        ((family, {"width": 8}), {}, TypeError, "options: expected arguments .* got {'width': 8}"),
        ((family, [("width", 8)]), {}, TypeError, "options: expected arguments with the values"),
        (
            (family, {"width": (8,), "depth": (9,)}),
            {},
            ValueError,
            "input_shape: .* fits, got .*MaxPool",
        ),
        ((lambda width: width, {"width": (8,)}), {}, TypeError, "architecture: expected a layer"),
        ((family, OPTIONS), {"max_params": 1.5}, TypeError, "max_params: expected an integer"),
        ((family, OPTIONS), {"max_macs": 0}, ValueError, "max_macs: expected at least 1"),
        ((family, OPTIONS), {"input_shape": (0, 3)}, ValueError, "input_shape: expected positive"),
    ],
)
def test_bad_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        largest_within(*arguments, **{"input_shape": SHAPE, **options})
