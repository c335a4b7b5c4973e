"""Frozen weights and statistics keep their bits, whatever else a training does."""

from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from cut_off import CutOffError, cut_after
from flax import nnx
from small import NORMED, as_bits, quick_fit

import jaxcnn
from jaxcnn._support.leaves import named_leaves
from jaxcnn.inference import Normalization, functionalize
from jaxcnn.training import Plan, fit_ensemble, muon, scale_by_path, sgd, verify_training
from jaxcnn.training._loop import lower_step
from jaxcnn.training._setup import set_up_training

DATA = small.dataset()
DENSE = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(96, name="first"), jaxcnn.Dense(3)])
GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch_frozen.npz")
NORM = "layers.0.bias", "layers.0.mean", "layers.0.scale", "layers.0.var"


def arrays(module):
    return {name: np.asarray(leaf) for name, leaf in named_leaves(nnx.state(module))}


def held(model, run, seed=0, **options):
    """The names of the arrays that a training did not change."""
    setup = set_up_training(model, DATA, Plan(batch_size=8, seed=seed, **options))
    before, after = arrays(setup.network.module), arrays(run.network.module)
    return {name for name in before if as_bits(before[name]) == as_bits(after[name])}


@pytest.mark.slow
def test_a_training_of_pytorch_that_is_frozen_in_part():
    """The first batch norm, in eval mode there, and the convolution after it are frozen."""
    kinds = [
        jaxcnn.Conv(4, 3, padding=1, use_bias=False, name="conv1"),
        jaxcnn.BatchNorm(name="norm1"),
        jaxcnn.Activation("relu"),
        jaxcnn.Conv(5, 3, padding=1, use_bias=False, name="conv2"),
        jaxcnn.BatchNorm(name="norm2"),
        jaxcnn.Activation("relu"),
        jaxcnn.GlobalAvgPool(),
        jaxcnn.Dense(3, name="fc"),
    ]
    net, images = jaxcnn.Sequential(kinds), GOLDEN["images"]
    module = jaxcnn.build(net, images.shape[1:], rngs=nnx.Rngs(0))
    before = {name: GOLDEN[f"before/{name}"] for name in arrays(module)}
    nnx.update(module, _like(nnx.state(module), before))
    run = jaxcnn.fit(
        *(net, (images, GOLDEN["labels"])),
        init_from=module,
        freeze=("layers.norm1.*", "layers.conv2.*"),
        tx=optax.chain(optax.add_decayed_weights(0.01), optax.sgd(0.5, momentum=0.9)),
        normalization=Normalization((0.0, 0.0), (1.0, 1.0)),
        epochs=3,
        batch_size=8,
        devices=1,
        progress=False,
    )
    losses = [logs["train_loss"] for logs in run.history]
    np.testing.assert_allclose(losses, GOLDEN["losses"], rtol=1e-4)
    for name, found in arrays(run.network.module).items():
        if name != "layers.norm2.var":  # PyTorch's divisor is n - 1
            np.testing.assert_allclose(found, GOLDEN[f"after/{name}"], rtol=1e-3, atol=1e-4)
        if name.startswith(("layers.norm1", "layers.conv2")):
            assert as_bits(found) == as_bits(before[name])


def _like(state, values):
    names = iter(name for name, _ in named_leaves(state))
    return jax.tree.map(lambda _: jnp.asarray(values[next(names)]), state)


CASES = {
    "weight decay, clipping": {"tx": sgd(0.05, weight_decay=0.1, clip_norm=0.1)},
    "average, gradient accumulation": {"ema_decay": 0.9, "accumulate_steps": 2},
    "mean of epochs": {"swa_start": 1},
    "LAMB, norms": {"tx": optax.lamb(0.01, weight_decay=0.1), "log_norms": True},
    "Muon, bfloat16": {"tx": muon(0.02, weight_decay=0.1), "dtype": "bfloat16"},
}


