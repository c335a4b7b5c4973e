"""What all pictures share.

- `_figure`: the frame, with title, caption and colors (`new_figure`, `BLUE`, `ORANGE`, ...).
- `_mosaic`: many small pictures in one.
- `_drawable`: arrays checked and turned into pictures.
- `_signed_numbers`: numbers with a sign as colors, and written in a grid.
"""

from jaxcnn.explain.drawing._figure import (
    BLUE,
    GRAY,
    ORANGE,
    PALE_BLUE,
    PALE_GRAY,
    PALE_ORANGE,
    new_figure,
    quiet_frame,
    quiet_rows,
    remove_frame,
)

__all__ = [
    "BLUE",
    "GRAY",
    "ORANGE",
    "PALE_BLUE",
    "PALE_GRAY",
    "PALE_ORANGE",
    "new_figure",
    "quiet_frame",
    "quiet_rows",
    "remove_frame",
]
