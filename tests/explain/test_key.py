from functools import partial

import bright_rows
import jax
import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain._inputs import check_key

NETWORK, DATASET = bright_rows.network(), bright_rows.dataset(2)


@pytest.mark.parametrize(
    "call",
    [
        partial(explain.smooth_grad, NETWORK, DATASET.images),
        partial(explain.sanity_check, explain.saliency, NETWORK, DATASET.images),
        partial(explain.randomize_weights, NETWORK),
        partial(explain.activation_maximization, NETWORK, 0, (8, 8, 1)),
        partial(explain.loss_surface, NETWORK, DATASET),
    ],
    ids=lambda call: call.func.__name__,
)
@pytest.mark.parametrize("key", [0, None, np.ones(2, np.float32)])
def test_what_is_no_key(call, key):
    with pytest.raises(TypeError, match=r"key must be a random key such as .*, got"):
        call(key=key)


def test_keys_of_both_kinds_and_traced_ones():
    for key in (jax.random.key(0), jax.random.PRNGKey(0)):
        check_key(key)
        jax.eval_shape(check_key, key)
