"""Draw a roofline: how close each layer comes to the limits of the machine."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxcnn.explain.drawing._figure import (
    BLUE,
    GRAY,
    ORANGE,
    POINTS_PER_INCH,
    as_written,
    new_figure,
    quiet_frame,
)
from jaxcnn.explain.network._label_places import GAPS, places
from jaxcnn.profiling import LayerTime, Profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patheffects import AbstractPathEffect


@dataclasses.dataclass(frozen=True)
class Point:
    """Layers with the same costs, which share one point of the plot.

    Attributes:
        layers: One or more.
    """

    layers: tuple[LayerTime, ...]

    @property
    def seconds(self) -> float:
        """The time of all of them."""
        return sum(layer.seconds for layer in self.layers)

    @property
    def intensity(self) -> float:
        """FLOPs per byte."""
        return self.layers[0].row.intensity or 0.0

    @property
    def flops_per_second(self) -> float:
        """FLOPs per second of all of them together."""
        flops = sum(layer.flops_per_second * layer.seconds for layer in self.layers)
        return flops / self.seconds

    @property
    def text(self) -> str:
        """The layers' label, such as ``"4 × Conv 3×3 to 56×56×64"``."""
        row = self.layers[0].row
        shape = "×".join(map(str, row.output_shape or ()))
        times = f"{len(self.layers)} × " if len(self.layers) > 1 else ""
        return f"{times}{row.layer} to {shape}"


def points_of(profile: Profile) -> list[Point]:
    """Group the layers that multiply by their costs."""
    groups: dict[tuple, list[LayerTime]] = {}
    for layer in profile.layers:
        row = layer.row
        if row.flops:
            key = row.layer, row.output_shape, row.flops, row.bytes_moved, layer.passes
            groups.setdefault(key, []).append(layer)
    return [Point(tuple(layers)) for layers in groups.values()]


# Words, marker, color, and label. The first entry with a word in the layer's class applies.
KINDS = (
    (("Conv",), "o", BLUE, "convolution"),
    (("Dense", "SqueezeExcite"), "s", ORANGE, "dense"),
    (("Norm",), "^", GRAY, "normalization"),
    (("",), "X", "#BBBBBB", "other"),
)

MAX_LABELS = 8
SMALLEST_AREA, AREA_OF_ALL = 25.0, 900.0
"""Limits of a marker's area, in square points; it grows with the share of the time."""


def plot_roofline(profile: Profile, *, title: str = "Roofline") -> "Figure":
    """Draw a roofline plot: each layer's FLOPs per second against its FLOPs per byte.

    Use it to see whether a faster method could help. Layers under the slanted part of the roof are
    limited by memory. Layers under the flat part are limited by arithmetic. Layers with the same
    costs share one point. Layers without multiplications (activations, pooling) are not shown.

    Args:
        profile: From `jaxcnn.profiling.profile`.
        title: The figure's title, such as "resnet18".

    Returns:
        The figure: ``figure.savefig("roofline.png")`` writes it.

    Raises:
        ValueError: If no layer has multiplications.
        ImportError: If matplotlib is not installed.

    Source: Williams, Waterman and Patterson 2009, *Roofline: An Insightful Visual Performance
    Model for Multicore Architectures*.
    """
    points = sorted(points_of(profile), key=lambda point: -point.seconds)
    if not points:
        raise ValueError("profile: expected layers with multiplications, got none")
    figure = new_figure(10.0, 5.2, title=_title(profile, title), caption=_caption(profile, points))
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log")
    _draw_roofs(axes, profile, points)
    for words, marker, color, name in KINDS:
        own = [point for point in points if _kind(point) == words]
        if own:
            axes.scatter(
                [point.intensity for point in own],
                [point.flops_per_second / 1e9 for point in own],
                [_area(point, profile) for point in own],
                marker=marker,
                facecolor=color,
                alpha=0.75,  # so that points behind it are visible
                edgecolor="white",
                linewidth=0.7,
                zorder=3,
                label=name,
            )
    _finish(axes)
    _legend(axes, points[:MAX_LABELS], profile)
    _number(figure, axes, points, profile)
    return figure


def _kind(point: Point) -> tuple[str, ...]:
    name = point.layers[0].kind
    return next(words for words, *_ in KINDS if any(word in name for word in words))