FAST = "mean of epochs"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "case",
    [c if c == FAST else pytest.param(c, marks=pytest.mark.slow) for c in [*CASES][1:]],
)
def test_bits_stay(case):
    """The statistics of three devices are averaged, which does not give back equal ones' bits."""
    model: Any = jaxcnn.build(NORMED, DATA.input_shape, rngs=nnx.Rngs(0))
    model[0].mean[...], model[0].var[...], model[0].scale[...] = 0.1, 0.7, 0.3
    run = quick_fit(model, DATA, freeze="backbone", **CASES[case])
    assert held(model, run) == {*NORM}
    shapes = {leaf.shape for leaf in jax.tree.leaves(run.state.opt_state)}
    assert (1,) not in shapes  # of the scale and the bias
    plain = set_up_training(model, DATA, Plan(batch_size=8)).network
    assert run.network.apply == plain.apply


@pytest.mark.slow
def test_weight_decay_and_clipping_pass_over_what_is_frozen():
    """The bits are those of an optimizer that gets the gradients of the other weights alone."""
    tx = CASES["weight decay, clipping"]["tx"]
    run = quick_fit(DENSE, DATA, freeze="layers.first.*", tx=tx)
    other = quick_fit(DENSE, DATA, tx=scale_by_path(tx, {"layers.first.*": 0}))
    assert as_bits(run.network.variables) == as_bits(other.network.variables)
    assert held(DENSE, run) == {"layers.first.bias", "layers.first.kernel"}


def step_of(**options):
    setup = set_up_training(DENSE, DATA, Plan(batch_size=8, tx=optax.adam(1e-3), **options))
    return setup, lower_step(setup.batches, setup.copy_for_step(setup.state)).as_text()


@pytest.mark.thorough
def test_frozen_weights_take_neither_gradients_nor_optimizer_state():
    """Forward two products; backward one per kernel, and one to the layer between."""
    (setup, step), (frozen, frozen_step) = step_of(), step_of(freeze="layers.first.*")
    assert [text.count("stablehlo.dot_general") for text in (step, frozen_step)] == [5, 3]
    saved = setup.placement.memory(setup.state) - frozen.placement.memory(frozen.state)
    assert saved == 2 * 4 * (64 * 96 + 96)  # two moments of float32


