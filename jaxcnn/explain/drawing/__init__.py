"""What all pictures share: the figure with its title and caption, colors, number grids, mosaics."""

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
