# pyright: reportArgumentType=false
# (Lists and NumPy's numbers are among the points of these tests.)
import dataclasses
import pickle

import jax
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.layers import Costs, Layer, ReceptiveField


@dataclasses.dataclass(frozen=True)
class Reverse(Layer):
    """A layer of a caller's own, with no more than it must define."""

    def output_shape(self, input_shape):
        return input_shape[::-1]

    def build(self, input_shape, *, rngs):
        del input_shape, rngs
        return nnx.Sequential(lambda x: x.transpose(0, 3, 2, 1))


def test_costs_add_up():
    assert Costs(1, 2, 3) + Costs(10, 20, 30) == Costs(11, 22, 33)
    assert sum([Costs(1, 2, 3)] * 3, start=Costs()) == (3, 6, 9)


def test_a_layer_costs_nothing_and_sees_one_pixel_unless_it_says_so():
    assert Reverse().costs((4, 5, 6)) == Costs(0, 0, 0)
    assert Reverse().receptive_field((4, 5, 6)) == ReceptiveField(
        size=(1, 1), stride=(1, 1), padding=(0, 0)
    )
    assert Reverse().receptive_field((4,)) == ReceptiveField((), (), ())


@dataclasses.dataclass(frozen=True)
class Middle(Reverse):
    """The pixel in the middle."""

    def output_shape(self, input_shape):
        return input_shape[-1:]


def test_a_layer_that_drops_axes_sees_everything_unless_it_says_so():
    assert Middle().receptive_field((4, 5, 6)) == ReceptiveField(
        size=(4, 5), stride=(0, 0), padding=(0, 0)
    )


@dataclasses.dataclass(frozen=True)
class Scaled(Reverse):
    """A layer of a caller's own that checks nothing."""

    factors: tuple[float, ...] | float
    inner: Layer | None = None


def test_arguments_become_plain_data():
    layer = Scaled([np.float32(0.5), [np.int64(3)]], inner=Reverse())
    assert repr(layer) == "Scaled(factors=(0.5, (3,)), inner=Reverse())"
    assert type(Scaled(np.float64(0.5)).factors) is float


SIZE = np.int64(3)


@pytest.mark.parametrize(
    ("layer", "plain"),
    [
        (jaxcnn.Conv(SIZE, [SIZE, 3], strides=[1, 2]), jaxcnn.Conv(3, (3, 3), strides=(1, 2))),
        (jaxcnn.Conv(3, 3, padding=[[0, SIZE], 1]), jaxcnn.Conv(3, 3, padding=((0, 3), 1))),
        (jaxcnn.Dense(SIZE), jaxcnn.Dense(3)),
        (jaxcnn.MaxPool([SIZE, 2], SIZE), jaxcnn.MaxPool((3, 2), 3)),
        (jaxcnn.WhiteningConv(SIZE), jaxcnn.WhiteningConv(3)),
        (jaxcnn.Dropout(np.float32(0.5)), jaxcnn.Dropout(0.5)),
    ],
)
def test_lists_and_numpys_numbers_are_as_good_as_plain_ones(layer, plain):
    assert layer == plain
    assert repr(layer) == repr(plain)
    assert hash(layer) == hash(plain)


def test_a_layer_of_ones_own_stands_among_the_others():
    net = jaxcnn.Sequential([jaxcnn.Conv(2, 3), Reverse(), jaxcnn.Conv(3, 1)])
    assert net.output_shape((4, 5, 1)) == (2, 5, 3)

    def run(images):
        return jaxcnn.build(net, (4, 5, 1), rngs=nnx.Rngs(0))(images)

    images = jax.ShapeDtypeStruct((7, 4, 5, 1), np.float32)
    assert jax.eval_shape(run, images).shape == (7, 2, 5, 3)


@dataclasses.dataclass(frozen=True)
class OnlyAShape(Layer):
    def output_shape(self, input_shape):
        return input_shape


def test_a_layer_must_say_its_shape_and_how_to_build_it():
    with pytest.raises(TypeError, match=r"abstract methods '?build'?, '?output_shape"):
        Layer()  # type: ignore[abstract]
    with pytest.raises(TypeError, match=r"abstract method '?build"):
        OnlyAShape()  # type: ignore[abstract]


class Undecorated(Reverse):
    def __init__(self, k):
        self.k = k


def test_a_layer_must_be_a_dataclass():
    with pytest.raises(TypeError, match=r"Undecorated: expected @dataclasses\.dataclass"):
        Undecorated(3)


class Scale(nnx.Module):
    def __init__(self, channels):
        self.scale, self.seen = nnx.Param(np.ones(channels)), nnx.BatchStat(np.zeros(2))


@dataclasses.dataclass(frozen=True)
class Scaling(Layer):
    def output_shape(self, input_shape):
        return input_shape

    def build(self, input_shape, *, rngs):
        del rngs
        return Scale(input_shape[-1])


def test_the_weights_of_a_layer_that_does_not_count_them_are_counted():
    assert Scaling().costs((4, 4, 3)) == (3, 0, 4 * (3 + 2))
    net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), Scaling()])
    assert jaxcnn.count_parameters(net, (8, 8, 1)) == 40 + 4


def test_layers_are_values():
    layer = jaxcnn.Conv(8, 3, strides=2)
    assert layer == jaxcnn.Conv(8, 3, strides=2) != jaxcnn.Conv(8, 3)
    assert hash(layer) == hash(jaxcnn.Conv(8, 3, strides=2))
    assert dataclasses.replace(layer, strides=1) == jaxcnn.Conv(8, 3)
    assert pickle.loads(pickle.dumps(layer)) == layer
    with pytest.raises(dataclasses.FrozenInstanceError):
        layer.features = 9  # type: ignore[misc]