@pytest.mark.slow
def test_split_state():
    options = {"devices": 2, "shard": "fsdp", "freeze": "layers.first.*"}
    run = quick_fit(DENSE, DATA, **options)
    assert held(DENSE, run) == {"layers.first.bias", "layers.first.kernel"}
    whole = quick_fit(DENSE, DATA, freeze=options["freeze"])
    for found, expected in zip(
        *map(jax.tree.leaves, (run.network.variables, whole.network.variables)), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert run.history[-1]["train_loss"] == pytest.approx(whole.history[-1]["train_loss"])


@pytest.mark.slow
def test_resumed_and_verified(tmp_path, monkeypatch):
    options = {"epochs": 2, "batch_size": 8, "freeze": "backbone", "ema_decay": 0.9}
    whole = quick_fit(NORMED, DATA, **options)
    with monkeypatch.context() as patch:
        cut_after(7, patch)
        with pytest.raises(CutOffError):
            quick_fit(NORMED, DATA, checkpoints=tmp_path, **options)
    run = quick_fit(NORMED, DATA, checkpoints=tmp_path, resume="must", **options)
    assert as_bits(run.state.variables) == as_bits(whole.state.variables)
    found = verify_training(NORMED, DATA, checkpoints=tmp_path, steps=10, tx=sgd(0.05), **options)
    assert {part.state for part in found.parts} == {"as saved"}


@pytest.mark.slow
def test_ensembles_and_one_batch():
    members = fit_ensemble(NORMED, DATA, seeds=(0, 1), epochs=1, freeze=("layers.0.*",)).members
    for seed, run in enumerate(members):
        assert held(NORMED, run, seed) == {*NORM}
    found = jaxcnn.training.overfit_one_batch(NORMED, DATA, steps=30, freeze="backbone", devices=1)
    assert found.losses[-1] < found.losses[0]


class TellsItsNorm(nnx.Module):
    """A network that passes the mode on itself."""

    def __init__(self):
        self.norm = nnx.BatchNorm(1, rngs=nnx.Rngs(0))
        self.spare = nnx.BatchNorm(1, use_bias=False, use_scale=False, rngs=nnx.Rngs(0))
        self.dense = nnx.Linear(64, 3, rngs=nnx.Rngs(0))

    def __call__(self, images, train=False):
        images = self.norm(images, use_running_average=not train)
        images = self.spare(images, use_running_average=not train)
        return self.dense(images.reshape(len(images), -1))


def train_mode(model, freeze, images):
    """The outputs in train mode, and the arrays that are not trained afterwards."""
    plan = Plan(batch_size=8, freeze=freeze, devices=1)
    setup = set_up_training(model, DATA, plan)
    return setup.learn.apply(setup.network.variables, images, train=True, key=jax.random.key(0))


@pytest.mark.thorough
@pytest.mark.parametrize("freeze", [("norm.*", "spare.*"), ("*norm.*", "spare.mean")])
def test_norms_in_modules_of_a_user(freeze):
    model, images = TellsItsNorm(), jnp.asarray(DATA.images[:8] / 255, jnp.float32)
    outputs, _ = train_mode(model, freeze, images)
    np.testing.assert_array_equal(outputs, model(images, train=False))
    outputs, _ = train_mode(model, ("norm.*",), images)  # the other norm goes on
    assert not np.allclose(outputs, model(images, train=False), atol=0.1)


@pytest.mark.thorough
def test_statistics_alone_can_be_held():
    run = quick_fit(NORMED, DATA, freeze=("*.mean", "*.var"), epochs=1)
    assert held(NORMED, run) == {"layers.0.mean", "layers.0.var"}


class Linen(nn.Module):
    @nn.compact
    def __call__(self, images, train=False):
        images = nn.BatchNorm(use_running_average=not train)(images)
        return nn.Dense(3)(images.reshape(len(images), -1))


class AroundLinen(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(0)
        self.body = nnx.bridge.ToNNX(Linen(), rngs=rngs).lazy_init(jnp.ones((1, 8, 8, 1)))
        self.head = nnx.Linear(3, 3, rngs=rngs)

    def __call__(self, images, train=False, key=None):
        body: Any = self.body
        return self.head(jaxcnn.layers.call(body, images, train=train, key=key))


@pytest.mark.thorough
def test_a_linen_module_is_in_eval_mode_if_all_of_it_is_frozen():
    model, images = AroundLinen(), jnp.asarray(DATA.images[:8] / 255, jnp.float32)
    apply, variables = functionalize(model)
    outputs, _ = train_mode(model, "body.*", images)
    np.testing.assert_array_equal(outputs, apply(variables, images, train=False)[0])
    with pytest.raises(ValueError, match=r"freeze: .* Linen .* got patterns that leave body.Dense"):
        train_mode(model, "body.BatchNorm_0.*", images)


def test_the_head_begins_before_a_pooling_that_has_no_weights():
    """A convolution to the classes, then the pooling: the convolution is what stays trained."""
    net = jaxcnn.Sequential(
        [jaxcnn.Conv(4, 3), jaxcnn.Sequential([jaxcnn.Conv(3, 1)]), jaxcnn.GlobalAvgPool()]
    )
    learn = set_up_training(net, DATA, Plan(batch_size=8, freeze="backbone")).learn
    assert learn.held.params == {"layers.0.bias", "layers.0.kernel"}


@pytest.mark.parametrize(
    ("model", "freeze", "message"),
    [
        (
            NORMED,
            "layers.7.*",
            "freeze: expected patterns of parameters such as layers.0.bias",
        ),
        (NORMED, "*", r"freeze: expected to leave some weights to train, got \('\*',\), which"),
        (small.LINEAR, "backbone", "freeze: expected weights before the head, got 'backbone'"),
        (TellsItsNorm(), "backbone", "freeze: expected patterns .* got 'backbone' .*TellsItsNorm"),
    ],
)
def test_what_cannot_be_frozen(model, freeze, message):
    with pytest.raises((TypeError, ValueError), match=message):
        set_up_training(model, DATA, Plan(batch_size=8, freeze=freeze))


def test_patterns_become_a_tuple():
    assert Plan(freeze=["a", "b"]).freeze == ("a", "b")
    assert Plan(freeze="a*").freeze == ("a*",)
    assert Plan(freeze=()).freeze is None
    wrong: Any
    for wrong in (3, [3], {"a": 0}):
        with pytest.raises(TypeError, match="freeze: expected 'backbone', or patterns of"):
            Plan(freeze=wrong)
