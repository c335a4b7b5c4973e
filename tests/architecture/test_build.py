import dataclasses
from functools import partial

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Sequential,
)
from jaxcnn import functional as F
from jaxcnn.architecture import check_input_shape, count_parameters
from jaxcnn.layers import ACTIVATIONS

NET = Sequential([Conv(4, 3), BatchNorm(), Activation("relu"), Dropout(0.5), Flatten(), Dense(3)])


def leaves(seed):
    module = jaxcnn.build(NET, (5, 6, 2), rngs=nnx.Rngs(seed))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(nnx.state(module))]


@pytest.mark.thorough
def test_equal_seeds_give_equal_bits():  # guide row A6.15
    for first, second in zip(leaves(0), leaves(0), strict=True):
        np.testing.assert_array_equal(first, second)
    assert any((a != b).any() for a, b in zip(leaves(0), leaves(1), strict=True))


def test_layers_of_one_kind_start_different():
    first, second = built.module(Sequential([Dense(4), Dense(4)]), (4,)).layers
    assert (first.kernel[...] != second.kernel[...]).all()


@pytest.mark.thorough
def test_the_module_runs_under_plain_jit_and_grad():
    model = built.filled(NET, (5, 6, 2), 0.1, 0.9)
    images = np.random.default_rng(0).normal(size=(3, 5, 6, 2)).astype(np.float32)
    np.testing.assert_allclose(jax.jit(model)(images), model(images), rtol=1e-5, atol=1e-6)
    graph, parameters, rest = nnx.split(model, nnx.Param, ...)

    def loss(parameters):
        return (nnx.merge(graph, parameters, rest)(images) ** 2).sum()

    gradients = jax.jit(jax.grad(loss))(parameters)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))


LOGITS = [
    NET,
    Sequential([Conv(3, 3), Activation("relu"), GlobalAvgPool()]),
    Sequential([Conv(3, 3), Residual([Conv(3, 3), Activation("relu")])]),
    *(Sequential([Dense(3), Activation(name)]) for name in ("tanh", "gelu", "leaky_relu", "elu")),
    Sequential([]),
]


@pytest.mark.parametrize("net", LOGITS)
def test_no_warning_where_the_outputs_have_both_signs(net):
    # Warnings are errors in these tests.
    built = nnx.eval_shape(lambda: jaxcnn.build(net, (4, 4, 3), rngs=nnx.Rngs(0)))
    assert isinstance(built, nnx.Module)


ONE_SIGN = [
    *("relu", "relu6", "heaviside", "softplus"),  # no negative side
    *("sigmoid", "hard_sigmoid", "softmax", "log_softmax"),  # probabilities, or their logarithms
]


def test_the_other_activations_have_both_signs():
    @jax.jit
    def outputs(x):
        return {name: getattr(F, name)(x) for name in {*ACTIVATIONS} - {*ONE_SIGN}}

    for name, values in outputs(np.array([[-1, 1]], np.float32)).items():
        assert np.sign(values).tolist() == [[-1.0, 1.0]], name


@pytest.mark.parametrize(
    "last",
    [
        *(MaxPool(2), AvgPool(2), AdaptiveAvgPool(1), Sequential([Conv(3, 3), MaxPool(2)])),
        *map(Activation, ONE_SIGN),
    ],
    ids=str,
)
def test_outputs_that_are_no_logits_warn(last):  # guide row A4.7
    with pytest.warns(UserWarning, match="its outputs cannot be used as logits") as caught:
        nnx.eval_shape(
            lambda: jaxcnn.build(Sequential([Conv(3, 3), last]), (4, 4, 3), rngs=nnx.Rngs(0))
        )
    assert caught[0].filename == __file__


def test_count_parameters():
    assert count_parameters(NET, (5, 6, 2)) == (9 * 2 + 1) * 4 + 8 + (120 + 1) * 3


