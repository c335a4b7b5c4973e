import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcnn
from jaxcnn.explain import Unit
from jaxcnn.explain._inputs import subject_of
from jaxcnn.explain._target import score_of

NET = jaxcnn.Sequential([jaxcnn.Conv(2, 1, name="conv"), jaxcnn.Flatten(), jaxcnn.Dense(3)])
IMAGES = jnp.asarray(np.random.default_rng(0).random((2, 3, 3, 1), np.float32))


@pytest.fixture(scope="module")
def subject():
    return subject_of(built.filled(NET, (3, 3, 1)))


@pytest.mark.parametrize("target", [1, [2, 0], np.array([2, 0]), None])
def test_of_classes_it_is_their_logits(subject, target):
    logits = np.asarray(subject(IMAGES))
    classes = logits.argmax(-1) if target is None else np.broadcast_to(target, 2)
    np.testing.assert_allclose(
        score_of(subject, IMAGES, target), logits[np.arange(2), classes], rtol=1e-6
    )


def test_of_a_unit_it_is_its_value_or_the_largest_of_its_channel(subject):
    channel = np.asarray(subject.module["conv"](IMAGES))[..., 1]
    there = score_of(subject, IMAGES, Unit("conv", 1, (0, 2)))
    np.testing.assert_allclose(there, channel[:, 0, 2], rtol=1e-6)
    largest = score_of(subject, IMAGES, Unit("conv", 1))
    np.testing.assert_allclose(largest, channel.max((1, 2)), rtol=1e-6)


def test_traced_targets(subject):
    found = jax.vmap(lambda target: score_of(subject, IMAGES, target))(jnp.arange(3))
    np.testing.assert_allclose(found.T, subject(IMAGES), rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (3, ValueError, "targets must be 0 to 2, got 3"),
        (jnp.array([0, -1]), ValueError, "targets must be 0 to 2"),
        ([0, 1, 2], ValueError, r"one for each of the 2 images, got shape \(3,\)"),
        (1.0, TypeError, "targets must be class numbers, integers, got float32"),
        ("cat", TypeError, "target must be a class number.*, or a Unit, .*, got 'cat'"),
        (["cat", "dog"], TypeError, "target must be a class number"),
        ({}, TypeError, "target must be a class number"),
        (Unit("conv", 2), ValueError, "channel must be 0 to 1 in conv, got 2"),
        (Unit("conv", 0, (0, 3)), ValueError, "position must lie within the outputs of conv"),
    ],
)
def test_targets_that_are_none(subject, target, error, message):
    with pytest.raises(error, match=message):
        score_of(subject, IMAGES, target)


def test_a_network_without_classes():
    subject = subject_of(built.filled(jaxcnn.Sequential([jaxcnn.Conv(2, 3)]), (3, 3, 1)))
    with pytest.raises(ValueError, match="one number a class"):
        score_of(subject, IMAGES, 0)
