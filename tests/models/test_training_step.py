"""Every network of the zoo learns: one step of it, compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.models import MODELS
from jaxcnn.training import purify

# Smaller inputs and fewer neurons, where the networks made for ImageNet take them.
SMALL = {
    "alexnet": ((95, 95, 3), {"features": 64}),
    "zfnet": ((96, 96, 3), {"features": 64}),
}
SMALL |= {f"vgg{depth}": ((32, 32, 3), {"features": 64}) for depth in (11, 13, 16, 19)}
SMALL |= {f"resnet{depth}": ((64, 64, 3), {"features": 16}) for depth in (18, 34, 50, 101, 152)}
SMALL |= {f"preact_resnet{depth}": ((64, 64, 3), {"features": 16}) for depth in (18, 34, 50)}
SMALL |= {
    "convnext_tiny": ((64, 64, 3), {"widths": (16, 32, 64, 128)}),
    "densenet121": ((64, 64, 3), {"growth_rate": 8}),
    "efficientnet_b0": ((64, 64, 3), {"width": 0.35}),
    "m5": ((4096, 1), {}),
    "mobilenet_v2": ((64, 64, 3), {"width": 0.35}),
    "text_cnn": ((64,), {"num_words": 50}),
}
SMALL |= {"wide_resnet_28_10": ((32, 32, 3), {"features": 32})}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_training_step(name):
    make, input_shape = MODELS[name]
    input_shape, options = SMALL.get(name, (input_shape, {}))
    classes, batch = 5, 4
    model = jaxcnn.build(make(classes, **options), input_shape, rngs=nnx.Rngs(0))
    apply, variables = purify(model)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 50, (batch, *input_shape))
    inputs = words if len(input_shape) == 1 else words.astype(np.float32) / 25 - 1
    labels = np.arange(batch) % classes

    @jax.jit
    def step(variables, key):
        def loss(params):
            logits, stats = apply(
                variables._replace(params=params), jnp.asarray(inputs), train=True, key=key
            )
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), stats

        (value, stats), gradients = jax.value_and_grad(loss, has_aux=True)(variables.params)
        params = jax.tree.map(lambda leaf, slope: leaf - 1e-3 * slope, variables.params, gradients)
        return value, gradients, variables._replace(params=params, batch_stats=stats)

    value, gradients, variables = step(variables, jax.random.key(0))
    slopes = [np.abs(np.asarray(leaf)).max() for leaf in jax.tree.leaves(gradients)]
    assert np.isfinite(value)
    assert np.isfinite(slopes).all()
    assert np.count_nonzero(slopes) == len(slopes)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(variables))