@pytest.mark.parametrize(
    "shape", [(), (32, 0, 3), (-1, 3), (32.0, 32, 3), (True, 3), "abc", 32, None, ("32", 3)]
)
def test_input_shapes_that_are_none(shape):
    text = "input_shape: expected positive integers such as"
    for use in (
        check_input_shape,
        lambda s: count_parameters(NET, s),
        lambda s: jaxcnn.build(NET, s, rngs=nnx.Rngs(0)),
    ):
        with pytest.raises(ValueError, match=text):
            use(shape)


def test_input_shape_from_a_list():
    assert check_input_shape([8, 8, 3]) == (8, 8, 3)  # type: ignore[arg-type]
    shape = check_input_shape((np.int64(8), 8, np.int8(3)))  # type: ignore[arg-type]
    assert repr(shape) == "(8, 8, 3)"


def test_what_is_no_architecture():
    with pytest.raises(
        TypeError, match="architecture: expected a layer such as Sequential, got 'x'"
    ):
        jaxcnn.build("x", (4,), rngs=nnx.Rngs(0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((1, 32, 32, 3), r"input_shape: .*got \(1, 32, 32, 3\), which looks like a batch axis"),
        (
            (3, 32, 32),
            r"expected the shape of one example, channels last.*looks like channels first",
        ),
    ],
)
def test_a_shape_that_looks_like_another_order_is_warned_of(shape, text):
    net = Sequential([Dense(3)])
    for use in (partial(jaxcnn.build, rngs=nnx.Rngs(0)), jaxcnn.summary):
        with pytest.warns(UserWarning, match=text) as caught:
            use(net, shape)
        assert caught[0].filename == __file__


@pytest.mark.parametrize("shape", [(4, 32, 32, 3), (3, 3, 3), (1, 5, 1), (3, 32, 16), (1, 64, 1)])
def test_other_shapes_are_not(shape):  # a warning would be an error here
    assert jaxcnn.summary(Sequential([Dense(3)]), shape).input_shape == shape


class Doubled(nnx.Module):
    def __call__(self, inputs):
        return jnp.concatenate([inputs, inputs], axis=-1)


@dataclasses.dataclass(frozen=True)
class Wrong(jaxcnn.layers.Layer):
    """A custom layer whose module has more channels than it says."""

    factor: int = 1

    def output_shape(self, input_shape):
        return (*input_shape[:-1], self.factor * input_shape[-1])

    def build(self, input_shape, *, rngs):
        del input_shape, rngs
        return Doubled()


@dataclasses.dataclass(frozen=True)
class Lookup(jaxcnn.Embedding):
    """A custom layer that takes integers alone."""


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Residual([Wrong(name="mine")])]),
            r"^layers\.1\.layers\.mine Wrong: expected outputs of shape \(N, 8, 8, 4\) for inputs "
            r"of shape \(N, 8, 8, 4\), as output_shape says, got \(N, 8, 8, 8\) from its module$",
        ),
        (Wrong(), r"^Wrong: expected outputs of shape \(N, 8, 8, 1\) for inputs of"),
        (jaxcnn.Repeat(Wrong(factor=3), 2), r"^layers\.0 Wrong: .* \(N, 8, 8, 3\) .*got .* 8, 2\)"),
    ],
)
def test_a_custom_layer_that_returns_another_shape_than_it_says(net, message):
    with pytest.raises(jaxcnn.layers.ArchitectureError, match=message):
        jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))


def test_custom_layers_that_return_what_they_say():
    net = jaxcnn.Sequential([Wrong(factor=2), Wrong(factor=2)])
    assert jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))(jnp.ones((1, 8, 8, 1))).shape[-1] == 4
    tokens = jaxcnn.Sequential([Lookup(5, 3), Wrong(factor=2)])
    module = jaxcnn.build(tokens, (7,), rngs=nnx.Rngs(0))
    assert module(jnp.zeros((1, 7), int)).shape == (1, 7, 6)
