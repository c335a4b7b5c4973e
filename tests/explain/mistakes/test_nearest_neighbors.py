import bright_rows
import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

import jaxcnn
from jaxcnn import explain
from jaxcnn.explain.mistakes import _nearest_neighbors

NET = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3, name="stem"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(5), jaxcnn.Dense(3)]
)
IMAGES = np.random.default_rng(0).random((7, 6, 6, 1), np.float32)


@pytest.fixture(scope="module")
def model():
    return built.filled(NET, (6, 6, 1))


@pytest.mark.thorough
def test_are_what_the_last_dense_layer_takes(model, monkeypatch):
    monkeypatch.setattr(_nearest_neighbors, "BATCH_SIZE", 3)
    found = jax.jit(explain.embeddings)(model, IMAGES)
    expected = jax.jit(lambda images: model[2](model[1](model[0](images))))(IMAGES)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_or_what_a_named_layer_gives(model):
    found = explain.embeddings(model, IMAGES, "stem")
    np.testing.assert_allclose(found, model[0](IMAGES).reshape(7, -1), rtol=1e-5, atol=1e-6)


def test_embeddings_without_a_dense_layer(model):
    with pytest.raises(ValueError, match="layer: expected a name, as the network does not end in"):
        explain.embeddings(jaxcnn.backbone(model), IMAGES)


RNG = np.random.default_rng(1)
QUERIES, GALLERY = (RNG.normal(size=(n, 6)).astype(np.float32) for n in (11, 40))


@pytest.mark.parametrize("at_once", [2**25, 3 * 40])  # all queries, and three of them
def test_agrees_with_scikit_learn(monkeypatch, at_once):  # guide row A7.8
    monkeypatch.setattr(_nearest_neighbors, "MAX_SIMILARITIES", at_once)
    found = jax.jit(explain.nearest_neighbors, static_argnums=2)(QUERIES, GALLERY, 4)
    peer = NearestNeighbors(n_neighbors=4, metric="cosine").fit(GALLERY)
    distances, indices = peer.kneighbors(QUERIES)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.similarities, 1 - distances, atol=1e-6)


def test_a_vector_of_zeros_is_like_nothing():
    found = explain.nearest_neighbors(np.zeros((1, 6), np.float32), GALLERY, 2)
    assert found.similarities.tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"queries": QUERIES[0]}, ValueError, r"queries: expected shape \(N, D\), got \(6,\)"),
        (
            {"gallery": GALLERY[:, 1:]},
            ValueError,
            "queries: expected vectors of length 5, as in gallery, got 6",
        ),
        ({"gallery": GALLERY.astype(int)}, TypeError, "gallery: expected floating point, got int"),
        ({"count": 41}, ValueError, "count: expected 1 to the gallery's 40, got 41"),
    ],
)
def test_errors(change, error, message):
    with pytest.raises(error, match=message):
        explain.nearest_neighbors(**{"queries": QUERIES, "gallery": GALLERY, "count": 5} | change)


ROWS = bright_rows.dataset(6)
FOUND = explain.Neighbors(jnp.array([[3, 1]]), jnp.array([[1.0, 0.25]]))


def test_a_query_and_its_neighbors():
    figure = explain.plot_neighbors(ROWS.take(1), ROWS, FOUND)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["top", "✓ top", "✗ next"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["query", "1.00", "0.25"]
    shown = figure.axes[2].images[0].get_array()
    np.testing.assert_allclose(shown[..., 0], ROWS.images[1, ..., 0] / 255, atol=1e-6)
    assert "1 of 2" in figure.get_supxlabel().replace("\n", " ")
