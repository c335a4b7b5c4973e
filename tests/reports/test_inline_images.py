import numpy as np
import pytest
from matplotlib.figure import Figure
from parsed_html import Page, image_bytes
from PIL import Image

from jaxcnn.explain.drawing import new_figure
from jaxcnn.reports._inline_images import DPI, MARGIN, image, plot, png


@pytest.mark.parametrize("channels", [1, 3])
def test_a_small_image_keeps_its_pixels(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    (tag,) = Page(image(pixels, "noise")).images
    assert (tag["width"], tag["height"], tag["alt"]) == ("7", "5", "noise")
    decoded = np.asarray(Image.open(image_bytes(tag["src"])))
    np.testing.assert_array_equal(decoded.reshape(pixels.shape), pixels)


def test_a_drawing_has_a_palette():
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[50:] = (10, 200, 30)
    decoded = Image.open(image_bytes(png(pixels)))
    assert decoded.mode == "P"
    np.testing.assert_array_equal(np.asarray(decoded.convert("RGB")), pixels)


def drawn(width: float = 4) -> Figure:
    figure = new_figure(width, 3, title="5 $ & <b>", caption="A multiply-accumulate " * 5)
    figure.subplots().plot([0, 1])
    return figure


def test_title_and_caption_of_a_figure_become_text():
    page = Page(plot(drawn(), "a line"))
    assert page.text == "5 $ & <b>" + " ".join(["A multiply-accumulate"] * 5)
    (tag,) = page.images
    decoded = Image.open(image_bytes(tag["src"]))
    assert decoded.size == (int(tag["width"]), int(tag["height"]))
    pixels = np.asarray(decoded.convert("L"))
    assert pixels.shape[1] <= 4 * DPI + 2 * MARGIN
    # White is cut away, to a narrow margin.
    assert (pixels[:, :10] < 255).any()
    assert (pixels[:10] < 255).any()


def test_texts_beyond_the_edge_of_a_figure_are_not_cut():
    widths = []
    for left in (0.5, -0.2):
        figure = drawn()
        figure.text(left, 0.5, "a long name")
        widths.append(int(Page(plot(figure, "")).images[0]["width"]))
    assert widths[1] > widths[0] + 0.15 * 4 * DPI


def test_wide_figures_are_not_made_unreadably_small():
    widths = [
        Page(plot(drawn(width), "")).images[0]["style"].count("min-width") for width in (4, 9)
    ]
    assert widths == [0, 1]
