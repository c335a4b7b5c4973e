"""Weights and optimizer state that are split over devices: the same training, in less memory."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx
from jax.sharding import PartitionSpec

import jaxcnn
from jaxcnn.data import Augmentation, epoch_order
from jaxcnn.inference import BATCH, Normalization
from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    Plan,
    _placement,
    dry_run,
    fit_ensemble,
    fsdp_spec,
    lookahead,
    max_norm,
    muon,
    sgd,
    verify_training,
)
from jaxcnn.training._loop import lower_step
from jaxcnn.training._setup import run_keys, set_up_training
from jaxcnn.training._state import TrainState

DATA = small.dataset()
DENSE = jaxcnn.Sequential(
    [jaxcnn.Flatten(), jaxcnn.Dense(96), jaxcnn.Activation("relu"), jaxcnn.Dense(3)]
)
"""Its first kernel, 64×96, is split over three devices, and the other arrays are too small."""

CONVOLUTIONS = jaxcnn.Sequential(
    [
        # Biases before batch norm have gradients of rounding alone, which Adam would enlarge.
        jaxcnn.Conv(8, 3, use_bias=False),
        jaxcnn.BatchNorm(),
        jaxcnn.Activation("relu"),
        jaxcnn.SpectralNorm(jaxcnn.Conv(96, 3, use_bias=False)),
        jaxcnn.BatchNorm(),
        jaxcnn.GlobalAvgPool(),
        jaxcnn.Dropout(0.2),
        jaxcnn.Dense(96),
        jaxcnn.Dense(3),
    ]
)


def split_fit(model: jaxcnn.Layer | nnx.Module = DENSE, **options):
    return small.quick_fit(model, DATA, **{"shard": "fsdp", "epochs": 1} | options)


def check_close(run, other, tolerance):
    for mine, theirs in zip(
        jax.tree.leaves((run.network.variables, run.state.opt_state, run.state.ema)),
        jax.tree.leaves((other.network.variables, other.state.opt_state, other.state.ema)),
        strict=True,
    ):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)
    for mine, theirs in zip(run.history, other.history, strict=True):
        assert mine["train_loss"] == pytest.approx(theirs["train_loss"], rel=tolerance)


def test_the_largest_axis_that_devices_divide_is_split():
    assert fsdp_spec((3, 3, 64, 128), 4) == PartitionSpec(None, None, None, BATCH)
    assert fsdp_spec((3, 3, 64, 129), 4) == PartitionSpec(None, None, BATCH)
    assert fsdp_spec((96, 96), 3) == PartitionSpec(BATCH)
    for shape, devices in (((5, 5, 7, 129), 4), ((64, 63), 3), ((128, 128), 1), ((), 2)):
        assert fsdp_spec(shape, devices) == PartitionSpec()


def shards(state):
    """The share of each large array that a device holds, and how many numbers are not split."""
    arrays = [a for a in jax.tree.leaves(state) if not jnp.issubdtype(a.dtype, jax.dtypes.prng_key)]
    shares = {
        shard.data.nbytes / array.nbytes
        for array in arrays
        for shard in array.addressable_shards
        if array.size >= 4_096
    }
    return shares, sum(array.size for array in arrays if array.is_fully_replicated)


@pytest.mark.thorough
def test_each_device_holds_its_share_of_the_state():
    plan = Plan(shard="fsdp", batch_size=8, tx=optax.adam(1e-3), ema_decay=0.9)
    setup = set_up_training(DENSE, DATA, plan)
    state = setup.copy_for_step(setup.state)
    step = lower_step(setup.batches, state).compile()
    # Weights, their average and two moments; step and count.
    expected = {1 / 3}, 4 * (96 + 96 * 3 + 3) + 2
    assert shards(state) == expected
    after, _ = step(state, *next(setup.batches.epoch(0, 1)))
    assert shards(after) == expected
    small_arrays = 4 * 4 * (96 + 96 * 3 + 3) + 4 + 4 + 8
    assert setup.placement.memory(setup.state) == 4 * 4 * 64 * 96 / 3 + small_arrays
    assert {len(leaf.sharding.device_set) for leaf in jax.tree.leaves(setup.state)} == {1}


@pytest.mark.thorough
def test_a_state_is_built_in_the_memory_of_the_host(monkeypatch):
    """Here, the second device stands for the host, and the first one for an accelerator."""
    made, create = [], TrainState.create
    accelerator, host = jax.devices()[:2]

    def create_and_keep(variables, **options):
        made.append(create(variables, **options))
        return made[-1]

    monkeypatch.setattr(TrainState, "create", create_and_keep)
    monkeypatch.setattr(_placement, "_host", lambda: host)
    plan = Plan(batch_size=8, tx=optax.adam(1e-3), ema_decay=0.9)
    for shard in ("fsdp", None):
        set_up_training(DENSE, DATA, plan.having(shard=shard))
    split, whole = (
        {
            device
            for leaf in jax.tree.leaves((each.variables, each.opt_state, each.ema))
            for device in leaf.devices()
        }
        for each in made
    )
    assert (split, whole) == ({host}, {accelerator})


@pytest.mark.thorough
def test_the_result_is_that_of_a_loop_by_hand_on_one_device():
    class Network(nnx.Module):
        def __init__(self, rngs):
            self.hidden, self.last = nnx.Linear(64, 96, rngs=rngs), nnx.Linear(96, 3, rngs=rngs)

        def __call__(self, images):
            return self.last(nnx.relu(self.hidden(images.reshape(len(images), -1))))

    module = Network(nnx.Rngs(0))
    run = split_fit(module, tx=optax.lamb(0.02), epochs=2)

    optimizer = nnx.Optimizer(module, optax.lamb(0.02), wrt=nnx.Param)
    images = np.asarray(Normalization.of(DATA)(jnp.asarray(DATA.images)))

    def loss(module, images, labels):
        logits = module(images)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    for epoch in range(2):
        order = np.asarray(epoch_order(run_keys(0)[1], epoch, len(DATA)))
        for batch in order.reshape(5, 8):
            optimizer.update(module, nnx.grad(loss)(module, images[batch], DATA.labels[batch]))
    expected = jax.tree.leaves(nnx.state(module, nnx.Param))
    found = jax.tree.leaves(run.network.variables.params)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
        assert len(mine.sharding.device_set) == 1


OPTIONS = {
    "clipped": {"tx": sgd(0.1, weight_decay=5e-4, clip_norm=0.1), "log_norms": True},
    "muon": {"tx": muon(0.02, weight_decay=0.1), "batch_size": 7},
    "lookahead": {"tx": lookahead(sgd(0.05), sync_period=2), "ema_decay": 0.9},
    "max_norm": {"tx": optax.chain(sgd(0.05), max_norm(0.5)), "class_weights": (1.0, 2.0, 3.0)},
    "multi_steps": {"tx": optax.MultiSteps(optax.adam(1e-3), 2)},
    "adafactor": {"tx": optax.adafactor(1e-2)},
    "micro-batches": {"accumulate_steps": 2, "augmentation": Augmentation(mixup=0.4)},
    "swa": {"swa_start": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_other_options_give_the_result_of_whole_copies(name):
    options = OPTIONS[name]
    run = split_fit(CONVOLUTIONS, **options)
    check_close(run, small.quick_fit(CONVOLUTIONS, DATA, epochs=1, **options), 2e-4)


@pytest.mark.slow
def test_bfloat16_gives_the_result_of_whole_copies():
    run = split_fit(CONVOLUTIONS, dtype="bfloat16")
    check_close(run, small.quick_fit(CONVOLUTIONS, DATA, epochs=1, dtype="bfloat16"), 2e-2)


WIDE = jaxcnn.Sequential(
    [jaxcnn.Flatten(), *[jaxcnn.Dense(768) for _ in range(3)], jaxcnn.Dense(3)]
)


@pytest.fixture
def compiled_as_for_users():
    """Switches on XLA's optimizations, without which it takes more memory."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_as_for_users")
