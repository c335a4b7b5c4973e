"""Figures and images as parts of the page's own text."""

import base64
import io
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.reports._html import Html, element

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI, CSS_PIXELS_AN_INCH = 110, 96
COLORS = 256
MARGIN = 6
"""White pixels that are left around a figure."""

READABLE_INCHES, READABLE_SCALE = 7.5, 0.55
"""Figures wider than this are not made smaller than so, on a phone: they scroll sideways."""


def plot(figure: "Figure", alt: str) -> Html:
    """A matplotlib figure, whose title and caption become text of the page.

    Args:
        figure: It is drawn without these two: text of the page fits any screen, light or dark.
        alt: What is to be seen, with its numbers, for those who cannot see it.
    """
    title, caption = _unwrapped(figure.get_suptitle()), _unwrapped(figure.get_supxlabel())
    figure.suptitle("")
    figure.supxlabel("")
    image = _cropped(_drawn(figure))
    height, width = image.shape[:2]
    inches = width / DPI
    style = f"width:{inches * CSS_PIXELS_AN_INCH:.0f}px"
    if inches > READABLE_INCHES:
        style += f";min-width:{inches * CSS_PIXELS_AN_INCH * READABLE_SCALE:.0f}px"
    picture = element("img", src=png(image), alt=alt, width=width, height=height, style=style)
    words = element("figcaption", element("b", title), caption)
    # What may scroll must be reached by the keyboard, too.
    card = element("div", picture, class_="picture", tabindex=0, role="group", aria_label=title)
    return element("figure", card, words)


def image(pixels: np.ndarray, alt: str) -> Html:
    """An image of a data set, ``(H, W, 1)`` or ``(H, W, 3)`` uint8, as large as the style says."""
    height, width = pixels.shape[:2]
    return element("img", src=png(pixels), alt=alt, width=width, height=height)


def png(pixels: np.ndarray) -> str:
    """A PNG file of ``(H, W, 1)`` or ``(H, W, 3)`` uint8, as a `data:` address."""
    from PIL import Image

    made = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if pixels.size > 3 * 128**2 and made.mode == "RGB":
        # A palette halves a drawing; of a small photo it would only spoil the colors.
        made = made.quantize(COLORS, dither=Image.Dither.NONE)
    content = io.BytesIO()
    made.save(content, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _drawn(figure: "Figure") -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _cropped(pixels: np.ndarray) -> np.ndarray:
    """Without most of the white around it."""
    darkest: np.ndarray = pixels.min(axis=-1)
    rows, columns = _within(darkest.min(axis=1)), _within(darkest.min(axis=0))
    return np.ascontiguousarray(pixels[rows, columns])


def _within(darkest: np.ndarray) -> slice:
    """From the first place that is not white to the last, and a little more."""
    places = np.flatnonzero(darkest < 255)
    return slice(max(int(places[0]) - MARGIN, 0), int(places[-1]) + MARGIN + 1)


def _unwrapped(text: str) -> str:
    """Text as it was before it was broken into lines and kept from being a formula."""
    return " ".join(text.replace("-\n", "-").split()).replace(r"\$", "$")
