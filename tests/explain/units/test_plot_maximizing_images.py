import numpy as np
import pytest

from jaxcnn import explain

IMAGES = np.random.default_rng(0).random((5, 6, 6, 1))
NAMES = ["cat", "dog", "frog", "ship", "$ign"]


def test_names_and_values_stand_above(draw):
    figure = draw(
        explain.plot_maximizing_images(IMAGES, NAMES, values=[1, 2, 3, 4, 12.34], title="mine")
    )
    assert figure.get_suptitle() == "mine"
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["cat\n1", "dog\n2", "frog\n3", "ship\n4", "\\$ign\n12.3"]
    for axes, image in zip(figure.axes, IMAGES, strict=True):
        np.testing.assert_allclose(axes.images[0].get_array()[..., :1], image, rtol=1e-6)
    assert "Below each name: what the network answered" in figure.get_supxlabel().replace("\n", " ")


def test_without_values():
    figure = explain.plot_maximizing_images(IMAGES, NAMES)
    assert figure.axes[0].get_title() == "cat"
    assert "Below each name" not in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": IMAGES * 2}, "images in floating point must lie between 0 and 1"),
        ({"images": IMAGES[..., 0]}, r"images must have shape .* got \(5, 6, 6\)"),
        ({"images": np.zeros((65, 2, 2, 1))}, "images must be at most 64 to be readable; got 65"),
        ({"names": NAMES[:2]}, "names must name each of the 5 images; got 2"),
        ({"values": [1, 2]}, r"values must have shape \(5,\), one an image; got \(2,\)"),
    ],
)
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_maximizing_images(**({"images": IMAGES, "names": NAMES} | change))
