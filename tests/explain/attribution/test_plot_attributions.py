import numpy as np

from jaxcnn import explain

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 8, 8, 3), np.uint8)
COLOURS, PLAIN = RNG.normal(size=(2, 8, 8, 3)), RNG.normal(size=(2, 8, 8))
PITCH = 24 + 2  # pixels of a tile, and of the line below it


def test_columns_are_methods_and_rows_images():
    maps = {"saliency": COLOURS, "Grad-CAM": np.abs(PLAIN)}
    figure = explain.plot_attributions(
        IMAGES, maps, titles=["cat 90%", "$ign"], title="mine", note="More."
    )
    *axes, bar = figure.axes
    assert figure.get_suptitle() == "mine"
    assert figure.get_supxlabel().endswith("do neither. More.")
    assert [place.get_title() for place in axes] == ["image", "saliency", "Grad-CAM"]
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["cat 90%", r"\$ign"]
    assert bar.get_ylabel() == "share of each map's\nlargest absolute value"
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["0", "−1", "1"]


def test_each_map_is_scaled_on_its_own_around_zero():
    figure = explain.plot_attributions(IMAGES, {"saliency": COLOURS * [[[[1]]], [[[100]]]]})
    image = figure.axes[1].images[0]
    assert image.get_clim() == (-1, 1)
    summed = COLOURS.sum(axis=-1)
    for place, expected in enumerate(summed):
        tile = image.get_array()[place * PITCH :][:24:3, ::3]
        np.testing.assert_allclose(tile, expected / np.abs(expected).max(), rtol=1e-5)


def test_a_map_of_zeros_says_so():
    maps = {"deconvnet": COLOURS * [[[[1]]], [[[0]]]], "Grad-CAM": PLAIN}
    _, deconvnet, grad_cam, _ = explain.plot_attributions(IMAGES, maps).axes
    (text,) = deconvnet.texts
    assert text.get_text() == "0 everywhere"
    assert PITCH < text.get_position()[1] < 2 * PITCH
    assert 0 < text.get_position()[0] < PITCH
    assert not grad_cam.texts
