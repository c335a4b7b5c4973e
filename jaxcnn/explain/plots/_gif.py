"""A figure that moves: drawn again and again, and kept as one GIF file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn._support.extras import import_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = 48
"""So few make small files; letters keep the grays of their edges."""


def checked_path(path: str | os.PathLike[str], milliseconds: int) -> Path:
    """The path, before anything is drawn.

    Raises:
        ValueError: If its name ends in something other than ``.gif``, or `milliseconds`, for which
            each frame is to be seen, is below 20.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"path must end in .gif; got {path.name}")
    if milliseconds < 20:  # browsers show shorter ones at a speed of their own
        raise ValueError(f"milliseconds must be at least 20; got {milliseconds}")
    return path


def save_gif(
    path: Path,
    figure: "Figure",
    show: Callable[[int], None],
    frames: int,
    *,
    milliseconds: int,
) -> None:
    """Draw a figure as often as there are frames, and write them to a GIF that starts again.

    Args:
        path: Where to.
        figure: Laid out at its first frame, and not again.
        show: Changes the figure's artists to those of frame 0, 1, ...
        frames: How many.
        milliseconds: How long each is seen; the last one three times as long.

    Raises:
        ImportError: Where Pillow is missing.
    """
    pillow = import_extra("PIL.Image")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    pictures = []
    for frame in range(frames):
        show(frame)
        canvas.draw()
        figure.set_layout_engine("none")  # nothing moves but what `show` moves
        pictures.append(pillow.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    # The last frame has all colours that occur; one palette for all keeps them from flickering.
    palette = pictures[-1].quantize(COLORS)
    first, *others = [picture.quantize(palette=palette, dither=0) for picture in pictures]
    durations = [milliseconds] * (frames - 1) + [3 * milliseconds]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