def test_the_compiled_step_takes_less_memory():
    options = {"tx": optax.adam(1e-3), "batch_size": 9}
    split, whole = (dry_run(WIDE, DATA, shard=shard, **options) for shard in ("fsdp", None))
    assert split.state == dataclasses.replace(whole.state, is_split=True)
    assert 0.33 < split.state.split / split.state.whole < 0.34
    assert split.memory is not None
    assert whole.memory is not None
    saved = split.state.whole - split.state.split
    assert whole.memory.arguments - split.memory.arguments == pytest.approx(saved, rel=0.01)
    assert split.memory.total < 0.7 * whole.memory.total
    assert "without shard='fsdp'" in str(split)
    assert "with shard='fsdp'" in str(whole)


@pytest.mark.slow
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(tmp_path):
    options = {"tx": optax.adam(1e-3), "epochs": 2, "ema_decay": 0.9}
    whole = split_fit(**options)
    settings = Checkpoints(tmp_path, every_steps=1)
    cut_off = split_fit(**options, checkpoints=settings, max_steps=3)
    assert cut_off.steps == 3
    resumed = split_fit(**options, checkpoints=settings, resume="must")
    for run in (whole, resumed):
        assert run.steps == 10
    assert small.as_bits(resumed.state.params) == small.as_bits(whole.state.params)
    assert small.as_bits(resumed.state.opt_state) == small.as_bits(whole.state.opt_state)
    assert small.as_bits(resumed.state.ema) == small.as_bits(whole.state.ema)
    with pytest.raises(CheckpointError, match="shard: 'fsdp' in the checkpoint, None now"):
        split_fit(**options, checkpoints=settings, shard=None)


@pytest.mark.slow
def test_the_last_steps_can_be_verified(tmp_path):
    settings = Checkpoints(tmp_path, every_steps=1)
    options = {"tx": sgd(0.05), "epochs": 1, "batch_size": 8, "shard": "fsdp"}
    split_fit(**options, checkpoints=settings)
    found = verify_training(DENSE, DATA, checkpoints=tmp_path, steps=1, **options)
    assert [part.state for part in found.parts] == ["as saved"] * 2


@pytest.mark.thorough
def test_one_device_has_nothing_to_split():
    run, other = split_fit(devices=1), split_fit(devices=1, shard=None)
    assert small.as_bits(run.state.params) == small.as_bits(other.state.params)


def test_what_cannot_be_split_is_refused():
    with pytest.raises(ValueError, match="shard: expected one of fsdp, got 'zero'"):
        Plan(shard="zero")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="plan: expected a plan without shard"):
        fit_ensemble(DENSE, DATA, seeds=range(2), plan=Plan(shard="fsdp"))
    with pytest.raises(TypeError, match="shard"):
        fit_ensemble(DENSE, DATA, seeds=range(2), shard="fsdp")
