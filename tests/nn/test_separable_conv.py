import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import functional as F
from jaxcnn.nn import SeparableConv, call

RNGS = nnx.Rngs(0)
MODULE = SeparableConv(
    nnx.Conv(3, 6, (3, 3), feature_group_count=3, use_bias=False, rngs=RNGS),
    nnx.Conv(6, 4, (1, 1), rngs=RNGS),
)


def test_it_is_the_function_of_its_name():
    x = jax.random.normal(jax.random.key(0), (2, 5, 6, 3))
    kernels = MODULE.depthwise.kernel[...], MODULE.pointwise.kernel[...]
    expected = F.separable_conv(x, *kernels, MODULE.pointwise.bias[...])
    np.testing.assert_allclose(MODULE(x), expected, rtol=1e-5, atol=1e-6)


def test_inputs_that_do_not_fit():
    with pytest.raises(TypeError, match="Conv: expected floating-point inputs, got uint8"):
        call(MODULE, jnp.ones((2, 5, 6, 3), jnp.uint8), train=False, key=None)
    with pytest.raises(ValueError, match="Conv: expected 3 values in the last axis"):
        call(MODULE, jnp.ones((2, 5, 6, 4)), train=False, key=None)
