import jax.numpy as jnp
import numpy as np
import pytest
import small

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import Normalization, spread_channels


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_are_numpys(dtype):
    data = small.dataset(channels=3)
    images = data.images / 255.0
    given = data.images if dtype == np.uint8 else images.astype(np.float32)
    data = Dataset(given, data.labels, data.class_names, "moments")
    found = Normalization.of(data)
    np.testing.assert_allclose(found.mean, images.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(found.std, images.std((0, 1, 2)), rtol=1e-5)


def test_normalized_training_images_have_mean_0_and_deviation_1():
    data = small.dataset(channels=3)
    outputs = np.asarray(Normalization.of(data)(jnp.asarray(data.images)))
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std((0, 1, 2)), 1, atol=1e-5)


def test_bytes_and_floats_of_the_same_image_agree():
    image = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    normalize = Normalization((0.3,), (0.2,))
    floats = jnp.asarray(image / 255, jnp.float32)
    bytes_ = jnp.asarray(image)
    np.testing.assert_allclose(normalize(bytes_), normalize(floats), rtol=1e-5, atol=1e-6)


def test_a_channel_that_never_varies_is_not_divided_by_zero():
    data = Dataset(np.full((2, 4, 4, 1), 7, np.uint8), [0, 1], ("a", "b"), "constant")
    assert Normalization.of(data).std == (1.0,)


def test_a_float_channel_that_never_varies_is_not_divided_by_rounding():
    data = Dataset(np.full((20, 7, 7, 1), 0.1, np.float32), [0, 1] * 10, ("a", "b"), "constant")
    assert Normalization.of(data).std == (1.0,)


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (np.array([0.5, 0.25]), np.array([0.5, 1.0], np.float32)),
        ([np.float32(0.5), 0.25], (np.float64(0.5), 1)),
        (jnp.array([0.5, 0.25]), iter([0.5, 1.0])),
    ],
)
def test_numbers_of_any_kind_become_floats(mean, std):
    made = Normalization(mean, std)
    assert made == Normalization((0.5, 0.25), (0.5, 1.0))
    assert hash(made) == hash(Normalization((0.5, 0.25), (0.5, 1.0)))
    assert {type(number) for number in made.mean + made.std} == {float}


@pytest.mark.parametrize(
    ("mean", "std", "error", "message"),
    [
        ((0.5,), (0,), ValueError, "std: expected a finite number above 0, got 0"),
        ((0.5,), (-1.0,), ValueError, "std: expected a finite number above 0, got -1.0"),
        ((0.5,), (float("nan"),), ValueError, "std: expected a finite number above 0, got nan"),
        ((float("inf"),), (1,), ValueError, "mean: expected a finite number, got inf"),
        ((10**400,), (1,), ValueError, "mean: expected a finite number, got 1000"),
        ((0.5,), (1e-300,), ValueError, "std: expected numbers within float32, got 1e-300"),
        ((1e308,), (1.0,), ValueError, r"mean: expected numbers within float32, got 1e\+308"),
        ((True,), (1.0,), TypeError, "mean: expected a number, got True"),
        ("0.5", (1.0,), TypeError, "mean: expected a list of one number per channel, got '0.5'"),
        ({0.5, 0.2}, (1.0, 1.0), TypeError, "mean: expected a list of one number per channel"),
        ((0.5,), (1.0, 1.0), ValueError, "std: expected 1 numbers like mean, got 2"),
    ],
)
def test_what_is_no_normalization(mean, std, error, message):
    with pytest.raises(error, match=message):
        Normalization(mean, std)


def test_one_number_is_for_all_channels():
    found = spread_channels(Normalization(0.5, 0.2), "images", (8, 8, 3))
    assert found == Normalization((0.5,) * 3, (0.2,) * 3)
    with pytest.raises(ValueError, match=r"expected 3 means and standard deviations, .*, got 2"):
        spread_channels(Normalization((0.5, 0.5), (1, 1)), "images", (8, 8, 3))
    with pytest.raises(ValueError, match="expected 0 means"):
        spread_channels(Normalization(0.5, 0.2), "tokens", (8,))


def test_the_scale_of_255_is_named():
    bytes_ = Normalization((123.7, 116.3, 103.5), (58.4, 57.1, 57.4))
    message = r"pixels from 0 to 1, got 123.7 \(on the scale of 0 to 255 divide both by 255\)"
    with pytest.raises(ValueError, match=message):
        spread_channels(bytes_, "images", (8, 8, 3))
    assert spread_channels(bytes_, "volumes", (4, 8, 8, 3)) is bytes_
    with pytest.raises(ValueError, match="normalization: expected the mean and std of pixels"):
        jaxcnn.fit(
            small.LINEAR, small.dataset(), batch_size=8, normalization=Normalization(120, 60)
        )
