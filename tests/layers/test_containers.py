import re

import built
import pytest
from flax import nnx

from jaxcnn import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Parallel,
    Repeat,
    Residual,
    Sequential,
)
from jaxcnn.layers import ArchitectureError

NET = Sequential(
    [
        Conv(8, 3),
        BatchNorm(),
        Residual([Conv(8, 3), Activation("relu"), Sequential([Dropout(0.5), Conv(8, 1)])]),
        MaxPool(2),
        Flatten(),
        Dense(10),
    ]
)


def test_layers_of_any_iterable_are_kept_as_a_tuple():
    expected = Sequential((Flatten(), Dense(3)))
    assert Sequential([Flatten(), Dense(3)]) == expected
    assert Sequential(layer for layer in (Flatten(), Dense(3))) == expected
    assert expected.layers == (Flatten(), Dense(3))
    assert hash(Sequential([Flatten(), Dense(3)])) == hash(expected)


def test_a_residual_is_no_sequential_of_the_same_layers():
    assert Residual([Conv(3, 3)]) != Sequential([Conv(3, 3)])


def test_layer_shapes():  # guide rows A5.8, A5.10, A8.6
    net = Sequential([Conv(3, 3, padding="VALID"), MaxPool(2)])
    assert net.layer_shapes((100, 100, 3)) == [(100, 100, 3), (98, 98, 3), (49, 49, 3)]


def test_layers_can_stand_in_any_order():  # guide rows A2.18 and A5.10
    net = Sequential([MaxPool(2), Activation("relu"), Conv(4, 3), Conv(4, 3), GlobalAvgPool()])
    assert net.output_shape((9, 8, 1)) == built.output_shape(net, (9, 8, 1)) == (4,)


@pytest.mark.parametrize("net", [NET, Sequential(NET.layers[:4]), Sequential([])])
def test_costs_are_the_sum_of_the_layers(net):
    shapes = net.layer_shapes((9, 7, 3))
    for kind in ("parameters", "macs", "bytes"):
        costs = [
            getattr(layer.costs(shape), kind)
            for layer, shape in zip(net.layers, shapes, strict=False)
        ]
        assert getattr(net.costs((9, 7, 3)), kind) == sum(costs)
    assert net.costs((9, 7, 3)).parameters == built.variables(net, (9, 7, 3))
    assert net.output_shape((9, 7, 3)) == built.output_shape(net, (9, 7, 3))


CONV5 = Conv(1, 5, padding="VALID")
X_OR_O = Sequential([Conv(3, 3, padding="VALID"), MaxPool(2), MaxPool(2)])


@pytest.mark.parametrize(
    ("net", "size", "stride", "padding"),
    [
        (Sequential([CONV5]), 5, 1, 0),  # guide row A2.9
        (Sequential([CONV5, CONV5]), 9, 1, 0),  # guide row A2.9
        (Sequential(X_OR_O.layers[:1]), 3, 1, 0),  # guide row A2.9, and the next two
        (Sequential(X_OR_O.layers[:2]), 4, 2, 0),
        (X_OR_O, 6, 4, 0),
        (Sequential([Residual([Conv(2, 3), Conv(2, 3)]), AvgPool(2)]), 6, 2, 2),
        (Sequential([Conv(2, 3), Conv(2, 3, strides=2, padding=1)]), 5, 2, 2),
        (Sequential([]), 1, 1, 0),
        (Sequential([Activation("relu"), Dropout(0.1)]), 1, 1, 0),
    ],
)
def test_receptive_fields(net, size, stride, padding):
    assert net.receptive_field((28, 28, 2)) == ((size,) * 2, (stride,) * 2, (padding,) * 2)


@pytest.mark.parametrize("last", [Flatten(), GlobalAvgPool()])
def test_the_receptive_field_behind_a_flatten_is_everything_that_was_seen(last):
    assert Sequential([last, Dense(3)]).receptive_field((9, 8, 2)) == ((9, 8), (0, 0), (0, 0))
    # The pooling leaves the last of nine rows out.
    net = Sequential([MaxPool(2), Conv(2, 3), last, Dense(3), Dropout(0.5)])
    window = net.receptive_field((9, 8, 2))
    assert window == ((9, 8), (0, 0), (0, 0))
    assert Sequential([MaxPool(2), last]).receptive_field((9, 8, 2)) == ((8, 8), (0, 0), (0, 0))


