from functools import partial

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.layers import (
    ActivationModule,
    FlattenModule,
    ParallelModule,
    RescaleModule,
    ResidualModule,
    SequentialModule,
    takes_mask,
)

KEY = jax.random.key(0)
IMAGES = jnp.asarray(np.random.default_rng(0).normal(size=(4, 6, 5, 2)), jnp.float32)


def dropouts(kind, count=2):
    return kind([nnx.Dropout(0.5) for _ in range(count)])


@pytest.mark.thorough
def test_a_network_is_what_flax_computes_with_its_weights():
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(3, 3, strides=(1, 2), padding=((1, 0), (2, 2))),
            jaxcnn.BatchNorm(),
            jaxcnn.Activation("relu"),
            jaxcnn.Residual([jaxcnn.Conv(3, 3), jaxcnn.Activation("tanh")]),
            jaxcnn.MaxPool(2),
            jaxcnn.AvgPool(2, 1, "SAME"),
            jaxcnn.Flatten(),
            jaxcnn.Dense(4),
        ]
    )
    model = built.filled(net, IMAGES.shape[1:], low=0.1)
    first, norm, _, residual, *_, dense = model.layers
    rngs = nnx.Rngs(1)
    conv = nnx.Conv(2, 3, (3, 3), (1, 2), padding=((1, 0), (2, 2)), rngs=rngs)
    inner = nnx.Conv(3, 3, (3, 3), rngs=rngs)
    nnx.update(conv, nnx.state(first))
    nnx.update(inner, nnx.state(residual.layers[0]))

    def by_hand(images, train):
        x = nnx.relu(nnx.clone(norm)(conv(images), use_running_average=not train))
        x = nnx.max_pool(x + nnx.tanh(inner(x)), (2, 2), (2, 2))
        x = nnx.avg_pool(x, (2, 2), (1, 1), "SAME").reshape(4, -1)
        return x @ dense.kernel[...] + dense.bias[...]

    @partial(jax.jit, static_argnums=1)
    def both(images, train):
        return nnx.clone(model)(images, train=train), by_hand(images, train)

    for train in (False, True):
        np.testing.assert_allclose(*both(IMAGES, train), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [SequentialModule, ResidualModule])
def test_eval_mode_is_deterministic_and_needs_no_key(kind):
    np.testing.assert_array_equal(dropouts(kind)(IMAGES), dropouts(kind)(IMAGES, key=KEY))


def test_each_dropout_draws_a_mask_of_its_own():
    ones = jnp.ones((1, 4000))
    kept = [dropouts(SequentialModule, n)(ones, train=True, key=KEY) != 0 for n in (1, 2, 3)]
    shares = [float(mask.mean()) for mask in kept]
    np.testing.assert_allclose(shares, [1 / 2, 1 / 4, 1 / 8], atol=0.03)


def test_nested_dropouts_draw_masks_of_their_own():
    nested = SequentialModule([dropouts(SequentialModule), dropouts(SequentialModule)])
    kept = nested(jnp.ones((1, 8000)), train=True, key=KEY) != 0
    np.testing.assert_allclose(kept.mean(), 1 / 16, atol=0.015)


def test_equal_keys_give_equal_masks():
    model = dropouts(SequentialModule)
    first = model(IMAGES, train=True, key=KEY)
    np.testing.assert_array_equal(first, model(IMAGES, train=True, key=KEY))
    assert (first != model(IMAGES, train=True, key=jax.random.key(1))).any()


def test_training_dropout_without_a_key():
    with pytest.raises(ValueError, match="key: expected a random key such as"):
        dropouts(ResidualModule)(IMAGES, train=True)


@pytest.mark.thorough
def test_modes_reach_nested_batch_norms():
    norm = nnx.BatchNorm(2, rngs=nnx.Rngs(0))
    model = SequentialModule([ResidualModule([SequentialModule([norm])])])
    before = norm.mean[...]
    model(IMAGES)
    np.testing.assert_array_equal(norm.mean[...], before)
    model(IMAGES, train=True)
    assert (norm.mean[...] != before).all()


