import bright_rows
import built
import jax
import numpy as np
import pytest
from flax import nnx
from scipy.special import log_softmax

import jaxcnn
from jaxcnn import explain
from jaxcnn.inference import Network, Normalization, functionalize

KEY = jax.random.key(0)
DATA = bright_rows.dataset(30)


@pytest.fixture(scope="module")
def network():
    net = jaxcnn.Sequential([jaxcnn.Conv(2, 3), jaxcnn.Flatten(), jaxcnn.Dense(3)])
    apply, variables = functionalize(built.filled(net, DATA.input_shape))
    normalization = Normalization((0.2,), (0.5,))
    return Network(apply, variables, normalization, DATA.input_shape, DATA.class_names)


def direction(key, params):
    """Each filter, over the last axis of a kernel, is random and as long as the network's."""
    leaves, tree = jax.tree.flatten(params)
    shapes = [leaf.shape for leaf in leaves]

    @jax.jit
    def normal(key):
        keys = jax.random.split(key, len(shapes))
        return [jax.random.normal(each, shape) for each, shape in zip(keys, shapes, strict=True)]

    directions = []
    for weights, drawn in zip(leaves, map(np.asarray, normal(key)), strict=True):
        lengths = [np.linalg.norm(w.reshape(-1, w.shape[-1]), axis=0) for w in (weights, drawn)]
        is_bias = weights.ndim == 1
        directions.append(0 * drawn if is_bias else drawn * lengths[0] / lengths[1])
    return jax.tree.unflatten(tree, directions)


@pytest.mark.thorough
def test_each_point_is_the_loss_of_the_moved_weights(network):  # guide row A8.11
    surface = explain.loss_surface(network, DATA, key=KEY, steps=3, reach=0.5, examples=8)
    assert (surface.offsets.tolist(), surface.examples) == ([-0.5, 0, 0.5], 8)
    chosen = [0, 4, 8, 12, 17, 21, 25, 29]
    inputs = np.float32((DATA.images[chosen] / 255 - 0.2) / 0.5)
    params = network.variables.params
    first, second = (direction(key, params) for key in jax.random.split(KEY))

    def loss(x, y):
        moved = jax.tree.map(lambda w, a, b: np.asarray(w + x * a + y * b), params, first, second)
        module = nnx.merge(network.apply.eval_graph, moved, network.variables.batch_stats)
        logits = np.asarray(module(inputs))
        return -log_softmax(logits, axis=1)[np.arange(8), DATA.labels[chosen]].mean()

    for row, column in ((0, 0), (1, 1), (0, 2), (2, 1)):  # row: second direction
        expected = loss(surface.offsets[column], surface.offsets[row])
        assert surface.losses[row, column] == pytest.approx(expected, rel=1e-4)
    assert surface.loss == surface.losses[1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 4}, "steps: expected an odd number of at least 3, got 4"),
        ({"reach": 0.0}, "reach: expected a positive number, got 0.0"),
    ],
)
def test_errors(network, change, message):
    with pytest.raises(ValueError, match=message):
        explain.loss_surface(network, DATA, key=KEY, **change)


OFFSETS = np.linspace(-1, 1, 5)
BOWL = 0.1 + OFFSETS[:, None] ** 2 + 3 * OFFSETS**2


def test_contours_and_the_trained_network(draw):
    losses = BOWL.copy()
    losses[0, 0] = np.inf
    figure = draw(explain.plot_loss_surface(explain.LossSurface(OFFSETS, losses, 100)))
    axes, bar = figure.axes
    (star,) = axes.lines
    assert star.get_xydata().tolist() == [[0, 0]]
    assert star.get_label() == "the trained network, loss 0.1"
    assert bar.get_ylabel() == "loss (nat)"
    levels = axes.collections[0].levels
    assert levels[[0, -1]].tolist() == pytest.approx([0.1, 4.1])
    np.testing.assert_allclose(levels[1:] / levels[:-1], levels[1] / levels[0])
    assert "100 images at 25 points" in figure.get_supxlabel()
