"""Every kind of network of the zoo learns: one step of it, compiled."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from zoo_networks import LARGER

import jaxcnn
from jaxcnn.layers import call
from jaxcnn.models import MODELS

# Smaller inputs and fewer neurons, where the networks made for ImageNet take them.
SMALL = {
    "alexnet": ((95, 95, 3), {"hidden_features": 64}),
    "zfnet": ((96, 96, 3), {"hidden_features": 64}),
}
SMALL |= {f"vgg{depth}": ((32, 32, 3), {"hidden_features": 64}) for depth in (11, 13, 16, 19)}
SMALL |= {f"resnet{depth}": ((64, 64, 3), {"width": 16}) for depth in (18, 34, 50, 101, 152)}
SMALL |= {f"preact_resnet{depth}": ((64, 64, 3), {"width": 16}) for depth in (18, 34, 50)}
SMALL |= {
    "convnext_tiny": ((64, 64, 3), {"widths": (16, 32, 64, 128)}),
    "densenet121": ((64, 64, 3), {"growth_rate": 8}),
    "efficientnet_b0": ((64, 64, 3), {"width": 0.35}),
    "m5": ((4096, 1), {}),
    "mobilenet_v2": ((64, 64, 3), {"width": 0.35}),
    "text_cnn": ((64,), {"num_words": 50}),
    "wide_resnet_28_10": ((32, 32, 3), {"width": 32}),
}

SMALL |= {
    name: ((64, 64, 3), {})
    for name in (
        *("efficientnet_v2_s", "googlenet", "mnasnet0_5", "mobilenet_v1", "mobilenet_v3_small"),
        *("regnet_x_400mf", "regnet_y_400mf", "resnext50_32x4d", "shufflenet_v2_x0_5"),
        *("squeezenet1_0", "squeezenet1_1", "wide_resnet50_2"),
    )
}
SMALL["inception_v3"] = ((75, 75, 3), {})

# The compiler's own work takes longest, and here it is not the speed that counts.
QUICKLY = {"xla_backend_optimization_level": 0}


def filled(abstract, rng):
    """Arrays for the variables of a network: kernels as He draws them, and all else ones.

    (To draw each with its own initializer takes longer than the step: one compilation a shape.)
    """

    def fill(leaf):
        if len(leaf.shape) < 2:
            return np.ones(leaf.shape, leaf.dtype)
        deviation = math.sqrt(2 / math.prod(leaf.shape[:-1]))
        return rng.normal(0, deviation, leaf.shape).astype(leaf.dtype)

    return jax.tree.map(fill, abstract)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name not in LARGER])
def test_a_training_step(name):
    make, input_shape = MODELS[name]
    input_shape, options = SMALL.get(name, (input_shape, {}))
    classes, batch, rng = 5, 4, np.random.default_rng(0)
    net = make(classes, **options)
    model = nnx.eval_shape(lambda: jaxcnn.build(net, input_shape, rngs=nnx.Rngs(0)))
    graph, *variables = nnx.split(model, nnx.Param, ...)
    params, rest = filled(variables, rng)
    words = rng.integers(0, 50, (batch, *input_shape))
    inputs = words if len(input_shape) == 1 else (words / 25 - 1).astype(np.float32)
    labels = np.arange(batch) % classes

    def loss(params, rest, inputs, key):
        module = nnx.merge(graph, params, rest, copy=True)
        logits = call(module, jnp.asarray(inputs), train=True, key=key)
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
        return losses.mean(), nnx.state(module, nnx.Not(nnx.Param))

    def step(params, rest, inputs, key):
        (value, new), gradients = jax.value_and_grad(loss, has_aux=True)(params, rest, inputs, key)
        slopes = jax.tree.map(lambda slope: jnp.abs(slope).max(), gradients)
        params = jax.tree.map(lambda leaf, slope: leaf - 1e-3 * slope, params, gradients)
        return value, slopes, params, new

    compiled = jax.jit(step, compiler_options=QUICKLY, donate_argnums=0)
    value, slopes, params, new = compiled(params, rest, inputs, jax.random.key(0))
    assert np.isfinite(value)
    assert max(jax.tree.leaves(slopes)) > 0
    assert np.isfinite(jax.tree.leaves(slopes)).all()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((params, new)))
