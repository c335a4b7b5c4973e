from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from compiling import jit_quickly
from jax import lax

from jaxcnn import functional as F
from jaxcnn.lowering.methods._groups import split_kernels

LAYOUT = ("NHWC", "HWIO", "NHWC")


def convolve(images, kernel, function=F.conv_general_dilated):
    groups = images.shape[-1] // kernel.shape[-2]
    return function(
        images, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT, feature_group_count=groups
    )


def test_groups_are_taken_out_of_merged_kernels():
    kernels = normal(6, 3, 3, 2, 5)
    merged = np.full((2, 3, 3, 6, 15), 7.0, np.float32)
    for group in range(6):
        place = group % 3
        rows, columns = slice(2 * place, 2 * place + 2), slice(5 * place, 5 * place + 5)
        merged[group // 3, :, :, rows, columns] = kernels[group]
    split = jit_quickly(split_kernels, static_argnums=1)(merged, 3)
    np.testing.assert_array_equal(split, kernels)


@pytest.mark.parametrize("channels", [1, 3, 8, 32])
def test_what_is_not_finite_stays_in_its_group(channels):
    images, kernel = normal(4, 8, 8, 4 * channels), normal(3, 3, channels, 4 * channels, seed=1)
    cotangents = normal(*images.shape, seed=2)

    @jax.jit
    def outputs_and_gradient(images):
        outputs, pull = jax.vjp(partial(convolve, images), kernel)
        return outputs, *pull(cotangents)

    outputs, gradient = map(np.asarray, outputs_and_gradient(images))
    for bad in (np.nan, np.inf):
        spoilt = images.copy()
        spoilt[1, 2, 3, 0] = bad
        spoilt_outputs, spoilt_gradient = map(np.asarray, outputs_and_gradient(spoilt))
        np.testing.assert_array_equal(spoilt_outputs[..., channels:], outputs[..., channels:])
        assert not np.isfinite(spoilt_gradient[..., :channels]).all()
        np.testing.assert_array_equal(spoilt_gradient[..., channels:], gradient[..., channels:])


@pytest.mark.thorough
def test_gradients_of_many_members_are_right_and_take_a_loop():
    members = 70
    images, kernel = normal(members, 6, 6, 3), normal(3, 3, 3, 4, seed=1)

    def gradients(function):
        def loss(kernel, image):
            return jnp.sum(convolve(image[None], kernel, function) ** 2)

        return jax.vmap(jax.grad(loss), in_axes=(None, 0))

    ours = jax.jit(gradients(F.conv_general_dilated)).lower(kernel, images)
    assert len(ours.as_text()) < 100_000
    theirs = jit_quickly(gradients(lax.conv_general_dilated))(kernel, images)
    np.testing.assert_allclose(ours.compile()(kernel, images), theirs, rtol=1e-4, atol=1e-4)


def test_a_grouped_convolution_without_spatial_axes():
    images, kernel = normal(2, 6), normal(12, 3, seed=1)
    options = {"window_strides": (), "padding": (), "feature_group_count": 2}
    ours = jax.jit(partial(F.conv_general_dilated, **options))(images, kernel)
    theirs = lax.conv_general_dilated(images, kernel, **options)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("channels", "groups"), [(1, 4), (16, 4), (3, 1), (32, 1)])
def test_methods_do_not_depend_on_how_strict_the_caller_is(channels, groups):
    images = normal(8, 8, 8, channels * groups)
    kernel = normal(3, 3, channels, 32 * groups, seed=1)

    def gradients(function, images, kernel):
        outputs, pull = jax.vjp(partial(convolve, function=function), images, kernel)
        return pull(outputs)

    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        ours, theirs = (
            jit_quickly(partial(gradients, function))(images, kernel)
            for function in (F.conv_general_dilated, lax.conv_general_dilated)
        )
    for mine, other in zip(ours, theirs, strict=True):
        error = np.linalg.norm(np.subtract(mine, other)) / np.linalg.norm(other)
        assert error < 1e-5
