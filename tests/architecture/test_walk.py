import built
import jax
import jax.numpy as jnp
import pytest
from flax import nnx

from jaxcnn import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Parallel,
    Repeat,
    Residual,
    Sequential,
)
from jaxcnn.architecture import walk
from jaxcnn.layers import ArchitectureError

SHAPE = (16, 12, 3)
NET = Sequential(
    [
        Conv(4, 3, name="stem"),
        Repeat(Residual([Conv(4, 3), BatchNorm()], name="block"), 2),
        Residual([Conv(8, 3, 2, padding=1)], shortcut=[AvgPool(2), Conv(8, 1)]),
        Parallel([Sequential([]), Sequential([Conv(2, 3)], name="new")], "concat"),
        Sequential([GlobalAvgPool(), Dense(5)], name="head"),
    ]
)
NAMES = [
    "stem",
    *("1.0.0", "1.0.1", "1.0", "1.1.0", "1.1.1", "1.1"),
    *("2.0", "2.shortcut.0", "2.shortcut.1", "2"),
    *("3.new.0", "3"),
    *("head.0", "head.1"),
]


def test_layers_come_in_the_order_in_which_they_compute():
    assert [visit.name for visit in walk(NET, SHAPE)] == NAMES
    assert [*walk(Sequential([]), SHAPE)] == []
    (alone,) = walk(Dense(3), SHAPE)
    assert (alone.path, alone.name, alone.output_shape) == ("", "", (16, 12, 3))


def test_a_path_is_where_the_module_lies():
    module = nnx.eval_shape(lambda: built.module(NET, SHAPE))
    modules = {".".join(map(str, path)): part for path, part in nnx.iter_modules(module)}
    for visit in walk(NET, SHAPE):
        part = modules[visit.path]
        graph, state = nnx.split(part)

        def run(state, images, graph=graph):
            return built.call(nnx.merge(graph, state), images, train=False, key=None)

        images = jax.ShapeDtypeStruct((1, *visit.input_shape), jnp.float32)
        outputs = jax.eval_shape(run, state, images)
        assert outputs.shape[1:] == visit.output_shape, visit
        assert built.variables(visit.layer, visit.input_shape) == sum(
            leaf.size for leaf in jax.tree.leaves(nnx.state(part, nnx.Param))
        )


@pytest.mark.parametrize("length", range(1, len(NET.layers) + 1))
def test_the_last_window_is_that_of_the_network(length):
    net = Sequential(NET.layers[:length])
    *_, last = walk(net, SHAPE)
    assert last.receptive_field == net.receptive_field(SHAPE)
    assert last.output_shape == net.output_shape(SHAPE)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("resnet18", SHAPE), TypeError, "architecture: expected a layer"),
        ((NET, (16, -1, 3)), ValueError, "input_shape: expected positive integers"),
    ],
)
def test_bad_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        next(walk(*arguments))


def test_a_layer_that_does_not_fit_is_named():
    net = Sequential([Repeat(Sequential([Conv(4, 3), AvgPool(3)]), 3), Activation("relu")])
    with pytest.raises(
        ArchitectureError,
        match=r"^layers\[0\].layers\[2\].layers\[1\] AvgPool 3×3: expected at least",
    ):
        [*walk(net, SHAPE)]
