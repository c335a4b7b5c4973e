import itertools

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import Conv


@pytest.mark.parametrize(
    ("conv", "input_shape", "expected"),
    [
        (Conv(1, 5, padding="VALID"), (32, 32, 3), (28, 28, 1)),  # guide row A2.1
        (Conv(2, 5, padding="VALID"), (32, 32, 3), (28, 28, 2)),  # guide row A2.3
        (Conv(3, 5, padding="VALID"), (32, 32, 3), (28, 28, 3)),  # guide row A2.8
        (Conv(6, 5, padding="VALID"), (28, 28, 3), (24, 24, 6)),  # guide row A2.8
        (Conv(3, 3, padding="VALID"), (5, 5, 1), (3, 3, 3)),  # guide row A2.17
        (Conv(3, 3, padding="VALID"), (100, 100, 3), (98, 98, 3)),  # guide row A5.8
    ],
)
def test_output_shapes_of_the_guides(conv, input_shape, expected):
    assert conv.output_shape(input_shape) == expected
    assert built.output_shape(conv, input_shape) == expected


@pytest.mark.parametrize(
    ("conv", "channels", "expected"),
    [
        (Conv(1, 5), 3, 76),  # guide row A5.4, and the next four
        (Conv(2, 5), 3, 152),
        (Conv(3, 5), 3, 228),
        (Conv(3, 3), 3, 84),
        (Conv(3, 3), 1, 30),
        (Conv(32, 3), 3, 896),  # guide row A5.12, and the next
        (Conv(32, 3), 32, 9248),
        (Conv(32, 3, use_bias=False), 32, 9216),
        (Conv(8, (3, 5), feature_group_count=4), 4, (15 * 1 + 1) * 8),
    ],
)
def test_parameters(conv, channels, expected):
    costs = conv.costs((9, 8, channels))
    assert costs.parameters == expected == built.variables(conv, (9, 8, channels))
    assert costs.bytes == 4 * expected


def test_multiplications_of_the_guide():
    assert Conv(1, 5, padding="VALID").costs((5, 5, 3)).macs == 75  # guide row A2.2
    assert Conv(1, 5, padding="VALID").costs((32, 32, 3)).macs == 58_800


def multiplications(size, window, step, pads):
    """Pairs of output and tap along one axis, counted one by one."""
    starts = range(-pads[0], size + pads[1] - window[0] * window[1] + window[1], step)
    return len(list(itertools.product(starts, range(window[0]))))


def test_macs_are_those_of_the_loops():
    conv = Conv(
        6, (3, 2), strides=(2, 3), padding=((1, 0), (2, 1)), kernel_dilation=(2, 1),
        feature_group_count=2,
    )  # fmt: skip
    rows = multiplications(9, (3, 2), 2, (1, 0))
    columns = multiplications(11, (2, 1), 3, (2, 1))
    assert conv.costs((9, 11, 4)).macs == rows * columns * 6 * 4 // 2


def test_counts_do_not_overflow():
    costs = Conv(10**6, 100).costs((10**6, 10**6, 10**6))
    assert costs.parameters == (10**10 + 1) * 10**6
    assert costs.macs == 10**10 * 10**18


@pytest.mark.parametrize("input_shape", [(8, 5), (8, 5, 3), (4, 5, 6, 2)])
def test_one_size_holds_for_all_axes(input_shape):
    conv = Conv(7, 3, strides=2, kernel_dilation=1)
    expected = (*(-(-size // 2) for size in input_shape[:-1]), 7)
    assert conv.output_shape(input_shape) == built.output_shape(conv, input_shape) == expected


@pytest.mark.parametrize(
    ("conv", "window"),
    [
        (Conv(2, 3, padding="VALID"), ((3, 3), (1, 1), (0, 0))),
        (Conv(2, (2, 5), strides=(3, 1), padding="VALID"), ((2, 5), (3, 1), (0, 0))),
        (
            Conv(2, (3, 2), strides=2, kernel_dilation=(3, 4), padding="VALID"),
            ((7, 5), (2, 2), (0, 0)),
        ),
        (Conv(2, 4, padding=((3, 0), 2)), ((4, 4), (1, 1), (3, 2))),
        # SAME at stride 2 pads the odd size on both sides, and the even one on the far side.
        (Conv(2, 3, strides=2), ((3, 3), (2, 2), (1, 0))),
        (Conv(2, 2, strides=2), ((2, 2), (2, 2), (0, 0))),
        (Conv(2, 5), ((5, 5), (1, 1), (2, 2))),
    ],
)
def test_window_is_what_moves_an_output(conv, window):
    shape, positions = (15, 16, 2), [(0, 0), (1, 2)]
    assert conv.receptive_field(shape) == window
    assert built.footprints(conv, shape, positions) == built.boxes(window, shape, positions)


@pytest.mark.thorough
def test_window_of_circular_padding_begins_on_the_other_side():
    window = Conv(1, 4, padding="CIRCULAR").receptive_field((8, 3))
    assert window == ((4,), (1,), (1,))
    ones = jnp.ones((1, 8, 3))
    module = built.module(Conv(1, 4, padding="CIRCULAR"), (8, 3))
    moved = np.abs(jax.grad(lambda x: module(x)[0, 0].sum())(ones)[0]).sum(-1) > 0
    expected = {i % 8 for i in range(-1, 3)}
    assert set(np.flatnonzero(moved)) == expected


def test_window_in_one_and_three_axes():
    assert Conv(1, 3).receptive_field((9, 2)) == ((3,), (1,), (1,))
    assert Conv(1, 3, strides=2).receptive_field((9, 8, 7, 2)) == ((3, 3, 3), (2, 2, 2), (1, 0, 1))


@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        (
            (8,),
            r"input_shape: expected \(\*spatial, channels\) with 1 to 3 spatial axes, got \(8,\)",
        ),
        ((2, 2, 2, 2, 2), r"with 1 to 3 spatial axes, got \(2, 2, 2, 2, 2\)"),
        ((8, 8, 5), "feature_group_count: expected a divisor of the input's 5 channels, got 2"),
        ((8, 4), r"kernel_size: expected an integer, or one per axis .1."),
        ((2, 9, 4), "expected at least 3×3, got 2×9"),
    ],
)
def test_input_that_does_not_fit(input_shape, text):
    conv = Conv(4, (3, 3), padding="VALID", feature_group_count=2)
    for use in (conv.output_shape, conv.costs, lambda s: built.module(conv, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)
