"""Embed figures and images in the HTML of the page."""

import io
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn._support.web import png_url
from jaxcnn.reports._html import Html, element

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI, CSS_PIXELS_PER_INCH = 110, 96
COLORS = 256
MARGIN = 6
"""White pixels around a figure."""

READABLE_INCHES, READABLE_SCALE = 7.5, 0.55
"""On narrow screens, figures wider than this are not scaled below this factor; they scroll."""


def plot(figure: "Figure", alt: str) -> Html:
    """Embed a matplotlib figure; its title and caption become text of the page.

    Args:
        figure: The figure. It is drawn without title and caption, because text of the page fits
            any screen, light or dark.
        alt: A description with the main numbers, for people who cannot see the figure.
    """
    title, caption = _unwrap(figure.get_suptitle()), _unwrap(figure.get_supxlabel())
    figure.suptitle("")
    figure.supxlabel("")
    image = _render(figure)
    height, width = image.shape[:2]
    inches = width / DPI
    style = f"width:{inches * CSS_PIXELS_PER_INCH:.0f}px"
    if inches > READABLE_INCHES:
        style += f";min-width:{inches * CSS_PIXELS_PER_INCH * READABLE_SCALE:.0f}px"
    picture = element("img", src=png(image), alt=alt, width=width, height=height, style=style)
    words = element("figcaption", element("b", title), caption)
    # With a tabindex, the keyboard can reach the figure to scroll it.
    card = element("div", picture, class_="picture", tabindex=0, role="group", aria_label=title)
    return element("figure", card, words)


def image(pixels: np.ndarray, alt: str) -> Html:
    """Embed an image of a data set, ``(H, W, 1)`` or ``(H, W, 3)`` uint8."""
    height, width = pixels.shape[:2]
    return element("img", src=png(pixels), alt=alt, width=width, height=height)


def png(pixels: np.ndarray) -> str:
    """Encode an image as a small PNG file in a `data:` URL."""
    # A palette halves the size of a drawing, but would only spoil the colors of a small photo.
    is_drawing = pixels.size > 3 * 128**2 and pixels.shape[-1] == 3
    return png_url(pixels, colors=COLORS if is_drawing else None, optimize=True)


def _render(figure: "Figure") -> np.ndarray:
    """Draw a figure with all its texts, also those beyond its edges, and a narrow white margin."""
    from PIL import Image

    content = io.BytesIO()
    options = {"compress_level": 1}  # it is read back at once
    figure.savefig(
        content,
        format="png",
        dpi=DPI,
        bbox_inches="tight",
        pad_inches=MARGIN / DPI,
        pil_kwargs=options,
    )
    return np.asarray(Image.open(content).convert("RGB"))


def _unwrap(text: str) -> str:
    """Undo the line breaks of a figure's text, and the escaping of dollar signs."""
    return " ".join(text.replace("-\n", "-").split()).replace(r"\$", "$")
