import built
import jax
import numpy as np
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn import explain

NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(4, 3, name="stem"),
        jaxcnn.BatchNorm(),
        jaxcnn.Residual([jaxcnn.Conv(6, 3, name="inner")], shortcut=[jaxcnn.Conv(6, 1)]),
        jaxcnn.Flatten(),
        jaxcnn.Dense(3),
    ]
)


@pytest.fixture(scope="module")
def model():
    return built.filled(NET, (5, 5, 1))


def test_layers_are_named_as_in_the_summary(model):
    rows = jaxcnn.summary(NET, (5, 5, 1)).rows
    layers = [row.name for row in rows if row.name != "2"]  # the sum is the container's
    assert [*explain.layer_names(model)] == layers


def test_containers_stand_before_the_layers_within(model):
    names = [*explain.layer_names(model, containers=True)]
    assert set(names) > set(explain.layer_names(model))
    assert names.index("2") < names.index("2.inner")
    assert names.index("2.shortcut") < names.index("2.shortcut.0")


def test_those_of_a_module_of_ones_own_are_its_attributes():
    module = small.FlaxModule(nnx.Rngs(0, dropout=1))
    assert {"conv", "norm", "dense"} <= {*explain.layer_names(module)}


@pytest.mark.parametrize("layer", ["2.shortcut.0", "layers.2.shortcut.layers.0"])
def test_a_layer_goes_by_its_name_or_its_path(layer, model):
    @jax.jit
    def maps(images):
        return [explain.feature_maps(model, images, each) for each in (layer, "2.shortcut")]

    found, alone_in = maps(np.ones((1, 5, 5, 1), np.float32))
    np.testing.assert_array_equal(found, alone_in)


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("stam", ValueError, r"layer: expected .*, got 'stam' \(did you mean 'stem'"),
        (
            "nothing",
            ValueError,
            "there are 'stem', '1', '2.inner', '2.shortcut.0', '3', '4'; "
            "and containers of these: '2', '2.shortcut'",
        ),
        (0, TypeError, "expected the name of a layer"),
    ],
)
def test_a_layer_that_is_not_there(model, layer, error, message):
    with pytest.raises(error, match=message):
        explain.feature_maps(model, np.ones((1, 5, 5, 1), np.float32), layer)


def test_arrays_come_in_the_order_of_their_layers():
    names = ["b", "a", *(f"x{k}" for k in range(2)), None, *[None] * 6]
    net = jaxcnn.Sequential([jaxcnn.Dense(1, name=name) for name in names])
    found = [*explain.weight_histograms(built.filled(net, (1,)))]
    layers = ["b", "a", "x0", "x1", "4", "5", "6", "7", "8", "9", "10"]
    assert found == [f"{layer}.{array}" for layer in layers for array in ("bias", "kernel")]
