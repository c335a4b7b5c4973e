"""Colours of numbers that have a sign: what zero looks like, and which way is up."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._figure import figure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage


DARK_BLUE_TO_PALE_YELLOW = ("#0b1a4a", "#1d4f9e", "#7f7f7f", "#f0a13c", "#fff3c0")
"""Minus is dark and blue, zero mid-gray, plus light and yellow. Lightness rises evenly along it
(CIE L* 11, 35, 53, 72, 96), so that gray print keeps the order, and blue and yellow are told apart
by colour-blind readers, too."""

COLORS = 257  # an odd number: one of them is for zero

WORDS = "Gray is 0, light and yellow above 0, dark and blue below."


def signed_colors() -> "Colormap":
    """The colour map of numbers with a sign; what is NaN is white."""
    from matplotlib.colors import LinearSegmentedColormap

    colors = LinearSegmentedColormap.from_list("signed", DARK_BLUE_TO_PALE_YELLOW, N=COLORS)
    return colors.with_extremes(bad="white")


def limit_of(values: np.ndarray) -> float:
    """The largest absolute value, at which a scale ends on both sides; 1 where all are 0."""
    return float(np.nanmax(np.abs(values))) or 1.0


def show_signed(axes: "Axes", values: np.ndarray, limit: float) -> "AxesImage":
    """Draw `(H, W)` numbers from minus `limit` to `limit`; zero is the middle colour."""
    return axes.imshow(
        values, cmap=signed_colors(), vmin=-limit, vmax=limit, interpolation="nearest"
    )


def add_color_bar(
    axes: "Axes | Sequence[Axes]", image: "AxesImage", label: str, ends: tuple[float, float]
) -> "Colorbar":
    """Add the bar that says what the colours mean.

    Args:
        axes: beside which it stands.
        image: whose colours they are; its scale is symmetric around 0.
        label: the quantity and its unit.
        ends: the smallest and the largest number there is: the bar shows the scale from one to
            the other, and 0.
    """
    from matplotlib.axes import Axes

    figure = figure_of(axes if isinstance(axes, Axes) else axes[0])
    low, high = min(ends[0], 0.0), max(ends[1], 0.0)
    if low == high:
        low, high = image.get_clim()
    apart = 0.06 * (high - low)  # numbers closer together would overlap
    ticks = [0.0, *(end for end in (low, high) if abs(end) > apart)]
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, aspect=25)
    bar.ax.set_ylim(low, high)
    bar.set_ticks(ticks, labels=[as_number(tick) for tick in ticks])
    bar.set_label(label, fontsize=9, labelpad=2)
    bar.ax.tick_params(labelsize=9)
    return bar


def as_number(value: float) -> str:
    """A number in a few letters, with a real minus sign: 3, −0.25, 1.2e−05."""
    rounded = float(f"{value:.3g}") + 0.0  # makes -0 a 0
    text = f"{rounded:.0f}" if rounded == round(rounded) and abs(rounded) < 1e6 else f"{rounded:g}"
    return text.replace("-", "−")
