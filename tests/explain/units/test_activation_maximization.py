import built
import jax
import numpy as np
import pytest

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.explain import Unit, activation_maximization

SHAPE = (8, 8, 1)
NET = J.Sequential(
    [J.Conv(4, 3, name="stem"), J.Activation("tanh"), J.Flatten(), J.Dense(3, name="head")]
)


@pytest.mark.thorough
def test_several_classes_and_keys_at_once_lie_far_above_noise():
    model, keys = built.filled(NET, SHAPE), jax.random.split(jax.random.key(0), 3)

    @jax.jit
    def maximized(classes, keys):
        def of_one(target, key):
            return activation_maximization(model, target, SHAPE, key=key, steps=60, jitter=0)

        return jax.vmap(of_one)(classes, keys)

    images = np.asarray(maximized(np.arange(3), keys))
    assert images.shape == (3, *SHAPE)
    assert images.min() >= 0
    assert images.max() <= 1
    noise = np.random.default_rng(0).random((100, *SHAPE), np.float32)
    of_noise, found = np.split(jax.jit(model)(np.concatenate([noise, images])), [100])
    found = found.diagonal()
    assert (found > of_noise.max(axis=0) + 2 * of_noise.std(axis=0)).all()


@pytest.mark.thorough
def test_of_linear_units_they_are_their_weights():  # guide row A7.4
    model, options = built.filled(NET, SHAPE), {"steps": 60, "total_variation": 0}

    def of_channel(channel, key):
        unit = Unit("stem", channel, (4, 3))
        return activation_maximization(model, unit, SHAPE, key=key, **options)

    keys = jax.random.split(jax.random.key(0), 4)
    images = jax.jit(jax.vmap(of_channel))(np.arange(4), keys)
    for image, weights in zip(images, np.moveaxis(model["stem"].kernel, -1, 0), strict=True):
        seen = image[3:6, 2:5]
        assert np.corrcoef(weights.ravel(), seen.ravel())[0, 1] > 0.9


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"steps": 0}, "steps: expected at least 1, got 0"),
        ({"jitter": -1}, "jitter: expected at least 0, got -1"),
        ({"target": 3}, "target: expected classes 0 to 2, got 3"),
        ({"input_shape": (8,)}, "with 1 to 3 spatial axes"),
    ],
)
def test_bad_options(option, message):
    options = {"target": 0, "input_shape": SHAPE, "key": jax.random.key(0), **option}
    with pytest.raises(ValueError, match=message):
        activation_maximization(built.filled(NET, SHAPE), **options)


IMAGES = np.random.default_rng(0).random((5, 6, 6, 1))
NAMES = ["cat", "dog", "frog", "ship", "$ign"]


def test_names_and_values_stand_above():
    figure = explain.plot_maximizing_images(IMAGES, NAMES, values=[1, 2, 3, 4, 12.34], title="mine")
    assert figure.get_suptitle() == "mine"
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["cat\n1", "dog\n2", "frog\n3", "ship\n4", "\\$ign\n12.3"]
    for axes, image in zip(figure.axes, IMAGES, strict=True):
        np.testing.assert_allclose(axes.images[0].get_array()[..., :1], image, rtol=1e-6)
    assert "Below each name: the value" in figure.get_supxlabel().replace("\n", " ")


def test_without_values():
    figure = explain.plot_maximizing_images(IMAGES, NAMES)
    assert figure.axes[0].get_title() == "cat"
    assert "Below each name" not in figure.get_supxlabel().replace("\n", " ")
