"""Weight and spectral normalization, against Flax's modules and NumPy's singular values."""

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from small import as_bits

from jaxcnn import Conv, Dense, DepthwiseConv, SpectralNorm, WeightNorm
from jaxcnn.inference import functionalize
from jaxcnn.layers import call

X = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)


def largest(kernel):
    return np.linalg.svd(np.reshape(kernel, (-1, kernel.shape[-1])))[1][0]


def test_weight_norm_starts_as_the_layer_that_it_wraps():
    module = built.module(WeightNorm(Dense(4, kernel_init="he_normal")), (5,))
    np.testing.assert_allclose(module(X), module.layer(X), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_weight_norm_is_flaxs():
    module = built.filled(WeightNorm(Conv(4, 3)), (5, 5, 2))
    theirs = nnx.WeightNorm(nnx.clone(module.layer), rngs=nnx.Rngs(0))
    module.scale[...] = jnp.ones(4)  # Flax begins with this
    images = np.random.default_rng(1).normal(size=(2, 5, 5, 2)).astype(np.float32)
    np.testing.assert_allclose(module(images), theirs(images), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_weight_norm_ignores_the_length_of_the_kernel_and_its_gradient_is_orthogonal():
    module = built.filled(WeightNorm(Dense(4)), (5,))
    before, kernel = module(X), module.layer.kernel
    graph, state = nnx.split(module)
    gradient = jax.grad(lambda state: (nnx.merge(graph, state)(X) ** 2).sum())(state)
    found = gradient["layer"]["kernel"][...]
    np.testing.assert_allclose((found * kernel[...]).sum(0), 0, atol=1e-4)
    kernel[...] = 3 * kernel[...]
    np.testing.assert_allclose(module(X), before, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Dense(4), (5,)),
        pytest.param(DepthwiseConv(3, 2), (5, 5, 3), marks=pytest.mark.slow),
    ],
)
def test_spectral_norm_divides_by_the_largest_singular_value(layer, shape):
    module = built.module(SpectralNorm(layer), shape)
    kernel = np.asarray(module.layer.kernel[...])
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    for mode in (False, True):
        outputs = call(module, jnp.asarray(x), train=mode, key=None)
        np.testing.assert_allclose(outputs, module.layer(x) / largest(kernel), rtol=0.02, atol=1e-3)
    np.testing.assert_array_equal(module.layer.kernel[...], kernel)  # a call changes no weight


@pytest.mark.thorough
def test_training_improves_the_estimate_and_eval_mode_keeps_it():
    module = built.filled(SpectralNorm(Dense(4, use_bias=False)), (5,))
    apply, variables = functionalize(module)
    for _ in range(30):
        _, stats = apply(variables, jnp.asarray(X), train=True)
        variables = variables._replace(batch_stats=stats)
    outputs, _ = apply(variables, jnp.asarray(X), train=False)
    kernel = module.layer.kernel[...]
    np.testing.assert_allclose(outputs, X @ kernel / largest(kernel), rtol=1e-4, atol=1e-5)
    _, after = apply(variables, jnp.asarray(X), train=False)
    assert as_bits(after) == as_bits(variables.batch_stats)


@pytest.mark.thorough
def test_spectral_norm_is_flaxs():
    module = built.module(SpectralNorm(Dense(4)), (5,))
    theirs = nnx.SpectralNorm(nnx.clone(module.layer), n_steps=20, rngs=nnx.Rngs(1))
    np.testing.assert_allclose(module(X), theirs(X), rtol=0.02, atol=1e-3)


@pytest.mark.thorough
def test_spectral_norm_has_torchs_numbers():
    # torch 2.14.1: parametrizations.spectral_norm of a Linear with this weight, 50 iterations
    module = built.module(SpectralNorm(Dense(2, use_bias=False), n_steps=20), (3,))
    module.layer.kernel[...] = jnp.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])
    outputs = call(module, jnp.eye(3), train=True, key=None)
    expected = [[0.31256, 0.62512], [0.93768, -0.31256], [0, 0.31256]]
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-6)


def test_a_kernel_of_zeros_gives_zeros():
    for kind in (WeightNorm, SpectralNorm):
        module = built.module(kind(Dense(4, kernel_init="zeros")), (5,))
        np.testing.assert_array_equal(call(module, jnp.asarray(X), train=True, key=None), 0)


def test_costs():
    assert WeightNorm(Dense(4)).costs((5,)) == (28, 20, 112)
    assert SpectralNorm(Dense(4)).costs((5,)) == (24, 20, 112)
