import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.special import expit, softmax

import jaxcnn
from jaxcnn import explain

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(6, 2, 2, 1)).astype(np.float32)
LABELS = RNG.integers(0, 3, 6)
NET = jaxcnn.Sequential(
    [jaxcnn.Flatten(), jaxcnn.Dense(4, name="z_first"), jaxcnn.Dense(3, name="a_last")]
)


@pytest.fixture(scope="module")
def model():
    return built.filled(NET, (2, 2, 1))


@pytest.mark.parametrize("multilabel", [False, True])
def test_are_those_of_the_chain_rule_by_hand(model, multilabel):
    labels = np.eye(3, dtype=int)[LABELS] if multilabel else LABELS
    found = jax.jit(explain.gradient_norms)(model, IMAGES, labels)
    first, last = (
        [np.asarray(array) for array in (layer.kernel[...], layer.bias[...])]
        for layer in (model["z_first"], model["a_last"])
    )
    inputs = IMAGES.reshape(6, 4)
    hidden = inputs @ first[0] + first[1]
    logits = hidden @ last[0] + last[1]
    likely = expit(logits) / 3 if multilabel else softmax(logits, axis=1)
    surplus = (likely - np.eye(3)[LABELS] / (3 if multilabel else 1)) / 6
    back = surplus @ last[0].T
    assert found.keys() == {"z_first", "a_last"}
    for name, taken, error in (("z_first", inputs, back), ("a_last", hidden, surplus)):
        expected = np.hypot(np.linalg.norm(taken.T @ error), np.linalg.norm(error.sum(axis=0)))
        assert float(found[name]) == pytest.approx(expected, rel=1e-4)


def test_labels_out_of_range(model):
    labels = np.array([1, 2, 3, 1, 1, 1])
    norms = jax.jit(lambda images: explain.gradient_norms(model, images, labels))
    with pytest.raises(ValueError, match="labels: expected 0 to 2, got 3 at"):
        norms(IMAGES)


def vanishing(activation):
    """How many times larger the last layer's norm is than the first one's."""
    layers = [
        layer
        for _ in range(4)
        for layer in (jaxcnn.Dense(16, kernel_init="he_normal"), jaxcnn.Activation(activation))
    ]
    net = jaxcnn.Sequential([jaxcnn.Flatten(), *layers, jaxcnn.Dense(3)])

    @jax.jit
    def norms_of_a_new_one():
        model = jaxcnn.build(net, (2, 2, 1), rngs=nnx.Rngs(1))
        return explain.gradient_norms(model, IMAGES, LABELS)

    norms = norms_of_a_new_one()
    return float(norms["9"] / norms["1"])


@pytest.mark.thorough
def test_gradients_vanish_through_sigmoids_and_not_through_relus():  # guide row A8.8
    assert vanishing("sigmoid") > 100 > 10 > vanishing("relu")


NORMS = {
    "sigmoid": {"0": jnp.array(2e-6), "2": 0.0, "4": 0.62},
    "ReLU": {"0": 0.1, "2": 0.2, "4": 0.3},
}


def test_lines_and_caption(draw):
    figure = draw(explain.plot_gradient_norms(NORMS))
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2e-6, np.nan, 0.62])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "2", "4"]
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "sigmoid: the last layer's is 310,000 times the first one's" in caption
    assert "ReLU: the last layer's is 3 times the first one's" in caption


def test_layers_of_other_names_are_numbered():
    axes = explain.plot_gradient_norms({"a": {"x": 1.0}, "b": {"y": 1.0, "z": 2.0}}).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2"]
