"""A set that is streamed from files trains as the same set in memory does, to the bit."""

import threading

import jax
import numpy as np
import pytest
import small
from cut_off import CutOffError, cut_after
from PIL import Image
from small import LINEAR, NORMED, as_bits, quick_fit

from jaxcnn.data import Augmentation, ImageFiles, flip_and_shift_views
from jaxcnn.inference import Normalization
from jaxcnn.training import Checkpoints, NonFiniteLossError, sgd


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """The same images in memory and in PNG files."""
    data, folder = small.dataset(n=30), tmp_path_factory.mktemp("images")
    paths = [folder / f"{i}.png" for i in range(len(data))]
    for path, image in zip(paths, data.images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    files = ImageFiles(paths, data.labels, data.class_names, data.input_shape, data.name)
    return data, files


@pytest.mark.parametrize(
    ("devices", "batch_size", "augmentation"),
    [
        pytest.param(1, 8, Augmentation(flip="random", shift=1), marks=pytest.mark.slow),
        (3, 7, Augmentation(flip="random", mixup=0.5)),
    ],
)
@pytest.mark.slow
def test_streaming_trains_to_the_same_bits(
    sets, devices, batch_size, augmentation, tmp_path, monkeypatch
):
    """A batch of 7 leaves one of three devices a smaller share. The stream is cut off once."""

    def train(data, **options):
        return quick_fit(
            LINEAR,
            data,
            validation=data.subset(np.arange(len(data))),
            batch_size=batch_size,
            augmentation=augmentation,
            devices=devices,
            **options,
        )

    resident, checkpoints = train(sets[0]), Checkpoints(tmp_path, every_steps=1)
    with monkeypatch.context() as patch:
        cut_after(6, patch)
        with pytest.raises(CutOffError):
            train(sets[1], checkpoints=checkpoints)
    streamed = train(sets[1], checkpoints=checkpoints, resume="must")
    for one, other in zip(*map(jax.tree.leaves, (resident.state, streamed.state)), strict=True):
        if not jax.dtypes.issubdtype(one.dtype, jax.dtypes.prng_key):
            np.testing.assert_array_equal(one, other)
    names = ("train_loss", "validation_loss", "validation_accuracy")
    for one, other in zip(resident.history, streamed.history, strict=True):
        assert [one[name] for name in names] == [other[name] for name in names]
    assert resident.evaluate(sets[1]) == streamed.evaluate(sets[0])


@pytest.mark.slow
def test_statistics_of_averaged_weights_are_those_of_a_set_in_memory(sets):
    options = {"swa_start": 1, "batch_size": 7, "augmentation": Augmentation(mixup=0.5, shift=1)}
    one, other = (quick_fit(NORMED, data, **options) for data in sets)
    assert as_bits(one.network.variables) == as_bits(other.network.variables)
    assert as_bits(one.network.variables.batch_stats) != as_bits(one.state.batch_stats)


@pytest.mark.thorough
def test_an_error_that_is_kept_keeps_no_threads(sets):
    with pytest.raises(NonFiniteLossError) as kept:
        quick_fit(LINEAR, sets[1], batch_size=1, tx=sgd(1e38), devices=1)
    assert kept.value.epoch == 1
    for thread in threading.enumerate():
        if "grain" in thread.name:
            thread.join(timeout=5)
            assert not thread.is_alive()


def test_normalization_of_files_is_that_of_their_images(sets):
    data, files = sets
    assert Normalization.of(files) == Normalization.of(data)


@pytest.mark.thorough
def test_views_average_logits(sets):
    data, _ = sets
    network = quick_fit(LINEAR, data, batch_size=10, devices=1).network
    views = flip_and_shift_views(1)
    images = data.images
    expected = 0
    for dy in (0, -1, 1):
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
        shifted = padded[:, 1 - dy : 9 - dy, 1 - dy : 9 - dy]
        weight = 1 / 4 if dy == 0 else 1 / 8
        expected += weight * (network.logits(shifted) + network.logits(shifted[:, :, ::-1]))
    np.testing.assert_allclose(network.logits(images, views=views), expected, rtol=1e-4, atol=1e-5)
    guesses = network.predict(data.images, views=views)
    evaluation = network.evaluate(data, views=views)
    assert evaluation.accuracy == pytest.approx((guesses == data.labels).mean())
    with pytest.raises(ValueError, match="weights that sum to 1"):
        network.logits(images, views=views[:2])