def _area(point: Point, profile: Profile) -> float:
    return SMALLEST_AREA + AREA_OF_ALL * point.seconds / profile.layer_seconds


def _number(figure: "Figure", axes: "Axes", points: Sequence[Point], profile: Profile) -> None:
    """Number the first points; a line leads to a number that has no room beside its marker."""
    figure.draw_without_rendering()  # computes the layout, so that distances are known
    where = [(point.intensity, point.flops_per_second / 1e9) for point in points]
    centers = axes.transData.transform(where) * POINTS_PER_INCH / figure.dpi
    radii = [_area(point, profile) ** 0.5 / 2 for point in points]
    found = places(centers.tolist(), radii, min(MAX_LABELS, len(points)))
    for number, (x, y) in enumerate(found, start=1):
        away = x - centers[number - 1][0], y - centers[number - 1][1]
        is_far = math.hypot(*away) > radii[number - 1] + GAPS[0] + 1
        axes.annotate(
            str(number),
            where[number - 1],
            away,
            textcoords="offset points",
            ha="center",
            va="center_baseline",
            fontsize=9,
            fontweight="bold",
            zorder=4,
            path_effects=_halo(),
            arrowprops={"arrowstyle": "-", "linewidth": 0.7, "shrinkB": 0} if is_far else None,
        )


def _halo() -> list["AbstractPathEffect"]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


def _finish(axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="arithmetic intensity (FLOPs per byte)", ylabel="GFLOPs per second")
    quiet_frame(axes)


def _draw_roofs(axes: "Axes", profile: Profile, points: Sequence[Point]) -> None:
    limits = profile.limits
    every = [limits.ridge, *(point.intensity for point in points)]
    low, high = min(every) / 2, max(every) * 2
    axes.plot(
        [low, limits.ridge, high],
        [limits.attainable(x) / 1e9 for x in (low, limits.ridge, high)],
        color="black",
        linewidth=1.8,
        label="measured limits",
    )
    middle = (low * limits.ridge) ** 0.5
    for x, text in (
        (limits.ridge, f"{limits.flops_per_second / 1e9:.3g} GFLOP/s"),
        (middle, f"{limits.bytes_per_second / 1e9:.3g} GB/s"),
    ):
        place = x, limits.attainable(x) / 1e9
        axes.annotate(
            text,
            place,
            (0, 5),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            path_effects=_halo(),
        )
    flops = sum(layer.passes * (layer.row.flops or 0) for layer in profile.layers)
    axes.axhline(
        flops / profile.seconds / 1e9,
        color=GRAY,
        linestyle="--",
        linewidth=1,
        label="the network as one program",
    )
    axes.margins(y=0.12)


def _legend(axes: "Axes", largest: Sequence[Point], profile: Profile) -> None:
    """Draw the legend of kinds, and below it the layers that take most of the time."""
    kinds = axes.legend(
        frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0), markerscale=0.7
    )
    axes.add_artist(kinds)
    shares = [f"{point.seconds / profile.layer_seconds:.1%}" for point in largest]
    lines = [
        f"{number}   {share}   {as_written(point.text, 44)}"
        for number, (point, share) in enumerate(zip(largest, shares, strict=True), start=1)
    ]
    axes.text(
        1.03,
        0.0,
        "\n".join(["Largest shares of the layers' time:", *lines]),
        transform=axes.transAxes,
        va="bottom",
        fontsize=8.5,
        linespacing=1.5,
    )


def _title(profile: Profile, title: str) -> str:
    table = profile.summary
    what = "training step" if profile.train else "inference"
    return f"{title}: {what}, batch of {table.batch_size}, {table.dtype}, on {profile.device}"


def _caption(profile: Profile, points: Sequence[Point]) -> str:
    rest = 1 - sum(point.seconds for point in points) / profile.layer_seconds
    return (
        "The limits are a product of large matrices and a sum of large arrays, measured in the "
        f"same {profile.rounds} passes as the layers, each as a separate program. The area of a "
        f"point shows its time. Layers without multiplications ({rest:.0%} of the time) are not "
        "shown. A point is above a roof if its data stays in caches, or if its method needs fewer "
        "operations than are counted."
    )
