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
    of_noise = np.asarray(model(noise))
    found = np.asarray(model(images)).diagonal()
    assert (found > of_noise.max(axis=0) + 2 * of_noise.std(axis=0)).all()


@pytest.mark.parametrize(("layer", "position"), [("stem", (4, 3)), ("head", None)])
def test_of_a_linear_unit_it_is_its_weights(layer, position):
    net = NET if layer == "stem" else J.Sequential([J.Flatten(), J.Dense(3, name="head")])
    model = built.filled(net, SHAPE)
    unit = Unit(layer, 1, position)
    image = jax.jit(
        lambda key: activation_maximization(
            model, unit, SHAPE, key=key, steps=100, jitter=0, total_variation=0
        )
    )(jax.random.key(0))
    weights = explain.explain_unit(model, image, unit).weights.ravel()
    seen = image[3:6, 2:5] if layer == "stem" else image
    assert np.corrcoef(weights, seen.ravel())[0, 1] > 0.9


def test_channels_of_a_layer_at_once():
    model = built.filled(NET, SHAPE)

    def of_channel(channel):
        unit = Unit("stem", channel, (4, 4))
        key = jax.random.key(0)
        return activation_maximization(model, unit, SHAPE, key=key, steps=40, total_variation=0)

    images = jax.jit(jax.vmap(of_channel))(np.arange(4))
    found = explain.feature_maps(model, images, "stem")[:, 4, 4].diagonal()
    noise = np.random.default_rng(0).random((100, *SHAPE), np.float32)
    assert (found > explain.feature_maps(model, noise, "stem").max((0, 1, 2))).all()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"jitter": -1}, "jitter must be at least 0, got -1"),
        ({"target": 3}, "targets must be 0 to 2, got 3"),
    ],
)
def test_bad_options(option, message):
    options = {"target": 0, "input_shape": SHAPE, "key": jax.random.key(0), **option}
    with pytest.raises(ValueError, match=message):
        activation_maximization(built.filled(NET, SHAPE), **options)