@pytest.mark.parametrize(
    "net",
    [
        Sequential([CONV5, AvgPool(2), Conv(2, (2, 3), strides=(1, 2), padding="VALID")]),
        Sequential([Conv(2, 3, kernel_dilation=(1, 2), padding="VALID"), AvgPool(3, 2)]),
        Sequential([Sequential([AvgPool((1, 2))]), Conv(2, 2, padding=((1, 0), 1))]),
        Sequential([Conv(2, 3, strides=2), Conv(2, 3, strides=2), Conv(2, 3)]),
        Sequential([Conv(2, 3), AvgPool(2, padding="SAME"), Residual([Conv(2, 3)])]),
        Residual([Conv(1, 3), Conv(1, (2, 5))]),
        Residual([Conv(1, 3, padding=((0, 2), (2, 0))), Conv(1, 2, padding=((1, 0), (0, 1)))]),
    ],
)
def test_receptive_field_is_what_moves_an_output(net):
    shape, positions = (21, 24, 1), [(0, 0), (2, 2)]
    seen = built.footprints(net, shape, positions)
    assert seen == built.boxes(net.receptive_field(shape), shape, positions)


def test_a_residual_of_strides_sees_the_whole_axis():
    net = Residual([MaxPool((1, 2), padding="SAME"), Conv(3, (3, 1))])
    assert net.receptive_field((7, 1, 3)) == ((3, 1), (1, 0), (1, 0))
    assert Residual([Dense(3)]).receptive_field((3,)) == ((), (), ())


def test_the_two_halves_of_a_network_stand_alone():  # guide row A4.16
    flatten = NET.layers.index(Flatten())
    features, head = Sequential(NET.layers[:flatten]), Sequential(NET.layers[flatten:])
    shape = features.output_shape((9, 8, 3))
    assert shape == (4, 4, 8)
    assert head.output_shape(shape) == NET.output_shape((9, 8, 3)) == (10,)
    assert features.costs((9, 8, 3)) + head.costs(shape) == NET.costs((9, 8, 3))


@pytest.mark.parametrize(
    ("net", "place", "text"),
    [
        (
            Sequential([Conv(3, 3), Flatten(), Conv(3, 3)]),
            "layers[2]",
            "Conv: expected (*spatial, channels) with 1 to 3 spatial axes, got (192,)",
        ),
        (
            Sequential([Sequential([Conv(4, 3), Residual([Conv(8, 3)])])]),
            "layers[0].layers[1]",
            "Residual: layers: expected an output of the input's shape (8, 8, 4), got (8, 8, 8)",
        ),
        (
            Sequential([Residual([Conv(3, 1), Conv(3, 9, padding="VALID")])]),
            "layers[0].layers[1]",
            "Conv 9×9 VALID: expected at least 9×9, got 8×8",
        ),
        (
            Sequential([MaxPool(2), MaxPool(2), MaxPool(2), MaxPool(2)]),
            "layers[3]",
            "MaxPool 2×2: expected at least 2×2, got 1×1",
        ),
    ],
)
def test_an_error_says_where_it_comes_from(net, place, text):
    def build(shape):
        return built.module(net, shape)

    for use in (net.output_shape, net.costs, net.receptive_field, build):
        with pytest.raises(ArchitectureError, match=re.escape(f"{place} {text}")) as caught:
            use((8, 8, 3))
        assert caught.value.place == place
        assert str(caught.value) == f"{place} {caught.value.message}"


def test_a_residual_that_changes_the_shape():
    with pytest.raises(
        ValueError,
        match=r"layers: expected an output of the input's shape \(8, 8, 3\), got \(4, 4, 3\)",
    ):
        Residual([MaxPool(2)]).output_shape((8, 8, 3))


