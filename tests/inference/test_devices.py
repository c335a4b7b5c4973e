"""One device and several give the same training, up to rounding."""

import re
from functools import partial

import built
import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx
from jax.sharding import PartitionSpec as P

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Augmentation
from jaxcnn.inference import Network, Normalization, batch_mesh, functionalize
from jaxcnn.training import TrainState, fit, sgd, train_step

NETWORK = jaxcnn.Sequential(
    [
        jaxcnn.Residual([jaxcnn.BatchNorm(momentum=0.5), jaxcnn.Dropout(0.3)]),
        *(jaxcnn.Flatten(), jaxcnn.Dense(3)),
    ]
)


def train(devices, model=NETWORK, **options):
    defaults = {
        "batch_size": 8,
        "validation": small.dataset(n=25, seed=1),
        "epochs": 2,
        "tx": sgd(0.05),
        "progress": False,
    }
    return fit(model, small.dataset(), devices=devices, **(defaults | options))


def numbers(trained):
    timed = ("seconds", "images_per_second")
    history = [{k: v for k, v in logs.items() if k not in timed} for logs in trained.history]
    state = trained.state
    return (
        history,
        state.params,
        nnx.filter_state(state.batch_stats, nnx.BatchStat),
        state.opt_state,
    )


@pytest.mark.parametrize(
    ("batch_size", "devices", "pieces"),
    [
        pytest.param(12, 2, 1, marks=pytest.mark.slow),
        pytest.param(13, 3, 1, marks=pytest.mark.slow),
        pytest.param(12, 3, 3, marks=pytest.mark.slow),
    ],
)
def test_several_devices_train_as_one_does(batch_size, devices, pieces):
    """A batch of 13 leaves one device a smaller share, and a piece of 4 leaves one none."""
    options = {
        "batch_size": batch_size,
        "accumulate_steps": pieces,
        "augmentation": Augmentation(flip="random"),
    }
    one, several = (train(n, **options) for n in (1, devices))
    assert several.settings["devices"] == devices
    chex.assert_trees_all_close(numbers(several), numbers(one), rtol=1e-4, atol=2e-6)


@pytest.mark.thorough
def test_the_devices_same_training_is_not_that_of_their_shares():
    """The comparison above is sharp enough to see batch statistics of half a batch."""
    data = small.dataset(n=12)
    apply, variables = functionalize(built.filled(NETWORK, data.input_shape))
    images = data.images.astype(np.float32)
    jitted = jax.jit(partial(apply, train=True, key=jax.random.key(0)))
    _, whole = jitted(variables, images)
    _, half = jitted(variables, images[:6])
    with pytest.raises(AssertionError):
        chex.assert_trees_all_close(half, whole, rtol=1e-4, atol=2e-6)


@pytest.mark.thorough
def test_a_flax_module_trains_as_on_one_device_and_its_batch_norm_takes_no_mask():
    module = small.FlaxModule(nnx.Rngs(0, dropout=1))
    module.dropout.rate = 0.0  # its bits are those of the device
    with pytest.raises(ValueError, match="devices: expected a number that divides the batch size"):
        train(3, module)
    one, most = train(1, module), train(None, module)
    assert most.settings["devices"] == 2
    chex.assert_trees_all_close(numbers(most), numbers(one), rtol=1e-4, atol=2e-6)


def test_a_flax_modules_dropout_differs_between_devices():
    apply, variables = functionalize(nnx.Dropout(0.5, rngs=nnx.Rngs(0)))

    def share(images):
        return apply(variables, images, train=True, key=jax.random.key(0), axis_name="batch")[0]

    specs = {"in_specs": P("batch"), "out_specs": P("batch")}
    sharded = jax.jit(jax.shard_map(share, mesh=batch_mesh(2), **specs))
    first, second = np.asarray(sharded(np.ones((2, 50), np.float32)))
    assert not np.array_equal(first, second)


@pytest.mark.thorough
def test_without_batch_norm_any_module_takes_any_batch():
    module = nnx.Sequential(
        lambda images: images.reshape(len(images), -1), nnx.Linear(64, 3, rngs=nnx.Rngs(0))
    )
    one, three = train(1, module), train(3, module)
    chex.assert_trees_all_close(numbers(three), numbers(one), rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("devices", "error", "message"),
    [
        (
            4,
            ValueError,
            "devices: expected 1 to 3, the number of JAX's devices here, got 4 (CPU cores",
        ),
        (0, ValueError, "devices: expected 1 to 3"),
        (1.5, TypeError, "devices: expected an integer or None, got 1.5"),
        (True, TypeError, "devices: expected an integer or None, got True"),
    ],
)
def test_bad_numbers(devices, error, message):
    with pytest.raises(error, match=re.escape(message)):
        batch_mesh(devices)


@pytest.mark.parametrize("process", [0, 1])
def test_processes_have_the_same_number_of_devices(process, monkeypatch):
    devices = jax.devices()

    def local_devices(process_index=process, backend=None):
        del backend
        return devices[: (3, 2)[process_index]]

    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(jax, "local_devices", local_devices)
    expected = "devices: expected the same number in all processes, got [3, 2]"
    with pytest.raises(ValueError, match=re.escape(expected)):
        batch_mesh(everywhere=True)
    meshes = []
    monkeypatch.setattr(jax, "make_mesh", lambda *_, devices, **__: meshes.append(devices))
    batch_mesh(2, everywhere=True)
    assert meshes == [[*devices[:2], *devices[:2]]]


def test_a_default_device_is_the_only_one():
    assert batch_mesh().size == 3
    with jax.default_device(jax.devices()[1]):
        assert batch_mesh().devices.tolist() == [jax.devices()[1]]


@pytest.mark.thorough
def test_the_compiled_step_sums_over_devices_and_gathers_nothing():
    data = small.dataset(n=12)
    apply, variables = functionalize(built.filled(NETWORK, data.input_shape))
    tx = optax.sgd(0.1)
    loss = F.softmax_cross_entropy_with_integer_labels
    step = partial(train_step, apply=apply, tx=tx, loss=loss, axis_name="batch")
    specs = {"in_specs": (P(), P("batch"), P("batch")), "out_specs": P()}
    sharded = jax.jit(jax.shard_map(step, mesh=batch_mesh(2), **specs))
    state = TrainState.create(variables, tx=tx, key=jax.random.key(0))
    images = jax.ShapeDtypeStruct((12, *data.input_shape), jnp.float32)
    labels = jax.ShapeDtypeStruct((12,), jnp.int32)
    program = sharded.lower(state, images, labels).compile().as_text()
    assert "all-reduce" in program
    assert "all-gather" not in program


@pytest.fixture(scope="module")
def network():
    data = small.dataset()
    apply, variables = functionalize(built.filled(NETWORK, data.input_shape, 0.1, 0.9))
    return Network(apply, variables, Normalization.of(data), data.input_shape, data.class_names)


@pytest.mark.thorough
@pytest.mark.parametrize("examples", [1, 25, 40])
def test_prediction_and_evaluation_give_the_same_numbers(network, examples):
    data = small.dataset(n=examples, seed=2)
    one, three = (network.logits(data.images, batch_size=10, devices=n) for n in (1, 3))
    assert three.shape == (examples, 3)
    np.testing.assert_allclose(three, one, rtol=1e-5, atol=1e-6)
    one, three = (network.evaluate(data, batch_size=10, devices=n) for n in (1, 3))
    assert three.examples == examples
    assert three.accuracy == one.accuracy
    assert three.loss == pytest.approx(one.loss, rel=1e-5)
