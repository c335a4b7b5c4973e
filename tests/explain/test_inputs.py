from functools import partial
from pathlib import Path

import bright_rows
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx

from jaxcnn import explain
from jaxcnn.explain._inputs import as_inputs, subject_of
from jaxcnn.explain._target import check_unit

NETWORK = bright_rows.network()
IMAGES = bright_rows.dataset(2).images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.float32(IMAGES), "within .0, 1., got values from 0 to 200 .* divide by 255"),
        (jnp.full(IMAGES.shape, 2, jnp.bfloat16), "within .0, 1., got values from 2 to 2"),
        (np.full(IMAGES.shape, -0.1), "within .0, 1., got values from -0.1 to -0.1"),
        (np.full(IMAGES.shape, np.nan), "expected finite values, got nan at"),
    ],
)
def test_a_trained_network_takes_the_floats_that_it_predicts_for(images, message):
    with pytest.raises(ValueError, match=f"^images: .*{message}"):
        explain.saliency(NETWORK, images, 0)


def test_one_image_and_a_baseline_are_called_what_they_are():
    with pytest.raises(ValueError, match=r"image: expected floats .* divide by 255"):
        explain.explain_unit(NETWORK, np.float32(IMAGES[0]), explain.Unit("0", 0))
    with pytest.raises(ValueError, match=r"baseline: expected floats .* divide by 255"):
        explain.integrated_gradients(NETWORK, IMAGES, 0, baseline=np.float32(IMAGES))


class LinenNet(linen.Module):
    @linen.compact
    def __call__(self, images):
        return linen.Dense(2)(images.reshape(len(images), -1))


@pytest.mark.thorough
def test_a_bridged_linen_module_is_explained():
    """It counts its random numbers at each call, which JAX allows only where it was made."""
    images = jnp.asarray(IMAGES) / 255
    module = nnx.bridge.ToNNX(LinenNet(), rngs=nnx.Rngs(0)).lazy_init(images)
    kernel = module.Dense_0["kernel"][...]
    found = explain.saliency(module, images, 1)
    expected = kernel[:, 1].reshape(images.shape[1:])
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


OF_IMAGES = {
    "saliency": partial(explain.saliency, NETWORK),
    "grad_cam": partial(explain.grad_cam, NETWORK),
    "occlusion": partial(explain.occlusion, NETWORK),
    "for_every_class": partial(explain.for_every_class, explain.saliency, NETWORK, num_classes=2),
    "embeddings": partial(explain.embeddings, NETWORK, layer="0"),
    "feature_maps": partial(explain.feature_maps, NETWORK, layers="0"),
    "top_activations": partial(explain.top_activations, NETWORK, layer="0"),
}
FILE = r"expected an array .*, got .*photo.jpg.* \(read a file by jaxcnn.data.load_image\)"


@pytest.mark.parametrize("images", ["photo.jpg", Path("photo.jpg"), ["photo.jpg"]])
@pytest.mark.parametrize("name", OF_IMAGES)
def test_a_file_is_no_array(name, images):
    with pytest.raises(TypeError, match=rf"^images: {FILE}"):
        OF_IMAGES[name](images)


def test_a_file_is_no_picture_either():
    with pytest.raises(TypeError, match=rf"^images: {FILE}"):
        explain.plot_guesses("photo.jpg", [0], [[1.0]], ["cat"])  # pyright: ignore
    with pytest.raises(TypeError, match=rf"^image: {FILE}"):
        explain.plot_receptive_field("photo.jpg", ((0, 1), (0, 1)))
    with pytest.raises(TypeError, match=rf"^image: {FILE}"):
        explain.explain_unit(NETWORK, "photo.jpg", explain.Unit("0", 0))


@pytest.mark.parametrize(
    ("images", "got"),
    [
        (None, "expected an array, got None"),
        ([[1], [1, 2]], r"expected entries of one shape, got \(1,\) at 0 and \(2,\) at 1"),
        (
            bright_rows.dataset(2),
            r"expected an array \(N.*, got Dataset\(.*\(pass images of it, such",
        ),
    ],
)
def test_other_things_that_are_no_array(images, got):
    with pytest.raises((TypeError, ValueError), match=rf"^images: {got}"):
        explain.saliency(NETWORK, images)