@pytest.mark.parametrize("kind", [Sequential, Residual])
@pytest.mark.parametrize(
    ("layers", "text"),
    [
        (5, "layers: expected an iterable of layers, got 5"),
        (Flatten(), r"layers: expected an iterable of layers, got Flatten\(\)"),
        ([Flatten(), "relu"], r"layers\[1\]: expected a Layer, got 'relu'"),
        ([Flatten], r"layers\[0\]: expected a Layer, got <class"),
    ],
)
def test_what_is_no_layer(kind, layers, text):
    with pytest.raises(TypeError, match=text):
        kind(layers)


BRANCHES = Parallel(
    [
        Sequential([]),
        Sequential([Conv(4, 1, name="reduce"), Conv(6, 5)]),
        Conv(2, 3, padding=((2, 0), 1)),
    ],
    "concat",
)
PROJECTED = Residual([Conv(8, 3, 2, padding=1), Conv(8, 3)], shortcut=[Conv(8, 1, 2, padding=0)])


@pytest.mark.parametrize(
    ("net", "shape", "output_shape", "parameters"),
    [
        (BRANCHES, (9, 8, 3), (9, 8, 11), (3 * 4 + 4) + (25 * 4 * 6 + 6) + (9 * 3 * 2 + 2)),
        (Parallel([Conv(4, 3), Conv(4, 5)]), (9, 8, 3), (9, 8, 4), 4 * (27 + 1) + 4 * (75 + 1)),
        (PROJECTED, (9, 8, 3), (5, 4, 8), 8 * 28 + 8 * 73 + 8 * 4),
        (Repeat(Conv(4, 3), 3), (9, 8, 4), (9, 8, 4), 3 * 4 * 37),
        (Repeat(MaxPool(2), 3), (9, 8, 4), (1, 1, 4), 0),
        (Parallel([GlobalAvgPool(), Flatten()], "concat"), (2, 2, 3), (15,), 0),
    ],
)
def test_containers_are_what_their_modules_do(net, shape, output_shape, parameters):
    assert net.output_shape(shape) == built.output_shape(net, shape) == output_shape
    assert net.costs(shape).parameters == built.variables(net, shape) == parameters


@pytest.mark.parametrize(
    "net",
    [
        Sequential([Conv(2, 3, padding="VALID"), BRANCHES, AvgPool(2)]),
        Sequential([PROJECTED, PROJECTED]),
        Repeat(Sequential([Conv(1, 3), AvgPool(2)]), 2),
    ],
)
def test_receptive_field_of_branches(net):
    shape, positions = (25, 24, 1), [(0, 0), (2, 2)]
    assert built.footprints(net, shape, positions) == built.boxes(
        net.receptive_field(shape), shape, positions
    )


def test_branches_that_do_not_move_alike_see_the_whole_axis():
    net = Parallel([MaxPool((2, 1)), Conv(3, (4, 3), (1, 1), padding=((0, 0), 1))])
    assert net.receptive_field((5, 7, 3)) == ((5, 3), (0, 1), (0, 1))


