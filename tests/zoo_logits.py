"""Logits of networks of the zoo from torchvision's weights, to be compared with torchvision's."""

import jax
import numpy as np
from flax import nnx
from golden.make_torch_models import NUM_CLASSES, images

from jaxcnn import models
from jaxcnn.models import load_torch_state_dict

TOLERANCES = {np.float32: 1e-4, np.float64: 1e-9}


def logits(case, weights, dtype):
    """Logits of a case in eval mode; the loader is strict about the names of the weights."""
    return logits_of(getattr(models, case.model)(NUM_CLASSES), case, weights, dtype)


def logits_of(architecture, case, weights, dtype, *, is_compiled=True):
    """Logits of an architecture for the images of a case.

    Where blocks repeat, it takes less time to compile their operations one by one.
    """
    module = load_torch_state_dict(architecture, weights, case.input_shape)
    graph, state = nnx.split(module)
    state = jax.tree.map(lambda leaf: np.asarray(leaf, dtype), state)
    # In float64 convolutions take longer to run as they are than XLA takes to optimize them.
    jax.config.update("jax_disable_most_optimizations", dtype == np.float32)
    with jax.enable_x64(dtype == np.float64):
        inputs = jax.numpy.asarray(images(case), dtype)

        def apply(state, inputs):
            return nnx.merge(graph, state)(inputs)

        found = jax.device_get((jax.jit(apply) if is_compiled else apply)(state, inputs))
    assert found.dtype == dtype
    return found


def check_logits(found, expected, dtype):
    distance = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    assert distance < TOLERANCES[dtype], distance
