import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import WhiteningConv
from jaxcnn.layers import Frozen, SequentialModule, WhiteningConvModule, initialize_from_data


def correlated_images(n=60, size=12, channels=3):
    """Noise blurred over neighbors and mixed over channels, of uneven brightness."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(n, size + 1, size + 1, channels))
    blurred = noise[:, 1:, 1:] + 0.7 * noise[:, :-1, 1:] + 0.5 * noise[:, 1:, :-1]
    return jnp.asarray(blurred @ rng.normal(size=(channels, channels)) + 0.3, jnp.float32)


def patches_of(images, size):
    """Every patch as a row, channels varying fastest, gathered by loops."""
    images = np.asarray(images, np.float64)
    rows, columns = images.shape[1] - size + 1, images.shape[2] - size + 1
    return np.array(
        [
            image[i : i + size, j : j + size].ravel()
            for image in images
            for i in range(rows)
            for j in range(columns)
        ]
    )


def second_moment(values):
    values = np.asarray(values, np.float64).reshape(-1, values.shape[-1])
    return values.T @ values / len(values)


@pytest.mark.thorough
@pytest.mark.parametrize(("size", "channels"), [(2, 3), (3, 1)])
def test_filters_whiten_the_patches(size, channels):
    images = correlated_images(channels=channels)
    module = WhiteningConvModule(channels, size, epsilon=0.0, rngs=nnx.Rngs(0))
    count = size * size * channels
    assert np.abs(second_moment(module(images)[..., :count]) - np.eye(count)).max() > 0.5
    module.initialize_from_data(images)
    outputs = module(images)
    np.testing.assert_allclose(second_moment(outputs[..., :count]), np.eye(count), atol=2e-3)
    np.testing.assert_allclose(outputs[..., count:], -outputs[..., :count], rtol=1e-4, atol=1e-5)


@pytest.mark.thorough
def test_images_are_taken_a_part_at_a_time():
    images = correlated_images(n=600, size=4)  # two whole parts and one that is smaller
    module = WhiteningConvModule(3, 2, epsilon=0.0, rngs=nnx.Rngs(0))
    module.initialize_from_data(images)
    np.testing.assert_allclose(second_moment(module(images)[..., :12]), np.eye(12), atol=2e-3)


@pytest.mark.thorough
def test_epsilon_damps_the_directions_of_small_variance():
    images, epsilon = correlated_images(), 0.1
    module = WhiteningConvModule(3, 2, epsilon=epsilon, rngs=nnx.Rngs(0))
    module.initialize_from_data(images)
    variances = np.linalg.eigvalsh(second_moment(patches_of(images, 2)))[::-1]
    np.testing.assert_allclose(
        second_moment(module(images)[..., :12]),
        np.diag(variances / (variances + epsilon)),
        atol=2e-3,
    )


@pytest.mark.thorough
def test_patches_that_never_vary_give_finite_filters():
    module = WhiteningConvModule(1, 2, epsilon=5e-4, rngs=nnx.Rngs(0))
    module.initialize_from_data(jnp.full((4, 6, 6, 1), 0.5))
    assert jnp.isfinite(module.kernel[...]).all()


def test_filters_are_orthogonal_until_there_are_images():
    module = WhiteningConvModule(3, 2, epsilon=0.0, rngs=nnx.Rngs(0))
    filters = module.kernel[...].reshape(12, 24)
    np.testing.assert_allclose(filters[:, :12].T @ filters[:, :12], np.eye(12), atol=1e-5)
    np.testing.assert_array_equal(filters[:, 12:], -filters[:, :12])


def test_only_the_bias_is_trained():
    module = WhiteningConvModule(3, 2, epsilon=0.0, rngs=nnx.Rngs(0))
    assert [leaf.shape for leaf in jax.tree.leaves(nnx.state(module, nnx.Param))] == [(24,)]
    assert [leaf.shape for leaf in jax.tree.leaves(nnx.state(module, Frozen))] == [(2, 2, 3, 24)]


def test_a_whitening_layer_anywhere_in_a_network_whitens():
    images = correlated_images()
    net = jaxcnn.Sequential(
        [
            jaxcnn.Rescale(0.5),
            jaxcnn.Sequential([jaxcnn.MaxPool(2), jaxcnn.WhiteningConv(2, epsilon=0.0)]),
            jaxcnn.GlobalAvgPool(),
            jaxcnn.Dense(3),
        ]
    )
    model = built.module(net, (12, 12, 3))
    initialize_from_data(model, images)
    outputs = SequentialModule(model.layers[:2])(images)
    np.testing.assert_allclose(second_moment(outputs[..., :12]), np.eye(12), atol=5e-3)


@pytest.mark.parametrize(("kernel_size", "input_shape"), [(2, (32, 32, 3)), (3, (7, 9, 1))])
def test_whitening_conv(kernel_size, input_shape):
    layer = WhiteningConv(kernel_size)
    channels = 2 * kernel_size**2 * input_shape[-1]
    height, width = (size - kernel_size + 1 for size in input_shape[:2])
    assert layer.output_shape(input_shape) == (height, width, channels)
    assert built.output_shape(layer, input_shape) == (height, width, channels)
    costs = layer.costs(input_shape)
    frozen = channels * kernel_size**2 * input_shape[-1]
    assert costs == (channels, frozen * height * width, 4 * (channels + frozen))
    assert built.variables(layer, input_shape) == channels
    assert built.variables(layer, input_shape, Frozen) == frozen
    assert layer.receptive_field(input_shape) == ((kernel_size, kernel_size), (1, 1), (0, 0))


@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        ((8, 3), r"input_shape: expected \(H, W, C\), got \(8, 3\)"),
        ((1, 8, 3), "expected at least 2×2, got 1×8"),
    ],
)
def test_whitening_needs_images(input_shape, text):
    with pytest.raises(ValueError, match=text):
        built.module(WhiteningConv(2), input_shape)
