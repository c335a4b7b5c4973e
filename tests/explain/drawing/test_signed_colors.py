import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxcnn.explain.drawing import (
    add_color_bar,
    as_number,
    limit_of,
    show_signed,
    signed_colors,
)


def luminance(colors):
    """CIE Y of sRGB colors: what gray print keeps."""
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_gray_print_keeps_the_order_and_zero_is_a_gray_half_way():
    colors = signed_colors()(np.linspace(0, 1, 257))[:, :3]
    assert (np.diff(luminance(colors)) > 0).all()
    middle = colors[128]
    assert np.ptp(middle) < 0.01
    lightness = 116 * np.cbrt(luminance(colors[[0, 128, 256]])) - 16
    assert np.diff(lightness) == pytest.approx([42, 42], abs=2)


def test_the_scale_is_symmetric_and_nan_is_white():
    axes = Figure().subplots()
    image = show_signed(axes, np.array([[-3.0, np.nan]]), 5)
    assert image.get_clim() == (-5, 5)
    assert image.to_rgba(np.ma.masked_invalid([np.nan]))[0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((-2.0, 4.0), ["0", "−2", "4"]),
        ((1.0, 4.0), ["0", "4"]),
        ((-0.1, 4.0), ["0", "4"]),  # the two would overlap
        ((-4.0, -1.0), ["0", "−4"]),
        ((0.0, 0.0), ["0", "−4", "4"]),
    ],
)
def test_the_bar_ends_where_the_numbers_end(ends, ticks):
    axes = Figure().subplots()
    bar = add_color_bar(axes, show_signed(axes, np.zeros((2, 2)), 4), "volts", ends)
    assert bar.ax.get_ylabel() == "volts"
    assert [label.get_text() for label in bar.ax.get_yticklabels()] == ticks


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.25, "−0.25"),
        (1 / 3, "0.333"),
        (6600.0, "6600"),
        (-0.0, "0"),
        (1.2e-5, "1.2e−05"),
    ],
)
def test_numbers_in_few_letters(value, text):
    assert as_number(value) == text


def test_limit():
    assert limit_of(np.array([1, -3, np.nan])) == 3
    assert limit_of(np.zeros(2)) == 1
