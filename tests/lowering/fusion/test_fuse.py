"""Which operations a convolution takes up, and that the values stay the same."""

from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.inference import functionalize
from jaxcnn.lowering.fusion import _fuse, fuse

RNG = np.random.default_rng(0)
KERNEL = jnp.asarray(RNG.normal(size=(3, 3, 2, 4)), jnp.float32)
ROW = jnp.asarray(RNG.normal(size=(1, 1, 1, 4)), jnp.float32)
IMAGES = jnp.asarray(RNG.normal(size=(2, 6, 5, 2)), jnp.float32)


def conv(x):
    return F.conv(x, KERNEL)


def shortcut(x):
    return jnp.concatenate([x, x], -1)


TAKEN_UP = {
    "batch norm": lambda x: jax.nn.relu((conv(x) - ROW) * (2 * ROW) + 1),
    "a constant on the left": lambda x: jnp.maximum(0, 3 * conv(x)),
    "a number": lambda x: conv(x) * 2 - 1,
    "a division": lambda x: conv(x) / 4,
    "relu6": lambda x: jax.nn.relu6(conv(x) + ROW),
    "sigmoid": lambda x: jax.nn.sigmoid(conv(x) + ROW),
    "tanh": lambda x: jnp.tanh(conv(x)),
    "silu": lambda x: jax.nn.silu(conv(x) + ROW),
    "gelu": lambda x: nnx.gelu(conv(x) + ROW),
    "exact gelu": lambda x: F.exact_gelu(conv(x)),
    "gelu after a shortcut": lambda x: jax.nn.gelu(conv(x) + shortcut(x)),
    "a shortcut": lambda x: jax.nn.relu(shortcut(x) + conv(x) * ROW),
    "a dense layer at each pixel": lambda x: F.exact_gelu(x @ KERNEL[0, 0] + ROW),
    "a dense layer with a scale and a shortcut": lambda x: shortcut(x) + (x @ KERNEL[0, 0]) * ROW,
    "XLA's convolution": lambda x: (
        lax.conv_general_dilated(
            x, KERNEL, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        + ROW
    ),
}
LEFT = {
    "two uses": (
        lambda x: (lambda y: y * jnp.tanh(y))(conv(x) + ROW),
        {"jaxcnn_fused_conv": 1, "tanh": 1, "mul": 1},
    ),
    "silu of what is used again": (
        lambda x: (lambda y: jax.nn.silu(y) + y)(conv(x)),
        {"jaxcnn_fused_conv": 1, "jaxcnn_silu": 1, "add": 1},
    ),
    "silu with a part that is used again": (
        lambda x: (lambda y, s: y * s - s)(*(lambda y: (y, jax.nn.sigmoid(y)))(conv(x))),
        {"jaxcnn_fused_conv": 1, "logistic": 1, "mul": 1, "sub": 1},
    ),
    "swish with another slope": (
        lambda x: (lambda y: y * jax.nn.sigmoid(1.5 * y))(conv(x)),
        {"jaxcnn_fused_conv": 1, "logistic": 1, "mul": 2},
    ),
    "gelu of no convolution": (
        lambda x: nnx.gelu(nnx.gelu(conv(x))),
        {"jaxcnn_fused_conv": 1, "jaxcnn_gelu": 1},
    ),
    "a factor after a shortcut": (
        lambda x: (conv(x) + shortcut(x)) * ROW,
        {"jaxcnn_fused_conv": 1, "concatenate": 1, "mul": 1},
    ),
    "a factor after an activation": (
        lambda x: jax.nn.relu(conv(x)) * 2,
        {"jaxcnn_fused_conv": 1, "mul": 1},
    ),
    "a factor per pixel": (
        lambda x: conv(x) * jnp.ones((1, 6, 5, 1)),
        {"jaxcnn_fused_conv": 1, "mul": 1},
    ),
    "a factor per example": (
        lambda x: conv(x) * jnp.array([1.0, 2.0]).reshape(2, 1, 1, 1),
        {"jaxcnn_fused_conv": 1, "mul": 1},
    ),
    "another bound": (
        lambda x: jnp.minimum(jax.nn.relu(conv(x)), 5),
        {"jaxcnn_fused_conv": 1, "min": 1},
    ),
    "a bound below 0": (
        lambda x: jnp.maximum(conv(x), -1),
        {"jaxcnn_fused_conv": 1, "max": 1},
    ),
    "a convolution minus another": (
        lambda x: conv(x) - conv(x * 2),
        {"jaxcnn_fused_conv": 2, "mul": 1, "sub": 1},
    ),
    "channels first": (
        lambda x: (
            lax.conv_general_dilated(
                x, KERNEL, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NCHW")
            )
            + 1
        ),
        {"conv_general_dilated": 1, "add": 1},
    ),
    "a dense layer of whole images": (
        lambda x: jax.nn.relu(x.reshape(2, -1) @ jnp.ones((60, 4))),
        {"reshape": 1, "dot_general": 1, "max": 1},
    ),
    "a product with what depends on the images": (
        lambda x: jax.nn.relu(x @ x.reshape(2, -1)[:, :4]),
        {"reshape": 1, "slice": 1, "dot_general": 1, "max": 1},
    ),
    "a kernel that depends on the images": (
        lambda x: F.conv(x, KERNEL * x.mean()) + ROW,
        {"reduce_sum": 1, "div": 1, "mul": 1, "jaxcnn_conv": 1, "add": 1},
    ),
}
VALUES = TAKEN_UP | {name: function for name, (function, _) in LEFT.items()}


def names(function):
    fused, constants = fuse(function, IMAGES)
    jaxpr = jax.make_jaxpr(fused)(constants, IMAGES).jaxpr
    return Counter(equation.primitive.name for equation in jaxpr.eqns)


@pytest.mark.parametrize("function", TAKEN_UP.values(), ids=TAKEN_UP)
def test_nothing_is_left_to_compute_after_the_convolution(function):
    found = names(function)
    assert found.pop("jaxcnn_fused_conv") == 1
    assert not set(found) - {"concatenate"}  # the shortcut


@pytest.mark.parametrize(("function", "expected"), LEFT.values(), ids=LEFT)
def test_what_cannot_be_fused_is_left(function, expected):
    found = names(function)
    assert {name: found[name] for name in found if name != "broadcast_in_dim"} == expected


def test_weights_that_are_nan_do_not_become_0():
    """oneDNN's ReLU would turn them into 0."""
    broken = KERNEL.at[0, 0, 0, 0].set(jnp.nan)
    assert names(lambda x: jax.nn.relu(F.conv(x, broken) + ROW)) == {
        "jaxcnn_fused_conv": 1,
        "max": 1,
    }


def test_callbacks_are_kept_even_if_they_take_nothing():
    def show(x):
        jax.debug.callback(print, x.sum())
        jax.debug.callback(print)
        return conv(x) + ROW

    assert names(show)["debug_callback"] == 2


def test_large_constants_are_not_made_in_advance():
    images = jnp.zeros((64, 32, 32, 4))
    fused, constants = fuse(lambda x: jnp.where(x > 0, x, 0.0), images)
    made = jax.make_jaxpr(fused)(constants, images).consts
    assert {np.size(constant) for constant in made} <= {1}


def test_constants_that_a_program_cannot_hold_are_its_arguments(monkeypatch):
    monkeypatch.setattr(_fuse, "MAX_EMBEDDED", 0)
    _, constants = fuse(lambda x: conv(x) + ROW, IMAGES)
    assert sorted(constant.shape for constant in constants) == [(3, 3, 2, 4), (4,)]


def test_of_two_convolutions_one_takes_up_the_other():
    assert names(lambda x: jax.nn.relu(conv(x) * 2 + conv(x + 1))) == {
        "add": 1,
        "jaxcnn_fused_conv": 2,
    }


@pytest.mark.slow
def test_all_of_a_residual_network_is_taken_up():
    block = [jaxcnn.Conv(4, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")]
    net = jaxcnn.Sequential([*block, jaxcnn.Residual(block[:2]), jaxcnn.Activation("relu")])
    apply, variables = functionalize(net.build((6, 5, 2), rngs=nnx.Rngs(0)))
    assert names(lambda x: apply(variables, x, train=False)[0]) == {"jaxcnn_fused_conv": 2}


@pytest.mark.slow
@pytest.mark.parametrize("function", VALUES.values(), ids=VALUES)
def test_the_values_stay_the_same(function):
    fused, constants = fuse(function, IMAGES)
    found = jax.jit(fused)(constants, IMAGES)
    np.testing.assert_allclose(found, function(IMAGES), rtol=1e-5, atol=1e-5)
