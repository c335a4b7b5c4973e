import pytest

from jaxcnn import Activation, BatchNorm, Conv, Dense, Flatten, Parallel, Residual, Sequential, diff
from jaxcnn.layers import ArchitectureError

BEFORE = Sequential([Conv(8, 3), Activation("relu"), Residual([Conv(8, 3)]), Flatten(), Dense(10)])


def test_equal_networks():
    report = diff(BEFORE, BEFORE, (8, 8, 1))
    assert report.changes == ()
    assert (
        str(report) == "the same layers\nparameters 5,794 → 5,794 (+0)\nMACs 46,592 → 46,592 (+0)"
    )


def test_every_kind_of_change():
    after = Sequential(
        [
            Conv(8, 5, name="stem"),
            BatchNorm(),
            Activation("gelu"),
            Parallel([Conv(8, 1)]),
            Dense(10, use_bias=False),
        ]
    )
    report = diff(BEFORE, after, (8, 8, 1))
    assert str(report).splitlines()[:-2] == [
        "~ 0 Conv 3×3 SAME: kernel_size 3 → 5",
        "+ 1 BatchNorm",
        "~ 1 Activation relu: function 'relu' → 'gelu'",
        "~ 2.0 Conv 3×3 SAME: kernel_size 3 → 1",
        "- 2 Residual",
        "- 3 Flatten",
        "~ 4 Dense: use_bias True → False",
    ]
    assert report.before == BEFORE.costs((8, 8, 1))
    assert report.after == after.costs((8, 8, 1))


def test_the_same_layers_in_another_order_of_reading():
    conv = Conv(3, 3)
    report = diff(Residual([conv, conv]), Sequential([conv, Residual([conv])]), (8, 8, 3))
    assert str(report).splitlines()[0] == "~ Residual: reads other layers"


def test_names_are_no_difference():
    renamed = Sequential([Conv(8, 3, name="stem"), *BEFORE.layers[1:]], name="net")
    assert diff(BEFORE, renamed, (8, 8, 1)).changes == ()


def test_a_layer_in_the_middle_changes_nothing_else():
    after = Sequential([*BEFORE.layers[:2], BatchNorm(), *BEFORE.layers[2:]])
    (change,) = diff(BEFORE, after, (8, 8, 1)).changes
    assert (change.before, change.after.layer) == (None, BatchNorm())
    (change,) = diff(after, BEFORE, (8, 8, 1)).changes
    assert (change.before.name, change.after) == ("2", None)


def test_bad_arguments():
    with pytest.raises(TypeError, match="architecture: expected a layer such as Sequential"):
        diff(BEFORE, "resnet18", (8, 8, 1))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="input_shape: expected positive integers"):
        diff(BEFORE, BEFORE, (8, 8, 0))
    with pytest.raises(ArchitectureError, match=r"^layers\[1\] Conv: expected \(\*sp"):
        diff(BEFORE, Sequential([Flatten(), Conv(3, 3)]), (8, 8, 1))