@pytest.mark.parametrize("name", sorted(OF_IMAGES.keys() - {"top_activations"}))
def test_a_trained_network_takes_the_shape_that_it_predicts_for(name):
    wrong = np.zeros((2, 8, 9, 1), np.uint8)
    with pytest.raises(ValueError, match=r"^images: expected shape") as expected:
        NETWORK.predict_proba(wrong)
    with pytest.raises(ValueError, match=r"^images: expected shape") as error:
        OF_IMAGES[name](wrong)
    if name != "embeddings":  # which computes image by image
        # Predictions have one more hint, about `Network.compile`.
        assert str(expected.value).startswith(str(error.value))


def test_one_image_has_the_shape_of_the_network_and_modules_are_free():
    wrong = np.zeros((8, 9, 1), np.float32)
    with pytest.raises(ValueError, match=r"^image: expected shape \(8, 8, 1\), got \(8, 9, 1\)"):
        explain.explain_unit(NETWORK, wrong, explain.Unit("0", 0))
    assert explain.saliency(NETWORK.module, wrong[None], 0).shape == (1, 8, 9, 1)


@pytest.mark.thorough
def test_what_is_traced_or_fits_passes():
    def first_row(images, network=NETWORK):
        """What the mean over 8 columns makes of each pixel."""
        return 8 * explain.integrated_gradients(network, images, 0, steps=1)[:, 0]

    expected = IMAGES / np.float32(255)
    np.testing.assert_allclose(first_row(IMAGES), expected[:, 0], rtol=1e-6)
    np.testing.assert_allclose(first_row(expected), expected[:, 0], rtol=1e-6)
    assert first_row(expected[:0]).shape == (0, 8, 1)
    traced = jax.eval_shape(first_row, np.float32(IMAGES))
    assert traced.shape == (2, 8, 1)
    assert first_row(np.float32(IMAGES), NETWORK.module).max() == pytest.approx(200)


ROWS, DATASET = bright_rows.network(), bright_rows.dataset(2)


@pytest.mark.parametrize(
    "call",
    [
        partial(explain.smooth_grad, ROWS, DATASET.images),
        partial(explain.sanity_check, explain.saliency, ROWS, DATASET.images),
        partial(explain.randomize_weights, ROWS),
        partial(explain.activation_maximization, ROWS, 0, (8, 8, 1)),
        partial(explain.loss_surface, ROWS, DATASET),
    ],
    ids=lambda call: call.func.__name__,
)
@pytest.mark.parametrize("key", [0, None, np.ones(2, np.float32)])
def test_what_is_no_key(call, key):
    with pytest.raises(TypeError, match=r"key: expected a random key such as .*, got"):
        call(key=key)


@pytest.mark.thorough
def test_keys_of_both_kinds_and_traced_ones():
    def smooth(key):
        return explain.smooth_grad(ROWS, DATASET.images, 0, key=key, samples=1)

    for key in (jax.random.key(0), jax.random.PRNGKey(0)):
        assert jax.eval_shape(smooth, key).shape == smooth(key).shape


def test_one_image_in_place_of_a_batch():
    image = bright_rows.dataset(1).images[0]
    with pytest.raises(ValueError, match=r"got \(8, 8, 1\) \(for one of the images add the batch"):
        explain.saliency(NETWORK, image)


def test_the_callers_byte_order_changes_nothing():
    images = bright_rows.dataset(2).images / np.float32(255)
    found = as_inputs(subject_of(NETWORK), images.astype(">f4"))
    np.testing.assert_array_equal(found, images)


def test_rounding_beyond_the_range_is_clipped():
    images = np.ones((1, 8, 8, 1)) + 1e-7
    assert float(as_inputs(subject_of(NETWORK), np.float32(images)).max()) == 1


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (explain.Unit("0", 1.0), "channel: expected an integer, got 1.0"),
        (explain.Unit("0", True), "channel: expected an integer, got True"),
        (explain.Unit("0", 1, 3), r"position: expected a tuple such as \(row, column\), got 3"),
        (explain.Unit("0", 1, (0, 0.5)), "position: expected an integer, got 0.5"),
    ],
)
def test_a_unit_is_of_integers(unit, message):
    with pytest.raises(TypeError, match=message):
        check_unit(unit, (4, 4, 2))


def test_a_unit_of_numpys_integers():
    check_unit(explain.Unit("0", np.int64(1), (np.int8(0), jnp.array(3))), (4, 4, 2))
