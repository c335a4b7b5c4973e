"""Draw the sum that makes one value within a network."""

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.drawing._drawable import as_rgb_image
from jaxcnn.explain.drawing._figure import as_written, new_figure, remove_frame
from jaxcnn.explain.drawing._signed_numbers import as_number, limit_of, show_signed, write_numbers
from jaxcnn.explain.units._explain_unit import UnitExplanation
from jaxcnn.explain.units._receptive_field import check_box, draw_box
from jaxcnn.explain.units._terms import INCHES_PER_BAR, Bar, draw_terms, factors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


WIDTH, WIDTH_OF_IMAGE = 9.0, 2.4  # in inches
MAX_SIDE, MAX_PLANES, MAX_NUMBERS = 5, 3, 27
"""Limits of a patch whose values are all written into cells."""

MAX_BARS = 12
MAX_LETTERS, LETTERS_PER_LINE = 400, 100  # of the printed sum; digits are wide
AXES = {1: ("input",), 2: ("row", "column"), 3: ("row", "column", "channel")}
NAMES = ("inputs of the layer", "× weights", "= products")


def plot_unit(
    explanation: UnitExplanation, image: ArrayLike, *, title: str | None = None
) -> "Figure":
    """Draw a unit's receptive field in the image, and the sum that makes its value.

    A patch of at most 27 values, such as 5×5 or 3×3×3, is drawn value by value, beside its weights
    and the products. For a larger patch, the largest terms of the sum are drawn as bars.

    Args:
        explanation: From `explain_unit`.
        image: The explained image, `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1.
        title: The figure's title; None means the unit's layer, channel and position.

    Returns:
        The figure: ``figure.savefig("unit.png")`` writes it.

    Raises:
        TypeError: If the image is neither uint8 nor floating point.
        ValueError: If the image has the wrong shape, or does not contain the receptive field.
        ImportError: If matplotlib is not installed.
    """
    picture = as_rgb_image(image)
    if explanation.box is not None:
        check_box(picture, explanation.box)
    planes = _planes(explanation)
    if planes:
        height = 2.1 * len(planes[0])
    elif np.size(explanation.inputs) == 1:
        height = 2.0
    else:
        height = INCHES_PER_BAR * (min(np.size(explanation.inputs), MAX_BARS) + 4)
    figure = new_figure(
        WIDTH,
        max(height, 2.4) + 1.4,
        title=_title(explanation) if title is None else title,
        caption=_caption(explanation),
    )
    cells = figure.add_gridspec(1, 2, width_ratios=[WIDTH_OF_IMAGE, WIDTH - WIDTH_OF_IMAGE])
    _draw_image(figure.add_subplot(cells[0, 0]), picture, explanation)
    if planes:
        grid = cells[0, 1].subgridspec(len(planes[0]), len(planes))
        axes = [
            [figure.add_subplot(grid[row, column]) for column in range(len(planes))]
            for row in range(len(planes[0]))
        ]
        _draw_planes(axes, planes, explanation)
    elif np.size(explanation.inputs) == 1:
        _write(figure.add_subplot(cells[0, 1]), str(explanation))
    else:
        draw_terms(figure.add_subplot(cells[0, 1]), *_terms(explanation))
    return figure


def _planes(explanation: UnitExplanation) -> list[np.ndarray]:
    """Return inputs, weights and products, `(C, h, w)` each, if few enough to be written."""
    arrays = [
        np.asarray(array, np.float32)
        for array in (explanation.inputs, explanation.weights, explanation.products)
    ]
    arrays = [array[..., None] if array.ndim == 2 else array for array in arrays]
    *sides, planes = arrays[0].shape or (0,)
    few = planes <= MAX_PLANES and arrays[0].size <= MAX_NUMBERS
    if len(sides) != 2 or max(sides) > MAX_SIDE or not few:
        return []
    return [array.transpose(2, 0, 1) for array in arrays]


