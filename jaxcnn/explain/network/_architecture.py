"""Draw a network as the volumes that it computes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxcnn._support.units import short
from jaxcnn.architecture import check_input_shape
from jaxcnn.explain.drawing._figure import GRAY, new_figure
from jaxcnn.explain.network._boxes import LayerBox, Stage, boxes, stages
from jaxcnn.explain.network._layout import (
    FAN,
    LABEL_SIZE,
    LETTER,
    LINE,
    MARGIN,
    MAX_SOLIDS_PER_GROUP,
    Column,
    Solid,
    as_text,
    columns,
)
from jaxcnn.explain.network._solids import SKIPS, STYLES, draw_skip, draw_solid
from jaxcnn.layers import Layer, check_layer

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_ALONE = 12
"""Maximum number of boxes that are drawn one by one, if they fit in a row."""

HANDLE = 0.75
"""Width of a legend's entry in inches, without its letters."""

LEGEND = 0.35
"""Height of the legend with its margins, in inches."""

MAX_ROW_WIDTH = 13.5
"""Maximum width of a row of stages in inches; further stages go into a row below."""


def plot_architecture(
    architecture: Layer, input_shape: Sequence[int], *, title: str = "Network"
) -> "Figure":
    """Draw a network as boxes, higher for more rows and wider for more channels.

    Use it in reports and talks. `jaxcnn.summary` shows the same network as a table. Each box stands
    for the feature maps of a layer or stage. A network of about ten layers fits in a row, and is
    drawn layer by layer. In a deeper network, the layers and blocks of one spatial size form a
    stage. The label of the stage says how many layers and blocks it has. Layers that work value by
    value (activations, normalization, dropout) belong to the box before them. Above a box is the
    name of the layer's container, or the layer's own name if none of its containers has a name.

    Args:
        architecture: The network's architecture.
        input_shape: The shape of one example, without a batch axis: ``(H, W, C)``.
        title: The figure's title, such as "lenet5".

    Returns:
        The figure: ``figure.savefig("lenet5.png")`` writes it.

    Raises:
        TypeError: If `architecture` is not a layer.
        ValueError: If the shape is not valid, or a layer does not fit its input.
        ImportError: If matplotlib is not installed.

    Example:
        >>> import jaxcnn
        >>> figure = plot_architecture(jaxcnn.models.lenet5(), (32, 32, 1), title="lenet5")
        >>> figure.get_suptitle()
        'lenet5: 61.7 k parameters, 417 k MACs'
    """
    check_layer(architecture)
    shape = check_input_shape(tuple(input_shape))
    costs = architecture.costs(shape)
    found = boxes(architecture, shape)
    together = stages(found, by_size=len(found) > MAX_ALONE)
    rows = _rows(columns(together))
    if len(rows) > 1:
        together = stages(found, by_size=True)
        rows = _rows(columns(together))
    width = max(sum(column.width + MARGIN for column in row) for row in rows)
    handles = _handles(found)
    legend_width = sum(HANDLE + LETTER * len(str(handle.get_label())) for handle in handles)
    heights = [_height(row) for row in rows]
    figure = new_figure(
        max(width, legend_width, 6.5) + 0.3,
        sum(heights) + LEGEND + 0.9,
        title=(f"{title}: {short(costs.parameters)} parameters, {short(costs.macs)} MACs"),
        caption=_caption(found, together),
    )
    axes = figure.subplots()
    y = 0.0
    for row, height in zip(rows, heights, strict=True):
        _draw_row(axes, row, y - max(column.top for column in row) - 0.35)
        y -= height
    axes.set(xlim=(-0.1, width), ylim=(y, LEGEND), aspect="equal")
    axes.set_axis_off()
    axes.legend(
        handles=handles,
        loc="upper center",
        ncols=len(handles),
        frameon=False,
        fontsize=LABEL_SIZE + 0.5,
    )
    return figure


def _rows(every: list[Column]) -> list[list[Column]]:
    rows: list[list[Column]] = [[]]
    for column in every:
        if rows[-1] and sum(c.width + MARGIN for c in (*rows[-1], column)) > MAX_ROW_WIDTH:
            rows.append([])
        rows[-1].append(column)
    return rows


