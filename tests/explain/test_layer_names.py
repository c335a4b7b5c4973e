import built
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn import explain
from jaxcnn.explain._layer_names import in_order, path_of

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
def test_a_layer_goes_by_its_name_or_its_path(model, layer):
    assert path_of(model, layer) == "layers.2.shortcut.layers.0"


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("stam", ValueError, "there is no layer 'stam'; there are 'stem'"),
        (
            "nothing",
            ValueError,
            "there are 'stem', '1', '2.inner', '2.shortcut.0', '3', '4'; "
            "and what holds some of these: '2', '2.shortcut'",
        ),
        (0, TypeError, "layer must be the name of a layer"),
    ],
)
def test_a_layer_that_is_not_there(model, layer, error, message):
    with pytest.raises(error, match=message):
        path_of(model, layer)


@pytest.mark.parametrize(
    ("names", "layers", "expected"),
    [
        (["10", "2", "1.0"], (), ["1.0", "2", "10"]),
        (["a.bias", "b.kernel", "b.bias"], ("b", "a"), ["b.bias", "b.kernel", "a.bias"]),
        (["1", "10", "2"], ("10", "1"), ["10", "1", "2"]),  # 10 does not belong to 1
    ],
)
def test_order(names, layers, expected):
    assert in_order(names, layers) == expected