@pytest.mark.parametrize(
    ("net", "text"),
    [
        (
            Parallel([Conv(2, 3), Conv(3, 3)]),
            r" Parallel: branches: expected outputs of one shape to sum, got \(8",
        ),
        (
            Parallel([Conv(2, 3), MaxPool(2)], "concat"),
            " Parallel: branches: expected outputs of one size to con",
        ),
        (
            Residual([Conv(3, 3)], shortcut=[Conv(4, 1)]),
            r" Residual: shortcut: expected the layers' output shape \(8, 8, 3\)",
        ),
        (
            Residual([], shortcut=[Conv(4, 11, padding="VALID")]),
            r"\.shortcut\[0\] Conv",
        ),
        (
            Parallel([Flatten(), Conv(9, 9, padding=0)]),
            r"\.branches\[1\] Conv 9×9: expected at least 9×9",
        ),
        (
            Repeat(MaxPool(3), 3),
            r"\.layers\[1\] MaxPool 3×3: expected at least 3×3, got 2×2",
        ),
    ],
)
def test_misfits(net, text):
    with pytest.raises(ArchitectureError, match=rf"^layers\[0\]{text}"):
        built.module(Sequential([net]), (8, 8, 3))
    for use in (net.output_shape, net.costs, net.receptive_field):
        with pytest.raises(ValueError, match=re.sub(r"^ \w+:? |^\\\.", "", text)):
            use((8, 8, 3))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Parallel([]), ValueError, "branches: expected at least one layer"),
        (lambda: Parallel([Flatten()], "add"), ValueError, "combine: expected one of sum, concat"),
        (lambda: Parallel(Flatten()), TypeError, "branches: expected an iterable of layers"),  # type: ignore[arg-type]
        (lambda: Residual([], shortcut=[3]), TypeError, r"shortcut\[0\]: expected a Layer, got 3"),  # type: ignore[list-item]
        (lambda: Repeat(Flatten, 2), TypeError, "layer: expected a Layer, got <class"),  # type: ignore[arg-type]
        (lambda: Repeat(Flatten(), 0), ValueError, "times: expected at least 1, got 0"),
        (lambda: Repeat(Flatten(), 1001), ValueError, "times: expected at most 1000, got 1001"),
        (
            lambda: Sequential([Flatten(name="a"), Dense(2), Dense(2, name="a")]),
            ValueError,
            r"layers\[2\]: expected a name .*, got 'a', the name of layers\[0\]",
        ),
        (
            lambda: Sequential([Dense(2, name="1"), Dense(2)]),
            ValueError,
            r"layers\[1\]: expected a name .*, got None, the name of layers\[0\]",
        ),
    ],
)
def test_containers_that_cannot_be(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_names_stand_in_the_paths_of_weights_and_in_errors():
    net = Sequential(
        [Conv(4, 3, name="stem"), Residual([Conv(4, 3, name="conv1"), Conv(4, 3)], [Conv(4, 1)])]
    )
    module = nnx.eval_shape(lambda: built.module(net, (8, 8, 3)))
    paths = {".".join(map(str, path[:-1])) for path, _ in nnx.to_flat_state(nnx.state(module))}
    assert paths == {
        "layers.stem",
        *("layers.1.layers.conv1", "layers.1.layers.1", "layers.1.shortcut.layers.0"),
    }
    assert module["stem"] is module[0]
    with pytest.raises(KeyError, match="layer: expected one of stem, 1, got 'stm'"):
        module["stm"]
    bad = Sequential([Flatten(), Conv(4, 3, name="stem")])
    with pytest.raises(ArchitectureError, match=r"^layers\[1\] Conv 'stem': expected"):
        bad.output_shape((8, 8, 3))


def test_a_repr_leaves_out_defaults():
    net = Residual([Conv(4, 3, name="a")], shortcut=[Conv(4, 1, 2)])
    assert repr(net) == (
        "Residual(layers=(Conv(features=4, kernel_size=3, name='a'),), "
        "shortcut=(Conv(features=4, kernel_size=1, strides=2),))"
    )


def test_layers_of_a_sequential_are_had_by_index_or_name():
    net = Sequential([Conv(4, 3, name="stem"), Flatten()])
    assert (net[0], net["stem"], net[-1], net["1"]) == (*net.layers[:1] * 2, *[Flatten()] * 2)
    assert [*net] == [*net.layers]
    with pytest.raises(KeyError, match="layer: expected one of stem, 1, got 'stm'"):
        net["stm"]


def test_a_list_is_no_layer():
    text = r"branches\[1\]: expected a Layer, got \[.*\] .several in a row are a Sequential"
    with pytest.raises(TypeError, match=text):
        Parallel([Flatten(), [Flatten()]])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="several in a row are a Sequential"):
        Repeat([Flatten()], 2)  # type: ignore[arg-type]


def test_a_receptive_field_that_is_everything_is_the_input():
    net = Sequential(
        [Conv(2, 5), Residual([Conv(2, 5, 8, padding=2), GlobalAvgPool()], [Flatten(), Dense(2)])]
    )
    assert net.receptive_field((16, 12, 2)) == ((16, 12), (0, 0), (0, 0))
