import bright_rows
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.data import Dataset

GALLERY = bright_rows.dataset(6)
FOUND = explain.Neighbours(jnp.array([[3, 1]]), jnp.array([[1.0, 0.25]]))


def test_a_query_and_its_neighbours(draw):
    figure = draw(explain.plot_neighbours(GALLERY.take(1), GALLERY, FOUND))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["top", "✓ top", "✗ next"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["query", "1.00", "0.25"]
    shown = figure.axes[2].images[0].get_array()
    np.testing.assert_allclose(shown[..., 0], GALLERY.images[1, ..., 0] / 255, atol=1e-6)
    assert "1 of 2" in figure.get_supxlabel()


def test_another_number_of_queries():
    with pytest.raises(ValueError, match=r"of the 2 queries; got 1; .* test.take\(1\), say"):
        explain.plot_neighbours(GALLERY.take(2), GALLERY, FOUND)


def test_several_labels_an_image():
    labels = np.eye(3, dtype=int)[GALLERY.labels]
    several = Dataset(GALLERY.images, labels, GALLERY.class_names, multilabel=True)
    with pytest.raises(ValueError, match=r"labels must be one class an example.*got \(6, 3\)"):
        explain.plot_neighbours(GALLERY.take(1), several, FOUND)