def _height(row: list[Column]) -> float:
    """The height of a row: volumes, names above and labels below."""
    volumes = max(column.top for column in row) - min(column.bottom for column in row)
    return volumes + LINE * max(len(column.lines) for column in row) + 0.55


def _draw_row(axes: "Axes", row: list[Column], y: float) -> None:
    """Draw stages from left to right with their middles at height `y`."""
    x = 0.0
    label_y = y + min(column.bottom for column in row) - 0.12
    end = None
    for column in row:
        left = x + (column.width - column.drawn_width) / 2
        if end is not None:
            axes.annotate(
                "",
                (left - 0.03, y),
                (end + 0.03, y),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": GRAY,
                    "linewidth": 1,
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
            )
        _draw_column(axes, column, left, y)
        end = left + column.drawn_width
        middle = x + column.width / 2
        name_y = y + column.top + 0.1
        axes.text(middle, name_y, column.name, ha="center", fontsize=LABEL_SIZE, fontweight="bold")
        for number, line in enumerate(column.lines):
            axes.text(
                middle,
                label_y - number * LINE,
                line.replace("$", r"\$"),
                ha="center",
                va="top",
                fontsize=LABEL_SIZE,
                fontweight="normal" if number else "bold",
            )
        x += column.width + MARGIN


def _draw_column(axes: "Axes", column: Column, x: float, y: float) -> None:
    for solid in column.solids:
        draw_solid(axes, x + solid.x, y + solid.y, solid.size, solid.box.kind)
        if solid.box.skip:
            draw_skip(axes, x + solid.x, y + solid.y, solid.size, solid.box.skip)
    for lane in column.lanes:
        _draw_lane(axes, lane, x, x + column.drawn_width, y)


def _draw_lane(axes: "Axes", lane: Sequence[Solid], start: float, end: float, y: float) -> None:
    height = y + lane[0].y
    for solid in lane:
        draw_solid(axes, start + solid.x, y + solid.y, solid.size, solid.box.kind)
    last = lane[-1]
    out = start + last.x + last.size.width + last.size.depth / 2
    style = {"color": GRAY, "linewidth": 1}
    axes.plot([start, start + 0.8 * FAN, start + FAN], [y, height, height], **style)
    axes.plot([out, end - 0.8 * FAN, end], [height, height, y], zorder=0, **style)


def _handles(found: Sequence[LayerBox]) -> list["Artist"]:
    """Return the legend's entries: the kinds of boxes and of skips that occur."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    every = [*found, *(inner for box in found for lane in box.lanes for inner in lane)]
    kinds = {box.kind for box in every if not box.lanes}
    skips = {box.skip for box in every}
    patches = [
        Patch(facecolor=color, hatch=hatch, edgecolor="#333333", linewidth=0.6, label=label)
        for kind, (color, hatch, label) in STYLES.items()
        if kind in kinds
    ]
    lines = [
        Line2D([], [], linestyle=style, color="black", label=label)
        for skip, (style, label) in SKIPS.items()
        if skip in skips
    ]
    return [*patches, *lines]


def _caption(found: Sequence[LayerBox], together: Sequence[Stage]) -> str:
    axes = max(len(box.shape) for box in found)
    if axes < 2:
        size = "Width of a box: its features (logarithm)."
    else:
        what = {2: "length", 3: "height and width"}.get(axes, "last two spatial sizes")
        size = (
            f"The height {'' if axes == 2 else 'and depth '}of a box is the square root of its "
            f"{what}; its width is the logarithm of its channels."
        )
    many = any(
        len(group.boxes) > MAX_SOLIDS_PER_GROUP for stage in together for group in stage.groups
    )
    cut = f" Of more than {MAX_SOLIDS_PER_GROUP} equal boxes, {MAX_SOLIDS_PER_GROUP} are drawn."
    return (
        f"{size}{cut if many else ''} Below: output shape, layers, trainable parameters. "
        f"MACs: multiply-accumulates for one input of {as_text(found[0].shape)}."
    )
