"""Tools that all plots share.

- `_figure`: the figure with title and caption, and colors (`new_figure`, `BLUE`, `ORANGE`, ...).
- `_mosaic`: many small images in one.
- `_drawable`: arrays checked and converted to images.
- `_signed_numbers`: numbers with a sign as colors, and written in a grid.
"""

from jaxcnn.explain.drawing._figure import (
    BLUE,
    GRAY,
    ORANGE,
    PALE_BLUE,
    PALE_GRAY,
    PALE_ORANGE,
    as_written,
    new_figure,
    quiet_frame,
    quiet_rows,
    remove_frame,
)
from jaxcnn.explain.drawing._mosaic import columns_for, hatch_outside, middles, mosaic, pitch
from jaxcnn.explain.drawing._signed_numbers import (
    add_color_bar,
    as_number,
    draw_grid,
    limit_of,
    show_signed,
    signed_colors,
    write_numbers,
)

__all__ = [
    "BLUE",
    "GRAY",
    "ORANGE",
    "PALE_BLUE",
    "PALE_GRAY",
    "PALE_ORANGE",
    "add_color_bar",
    "as_number",
    "as_written",
    "columns_for",
    "draw_grid",
    "hatch_outside",
    "limit_of",
    "middles",
    "mosaic",
    "new_figure",
    "pitch",
    "quiet_frame",
    "quiet_rows",
    "remove_frame",
    "show_signed",
    "signed_colors",
    "write_numbers",
]
