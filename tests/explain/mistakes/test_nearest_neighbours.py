import jax
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from jaxcnn import explain
from jaxcnn.explain.mistakes import _nearest_neighbours

RNG = np.random.default_rng(1)
QUERIES, GALLERY = (RNG.normal(size=(n, 6)).astype(np.float32) for n in (11, 40))


@pytest.mark.parametrize("at_once", [2**25, 3 * 40])  # all queries, and three of them
def test_agrees_with_scikit_learn(monkeypatch, at_once):  # guide row A7.8
    monkeypatch.setattr(_nearest_neighbours, "MOST_SIMILARITIES", at_once)
    found = jax.jit(explain.nearest_neighbours, static_argnums=2)(QUERIES, GALLERY, 4)
    peer = NearestNeighbors(n_neighbors=4, metric="cosine").fit(GALLERY)
    distances, indices = peer.kneighbors(QUERIES)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.similarities, 1 - distances, atol=1e-6)


def test_a_vector_of_zeros_is_like_nothing():
    found = explain.nearest_neighbours(np.zeros((1, 6), np.float32), GALLERY, 2)
    assert found.similarities.tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"queries": QUERIES[0]}, ValueError, r"queries must have shape \(N, D\); got \(6,\)"),
        ({"gallery": GALLERY[:, 1:]}, ValueError, "vectors of one length; got 6 and 5"),
        ({"gallery": GALLERY.astype(int)}, TypeError, "gallery must be floating point; got int"),
        ({"count": 41}, ValueError, "count must be 1 to the gallery's 40; got 41"),
    ],
)
def test_errors(change, error, message):
    with pytest.raises(error, match=message):
        explain.nearest_neighbours(**{"queries": QUERIES, "gallery": GALLERY, "count": 5} | change)
