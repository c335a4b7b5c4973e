import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain.drawing._mosaic import pitch

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 8, 8, 3), np.uint8)
COLOURS, PLAIN = RNG.normal(size=(2, 8, 8, 3)), RNG.normal(size=(2, 8, 8))


def test_columns_are_methods_and_rows_images(draw):
    maps = {"saliency": COLOURS, "Grad-CAM": np.abs(PLAIN)}
    figure = draw(
        explain.plot_attributions(
            IMAGES, maps, titles=["cat 90%", "$ign"], title="mine", note="More."
        )
    )
    *axes, bar = figure.axes
    assert figure.get_suptitle() == "mine"
    assert figure.get_supxlabel().endswith("do neither. More.")
    assert [place.get_title() for place in axes] == ["image", "saliency", "Grad-CAM"]
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ["cat 90%", r"\$ign"]
    assert bar.get_ylabel() == "share of each\nmap's largest value"
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["0", "−1", "1"]


def test_each_map_is_scaled_on_its_own_around_zero():
    figure = explain.plot_attributions(IMAGES, {"saliency": COLOURS * [[[[1]]], [[[100]]]]})
    image = figure.axes[1].images[0]
    assert image.get_clim() == (-1, 1)
    down, _ = pitch(8, 8)
    summed = COLOURS.sum(axis=-1)
    for place, expected in enumerate(summed):
        tile = image.get_array()[place * down :][:24:3, ::3]
        np.testing.assert_allclose(tile, expected / np.abs(expected).max(), rtol=1e-5)


def test_a_map_of_zeros_says_so(draw):
    maps = {"deconvnet": COLOURS * [[[[1]]], [[[0]]]], "Grad-CAM": PLAIN}
    _, deconvnet, grad_cam, _ = draw(explain.plot_attributions(IMAGES, maps)).axes
    (text,) = deconvnet.texts
    down, right = pitch(8, 8)
    assert text.get_text() == "0 everywhere"
    assert down < text.get_position()[1] < 2 * down
    assert 0 < text.get_position()[0] < right
    assert not grad_cam.texts


def test_an_array_without_a_name():
    with pytest.raises(TypeError, match=r'such as \{"saliency": maps\}; got ndarray'):
        explain.plot_attributions(IMAGES, PLAIN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": IMAGES[0]}, r"images must have shape .* got \(8, 8, 3\)"),
        ({"attributions": {}}, "attributions must hold at least one map; got none"),
        ({"attributions": {"a": PLAIN[0]}}, r"attributions\['a'\] must have shape .* got \(8, 8\)"),
        ({"attributions": {"a": PLAIN[:1]}}, r"\(N, H, W\) = \(2, 8, 8\), .* got \(1, 8, 8\)"),
        ({"attributions": {"a": PLAIN * np.nan}}, r"attributions\['a'\] must be finite"),
        ({"titles": ["cat"]}, "titles must name each of the 2 images; got 1"),
        (
            {"attributions": {str(k): PLAIN for k in range(128)}},
            "at most 256 tiles; got 2 images × 129 columns = 258",
        ),
    ],
)
def test_errors(change, message):
    arguments = {"images": IMAGES, "attributions": {"a": PLAIN}} | change
    with pytest.raises(ValueError, match=message):
        explain.plot_attributions(**arguments)
