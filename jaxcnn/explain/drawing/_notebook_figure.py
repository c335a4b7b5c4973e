"""A figure that notebooks show by themselves, whatever the backend of matplotlib.

The module imports matplotlib, so it is imported only where a figure is drawn.
"""

import io

from matplotlib.figure import Figure


class NotebookFigure(Figure):
    """A figure of matplotlib that is shown below a notebook's cell whose last line it is."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()