def branched():
    """A batch norm of two channels in every place that a container has for one."""
    norm = [nnx.BatchNorm(2, rngs=nnx.Rngs(0)) for _ in range(4)]
    branches = {"one": SequentialModule([norm[2]]), "two": norm[3]}
    return SequentialModule(
        [ResidualModule(norm[:1], shortcut=norm[1:2]), ParallelModule(branches)]
    )


@pytest.mark.thorough
def test_a_mask_reaches_shortcuts_and_branches():
    model, alone = branched(), branched()
    assert takes_mask(model)
    where = jnp.array([True, True, True, False])
    spoilt = jnp.asarray(np.where(np.arange(4)[:, None, None, None] < 3, IMAGES, 1e3))
    outputs = model(spoilt, train=True, where=where)
    np.testing.assert_allclose(outputs[:3], alone(IMAGES[:3], train=True), rtol=1e-3, atol=1e-5)
    statistics = (jax.tree.leaves(nnx.state(m, nnx.BatchStat)) for m in (model, alone))
    for masked, expected in zip(*statistics, strict=True):
        np.testing.assert_allclose(masked, expected, rtol=1e-4, atol=1e-6)
        assert not np.isin(expected, [0, 1]).any()  # those before the call


def test_a_mask_that_reaches_a_shortcut_only_in_part():
    hidden = nnx.Sequential(nnx.BatchNorm(2, rngs=nnx.Rngs(0)))
    assert not takes_mask(ResidualModule([], shortcut=[hidden]))
    assert not takes_mask(ParallelModule([RescaleModule(1.0), hidden]))


@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_parallel_is_its_branches_side_by_side(combine):
    outputs = ParallelModule({"b": RescaleModule(3.0), "a": RescaleModule(0.5)}, combine)(IMAGES)
    parts = [3 * IMAGES, IMAGES / 2]  # in the order in which they are given
    expected = sum(parts) if combine == "sum" else np.concatenate(parts, axis=-1)
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)


def test_branches_and_shortcuts_draw_masks_of_their_own():
    ones = jnp.ones((1, 4000))
    for kind in (ParallelModule, lambda pair: ResidualModule(pair[:1], shortcut=pair[1:])):
        sums = dropouts(kind)(ones, train=True, key=KEY)
        shares = [float((sums == total).mean()) for total in (0, 2, 4)]
        np.testing.assert_allclose(shares, [1 / 4, 1 / 2, 1 / 4], atol=0.03)


def test_residual_adds_its_input():
    model = ResidualModule([RescaleModule(3.0), RescaleModule(0.5)])
    np.testing.assert_allclose(model(IMAGES), 2.5 * IMAGES, rtol=1e-6)
    np.testing.assert_allclose(ResidualModule([])(IMAGES), 2 * IMAGES)
    np.testing.assert_array_equal(SequentialModule([])(IMAGES), IMAGES)


@pytest.mark.parametrize("kind", [SequentialModule, ResidualModule])
def test_numpy_goes_in_and_jit_changes_nothing(kind):
    model = kind([ActivationModule("tanh"), dropouts(SequentialModule)])
    outputs = model(np.asarray(IMAGES), train=True, key=KEY)
    assert isinstance(outputs, jax.Array)
    jitted = jax.jit(lambda images, key: model(images, train=True, key=key))(IMAGES, KEY)
    np.testing.assert_allclose(jitted, outputs, rtol=1e-6)


@pytest.mark.parametrize("kind", [list, lambda layers: dict(zip("abc", layers, strict=True))])
def test_a_slice_is_a_sequential_of_the_same_layers(kind):
    layers = [RescaleModule(2.0), RescaleModule(3.0), FlattenModule()]
    model = SequentialModule(kind(layers))
    assert isinstance(model[1:], SequentialModule)
    assert [*model[1:]] == layers[1:]
    np.testing.assert_array_equal(model[:2](IMAGES), 6 * IMAGES)


def test_the_halves_of_a_network_stand_alone():  # guide row A4.16
    net = jaxcnn.Sequential([jaxcnn.Conv(3, 3), jaxcnn.Flatten(), jaxcnn.Dense(4)])
    model = built.filled(net, IMAGES.shape[1:])
    features, head = SequentialModule(model.layers[:1]), SequentialModule(model.layers[1:])
    assert features(IMAGES).shape == (4, 6, 5, 3)
    np.testing.assert_array_equal(head(features(IMAGES)), model(IMAGES))
