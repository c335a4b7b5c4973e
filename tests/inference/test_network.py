import jax.numpy as jnp
import numpy as np
import pytest
import small
from flax import nnx
from PIL import Image

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import View
from jaxcnn.inference import Network, Normalization, functionalize


@pytest.fixture(scope="module")
def network():
    data = small.dataset()
    module = jaxcnn.build(small.NETWORK, data.input_shape, rngs=nnx.Rngs(0))
    apply, variables = functionalize(module)
    return Network(
        apply, variables, Normalization.of(data), data.input_shape, data.class_names, small.NETWORK
    )


@pytest.mark.thorough
def test_probabilities_are_the_softmax_of_the_modules_outputs(network):
    data = small.dataset()
    logits = network.module(network.normalization(jnp.asarray(data.images)))
    np.testing.assert_allclose(network.logits(data.images), logits, rtol=1e-5, atol=1e-5)
    probabilities = network.predict_proba(data.images)
    np.testing.assert_allclose(probabilities, F.softmax(logits), rtol=1e-5)
    np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-6)
    np.testing.assert_array_equal(network.predict(data.images), probabilities.argmax(-1))


@pytest.mark.thorough
@pytest.mark.parametrize("batch_size", [1, 7, 39, 40, 500])
def test_every_image_counts_once_whatever_the_batch(network, batch_size):
    data = small.dataset()
    evaluation = network.evaluate(data, batch_size=batch_size)
    logits = network.logits(data.images)
    right = int((logits.argmax(-1) == data.labels).sum())
    assert evaluation.examples == 40
    assert evaluation.accuracy == right / 40
    losses = F.softmax_cross_entropy_with_integer_labels(logits, data.labels)
    assert evaluation.loss == pytest.approx(float(losses.mean()), rel=1e-5)
    assert evaluation.interval == F.wilson_interval(right, 40)
    assert network.logits(data.images, batch_size=batch_size).shape == (40, 3)


def test_a_single_image(network):
    assert network.predict(small.dataset(n=1).images).shape == (1,)


def test_a_photograph_of_any_size_is_named(network, tmp_path):
    """Guide row A1.2: a 480×480 color JPG, and its class probabilities."""
    pixels = np.random.default_rng(0).integers(0, 256, (480, 480, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.jpg")
    guesses = network.classify(tmp_path / "photo.jpg", top=5)
    assert sorted(name for name, _ in guesses) == ["a", "b", "c"]
    probabilities = [probability for _, probability in guesses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    small_gray = jaxcnn.data.resize_images(pixels[None], (8, 8, 1))
    assert probabilities[0] == pytest.approx(network.predict_proba(small_gray).max(), abs=0.05)


def test_classify_takes_files_images_of_pillow_and_arrays(network, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 12, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    picture.save(tmp_path / "a.png")
    expected = network.classify(tmp_path / "a.png")
    for image in (picture, picture.convert("RGBA"), pixels, pixels / 255):
        assert network.classify(image) == expected
    gray = small.dataset(n=1).images[0]
    proba = network.predict_proba(gray[None])[0]
    assert dict(network.classify(gray)) == dict(network.top_classes(proba))
    assert network.classify(gray[..., 0]) == network.classify(Image.fromarray(gray[..., 0]))


def test_classify_takes_one_file(network, tmp_path):
    expected = r"image: expected one image file, got the folder .*\(jaxcnn.predict_files\(run, fo"
    with pytest.raises(IsADirectoryError, match=expected):
        network.classify(tmp_path)


def test_classify_turns_images_of_pillow_as_their_exif_data_say(network, tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as opened:
        assert network.classify(opened) == network.classify(tmp_path / "turned.png")
    assert network.classify(picture.rotate(-90)) == network.classify(tmp_path / "turned.png")


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (None, TypeError, "got a NoneType"),
        (b"a.png", TypeError, "got a bytes"),
        (np.zeros((2, 8, 8, 1), np.uint8), ValueError, r"got shape \(2, 8, 8, 1\) \(predict_proba"),
        (np.zeros((3, 8, 9), np.uint8), ValueError, r"\(move the channels last: np.moveaxis"),
    ],
)
def test_classify_refuses_what_is_no_image(network, image, error, message):
    with pytest.raises(error, match=f"^image: expected a file, an image of Pillow.*{message}"):
        network.classify(image)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((8, 8, 1), np.uint8), ValueError, r"images: expected shape \(N, 8, 8, 1\)"),
        (np.zeros((2, 9, 8, 1), np.uint8), ValueError, r"expected shape \(N, 8, 8, 1\), got"),
        (np.zeros((1, 8, 8), np.uint8), ValueError, r"np.moveaxis\(images, -3, -1\)\[None\]\)$"),
        (np.zeros((2, 1, 8, 8), np.uint8), ValueError, r"last: np.moveaxis\(images, -3, -1\)\)$"),
        ("1.png", TypeError, r"got '1.png' \(classify\(image\) takes an image file"),
        (["1.png"], TypeError, r"got \['1.png'\] .*jaxcnn.predict_files\(run, files\) many"),
        (np.array(["1.png"]), TypeError, r"array \(N, 8, 8, 1\), got array.*predict_files"),
        (np.full((2, 8, 8, 1), 255.0), ValueError, "floats from 0 to 255"),
        (np.full((2, 8, 8, 1), np.nan), ValueError, "finite"),
        (np.zeros((2, 8, 8, 1), np.int32), TypeError, "uint8 or float32"),
        (np.zeros((0, 8, 8, 1), np.uint8), ValueError, "at least one image"),
    ],
)
def test_bad_images(network, images, error, message):
    with pytest.raises(error, match=message):
        network.predict_proba(images)


def test_a_set_of_another_size(network):
    with pytest.raises(
        ValueError, match=r"images: expected shape \(N, 8, 8, 1\), got \(40, 9, 9, 1\)"
    ):
        network.evaluate(small.dataset(size=9))


def test_splits_for_a_data_set(network):
    with pytest.raises(
        TypeError, match=r"dataset: expected a data set, got Splits .pass its \.test"
    ):
        network.evaluate(jaxcnn.data.Splits(small.dataset(), small.dataset()))


def test_a_set_of_other_classes(network):
    with pytest.raises(ValueError, match=r"such as .d.; other names of the same"):
        network.evaluate(small.dataset(classes=4))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((8, 8, 1), np.uint8), r"got \(8, 8, 1\) \(a batch of one is images\[None\]\)"),
        (
            np.zeros((8, 8), np.uint8),
            r"got \(8, 8\) \(a batch of one is images\[None, ..., None\]\)",
        ),
    ],
)
def test_one_image_in_place_of_a_batch(network, images, message):
    with pytest.raises(ValueError, match=rf"images: expected shape \(N, 8, 8, 1\), {message}"):
        network.predict_proba(images)


def test_one_view_in_place_of_several(network):
    with pytest.raises(TypeError, match="views: expected a sequence of View"):
        network.evaluate(small.dataset(), views=View())


def test_the_callers_byte_order_changes_nothing(network):
    images = small.dataset(n=4).images / np.float32(255)
    expected = network.logits(images)
    np.testing.assert_array_equal(network.logits(images.astype(">f4")), expected)
    np.testing.assert_array_equal(network.logits([*images]), expected)