def _draw_image(axes: "Axes", picture: np.ndarray, explanation: UnitExplanation) -> None:
    if explanation.box is None:
        axes.imshow(picture, interpolation="nearest")
        axes.set_title("the image", fontsize=10)
    else:
        draw_box(axes, picture, explanation.box)
        axes.set_title("the image and the unit's\nreceptive field", fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def _draw_planes(
    axes: "list[list[Axes]]", planes: list[np.ndarray], explanation: UnitExplanation
) -> None:
    """Draw one row of grids per channel, with columns for inputs, weights and products."""
    inside = np.asarray(explanation.inside)
    inside = (inside[..., None] if inside.ndim == 2 else inside).transpose(2, 0, 1)
    for column, (name, arrays) in enumerate(zip(NAMES, planes, strict=True)):
        limit = limit_of(arrays)
        for row, numbers in enumerate(arrays):
            place = axes[row][column]
            show_signed(place, np.where(inside[row], numbers, np.nan), limit)
            remove_frame(place)
            dark = inside[row] & (numbers < -0.1 * limit)
            cell = (WIDTH - WIDTH_OF_IMAGE - 1) / 3 / numbers.shape[1]
            write_numbers(place, numbers, cell, colors=np.where(dark, "white", "black"))
            if row == 0:
                place.set_title(name, fontsize=10)
            if column == 0 and len(arrays) > 1:
                place.set_ylabel(f"channel {row}", fontsize=9)


def _write(axes: "Axes", text: str) -> None:
    axes.axis("off")
    lines = textwrap.fill(as_written(text, 200), 40)
    axes.text(0.5, 0.5, lines, ha="center", va="center", fontsize=14)


def _terms(explanation: UnitExplanation) -> tuple[list[Bar], Bar]:
    """Return the largest terms, the sum of all others, and the bias; and their total."""
    products = np.asarray(explanation.products, np.float64)
    inputs, weights = np.ravel(explanation.inputs).tolist(), np.ravel(explanation.weights).tolist()
    bars = []
    for index in np.argsort(-np.abs(products), axis=None, kind="stable")[:MAX_BARS].tolist():
        name = _name(np.unravel_index(index, products.shape), products.ndim)
        value = float(products.ravel()[index])
        bars.append(Bar(value, factors(name, inputs[index], weights[index])))
    if products.size > MAX_BARS:
        rest = products.sum() - sum(bar.value for bar in bars)
        bars.append(Bar(rest, f"the other {products.size - MAX_BARS:,} terms"))
    bars.append(Bar(float(explanation.bias), "bias"))
    return bars, Bar(float(explanation.value), "the unit, the sum")


def _name(place: tuple[np.intp, ...], axes: int) -> str:
    names = AXES.get(axes, ("",) * axes)
    return ", ".join(f"{name} {index}".strip() for name, index in zip(names, place, strict=True))


def _title(explanation: UnitExplanation) -> str:
    unit, position = explanation.unit, ", ".join(map(str, explanation.position))
    at = f" at ({position})" if position else ""
    return f"Layer {unit.layer} ({explanation.kind}), channel {unit.channel}{at}"


def _caption(explanation: UnitExplanation) -> str:
    count = np.size(explanation.inputs)
    if count == 1:
        return "The layer computes each of its outputs from a single input."
    if not _planes(explanation):
        return (
            f"The unit is {as_number(float(explanation.value))}: the sum of {count:,} products "
            "input·weight, in parentheses, and a bias. Rows and columns are those of the patch "
            "that the layer reads."
        )
    return (
        f"{_sum(explanation)}\nEach value on the left, times the weight at the same position in "
        "the middle, is the product on the right. Gray is 0, lighter "
        "(yellow) is positive, darker (blue) is negative, white is padding."
    )


def _sum(explanation: UnitExplanation) -> str:
    text = str(explanation)
    if len(text) <= MAX_LETTERS:
        return textwrap.fill(text, LETTERS_PER_LINE)
    products, bias, value = (
        as_number(float(number))
        for number in (explanation.products.sum(), explanation.bias, explanation.value)
    )
    return f"The products sum to {products}; with the bias, {bias}, the unit is {value}."
