import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.data import Dataset

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 4, 6, 3), np.uint8)
DATA = Dataset(IMAGES, [0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1], ("cat", "do$g", "none"), "pets")


def texts(figure):
    return [[text.get_text() for text in axes.texts] for axes in figure.axes[::2]]


def test_a_row_for_each_class_with_name_and_count():
    figure = explain.plot_examples(DATA, per_class=4)
    assert texts(figure) == [["cat", "3"], [r"do\$g", "9"], ["none", "0"]]
    assert figure.get_suptitle() == "pets, n = 12 images of 4×6"
    assert "The first 4 images of each class" in figure.get_supxlabel()


def test_rows_show_the_first_of_their_class():
    figure = explain.plot_examples(DATA, per_class=4, title="mine")
    strips = [axes.images[0].get_array() for axes in figure.axes[1:4:2]]
    np.testing.assert_allclose(strips[0][:, :6], IMAGES[0] / 255, atol=1e-6)
    np.testing.assert_allclose(strips[0][:, 7:13], IMAGES[3] / 255, atol=1e-6)
    np.testing.assert_allclose(strips[1][:, 21:27], IMAGES[5] / 255, atol=1e-6)
    assert (strips[0][:, 21:27] == 1).all()  # there is no fourth cat
    assert not figure.axes[5].images
    assert figure.get_suptitle() == "mine"


def test_several_labels_an_image():
    labels = np.array([[1, 0], [1, 1], [0, 1]])
    data = Dataset(IMAGES[:3], labels, ("sea", "sky"), multilabel=True)
    figure = explain.plot_examples(data)
    assert texts(figure) == [["sea", "2"], ["sky", "2"]]
    strip = figure.axes[3].images[0].get_array()
    np.testing.assert_allclose(strip[:, :6], IMAGES[1] / 255, atol=1e-6)


def page_of(classes, channels=1):
    data = Dataset(
        IMAGES[..., :channels] / 255, np.zeros(12, int), [f"{k:a>40}" for k in range(classes)]
    )
    return explain.plot_examples(data, per_class=1)


@pytest.mark.thorough
@pytest.mark.parametrize(("classes", "channels"), [(1, 1), (21, 3)])
def test_pages(draw, classes, channels):
    figure = draw(page_of(classes, channels))
    assert len(figure.axes) == 2 * classes
    assert "Shown are the first" not in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.slow
def test_of_many_classes_a_hundred_are_shown():
    figure = page_of(102)
    assert len(figure.axes) == 2 * 100
    assert "Shown are the first 100 of 102." in figure.get_supxlabel().replace("\n", " ")
    assert figure.get_size_inches().max() * figure.dpi < 2**16  # the most that can be drawn
