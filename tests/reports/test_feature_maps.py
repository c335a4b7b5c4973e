"""Which layers' maps the page shows."""

import built
import pytest
import small

import jaxcnn
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.reports import _feature_maps

NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(2, 3, name="stem"),
        jaxcnn.Residual([jaxcnn.Conv(2, 3), jaxcnn.Activation("relu")]),
        jaxcnn.MaxPool(2),
        jaxcnn.Residual([jaxcnn.Conv(2, 3)], shortcut=[jaxcnn.Conv(2, 1)], name="block"),
        jaxcnn.GlobalAvgPool(),
        jaxcnn.Dense(3),
    ]
)


@pytest.mark.thorough
def test_containers_stand_for_what_is_within_them():
    apply, variables = functionalize(built.filled(NET, (8, 8, 1)))
    scale = Normalization((0.3,), (0.3,))
    network = Network(apply, variables, scale, (8, 8, 1), ("a", "b", "c"), NET)
    found = _feature_maps._outputs(network, small.dataset(1).images[0])
    assert "1.0" in found
    chosen = _feature_maps._one_of_each_size(found)
    assert {name: maps.shape for name, maps in chosen.items()} == {
        "1": (8, 8, 2),
        "block": (4, 4, 2),
    }
