import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcnn
from jaxcnn.explain import Unit, saliency

NET = jaxcnn.Sequential([jaxcnn.Conv(2, 1, name="conv"), jaxcnn.Flatten(), jaxcnn.Dense(3)])
IMAGES = jnp.asarray(np.random.default_rng(0).random((2, 3, 3, 1), np.float32))


@pytest.fixture(scope="module")
def model():
    return built.filled(NET, (3, 3, 1))


def assert_gradient(found, score):
    """Asserts that attributions are the gradient of that score of each image."""
    expected = jax.grad(lambda images: score(images).sum())(IMAGES)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("target", [1, [2, 0], np.array([2, 0]), None])
def test_of_classes_it_is_their_logits(model, target):
    classes = model(IMAGES).argmax(-1) if target is None else np.broadcast_to(target, 2)
    found = saliency(model, IMAGES, target)
    assert_gradient(found, lambda images: model(images)[np.arange(2), classes])


@pytest.mark.thorough
def test_of_a_unit_it_is_its_value_or_the_largest_of_its_channel(model):
    def channel(images):
        return model["conv"](images)[..., 1]

    there = saliency(model, IMAGES, Unit("conv", 1, (0, 2)))
    assert_gradient(there, lambda images: channel(images)[:, 0, 2])
    largest = saliency(model, IMAGES, Unit("conv", 1))
    assert_gradient(largest, lambda images: channel(images).max((1, 2)))


@pytest.mark.thorough
def test_traced_targets(model):
    found = jax.vmap(lambda target: saliency(model, IMAGES, target))(jnp.arange(3))
    expected = [saliency(model, IMAGES, target) for target in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (3, ValueError, "target: expected classes 0 to 2, got 3"),
        (jnp.array([0, -1]), ValueError, "target: expected classes 0 to 2"),
        ([0, 1, 2], ValueError, r"one for each of the 2 images, got shape \(3,\)"),
        (1.0, TypeError, "target: expected class numbers, integers, got float32"),
        ("cat", TypeError, "target: expected a class number.*, or a Unit, .*, got 'cat'"),
        (["cat", "dog"], TypeError, "target: expected a class number"),
        ({}, TypeError, "target: expected a class number"),
        (Unit("conv", 2), ValueError, "channel: expected 0 to 1 in conv, got 2"),
        (Unit("conv", 0, (0, 3)), ValueError, "position: expected one within the outputs of conv"),
    ],
)
def test_targets_that_are_none(model, target, error, message):
    with pytest.raises(error, match=message):
        saliency(model, IMAGES, target)


@pytest.mark.thorough
def test_a_network_without_classes():
    model = built.filled(jaxcnn.Sequential([jaxcnn.Conv(2, 3)]), (3, 3, 1))
    with pytest.raises(ValueError, match="one score per class"):
        saliency(model, IMAGES, 0)
