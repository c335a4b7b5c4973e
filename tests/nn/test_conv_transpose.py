import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.nn import ConvTranspose, call

OPTIONS = {
    "kernel_init": nnx.initializers.normal(1.0),
    "bias_init": nnx.initializers.normal(1.0),
    "rngs": nnx.Rngs(0),
}


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (2, 3)])
def test_same_as_flax(padding, strides):
    ours = ConvTranspose(
        3, 4, (3, 2), strides=strides, padding=padding, use_bias=True, **OPTIONS
    )  # fmt: skip
    theirs = nnx.ConvTranspose(3, 4, (3, 2), strides, padding=padding, rngs=nnx.Rngs(0))
    nnx.update(theirs, nnx.state(ours))
    x = jax.random.normal(jax.random.key(0), (2, 5, 6, 3))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_values_of_pytorch():
    # torch.nn.functional.conv_transpose1d(x, w, stride=2, padding=1), whose kernels are flipped.
    module = ConvTranspose(1, 1, (3,), strides=2, padding=1, use_bias=False, **OPTIONS)
    module.kernel[...] = jnp.array([3.0, 2.0, 1.0]).reshape(3, 1, 1)
    x = jnp.array([1.0, 10.0, 100.0]).reshape(1, 3, 1)
    assert module(x).ravel().tolist() == [2, 13, 20, 130, 200]


def test_dtypes_are_promoted_as_by_flaxs_layers():
    module = ConvTranspose(3, 4, (3,), strides=1, padding="SAME", use_bias=True, **OPTIONS)
    assert module(jnp.ones((1, 5, 3), jnp.bfloat16)).dtype == jnp.float32
    bfloat16 = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), nnx.state(module))
    nnx.update(module, bfloat16)
    assert module(jnp.ones((1, 5, 3), jnp.bfloat16)).dtype == jnp.bfloat16


def test_inputs_that_do_not_fit():
    module = ConvTranspose(3, 4, (3,), strides=1, padding="SAME", use_bias=True, **OPTIONS)
    with pytest.raises(TypeError, match="ConvTranspose: expected floating-point inputs, got uint8"):
        call(module, jnp.ones((1, 5, 3), jnp.uint8), train=False, key=None)
    with pytest.raises(ValueError, match="ConvTranspose: expected 3 values in the last axis"):
        call(module, jnp.ones((1, 5, 2)), train=False, key=None)
    with pytest.raises(ValueError, match=r"ConvTranspose: expected inputs of shape \(N, W, C\)"):
        call(module, jnp.ones((1, 5, 5, 3)), train=False, key=None)
