import numpy as np
import pytest

from jaxcnn import explain

COLOUR = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
GRAY = np.linspace(0, 1, 9).reshape(3, 3, 1)


def test_each_image_stands_under_its_name(draw):
    figure = draw(explain.plot_images([COLOUR, GRAY], ["a", "$b"], title="Two", caption="small"))
    assert [axes.get_title() for axes in figure.axes] == ["a", r"\$b"]
    assert (figure.get_suptitle(), figure.get_supxlabel()) == ("Two", "small")
    colour, gray = (axes.images[0].get_array() for axes in figure.axes)
    np.testing.assert_allclose(colour, COLOUR / 255, atol=1e-6)
    np.testing.assert_allclose(gray, np.repeat(GRAY, 3, axis=-1), atol=1e-6)


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        ([COLOUR], ["a", "b"], "names must name each of the 1 images; got 2"),
        ([], [], "images must hold at least one; got none"),
    ],
)
def test_a_name_for_each(images, names, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_images(images, names, title="none")
