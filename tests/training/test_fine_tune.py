"""`fine_tune` is two calls of `fit`: a new head for other classes, then all layers."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from cut_off import CutOffError, cut_after
from flax import nnx
from small import as_bits

import jaxcnn
from jaxcnn._support.leaves import check_patterns, named_leaves
from jaxcnn.data import Dataset, Regression
from jaxcnn.inference import Network, Normalization, Origin, functionalize
from jaxcnn.training import (
    CheckpointError,
    Checkpoints,
    EarlyStopping,
    FineTuning,
    NonFiniteLossError,
    Plan,
    fine_tune,
    layer_wise_rates,
    scale_by_path,
)
from jaxcnn.training._fine_tuning import fine_tuning_adam
from jaxcnn.training._freezing import held_arrays
from jaxcnn.training._new_head import all_but_last, with_new_head

NET = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3), jaxcnn.BatchNorm(), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(3, name="fc")]
)
FEW = small.dataset(classes=4, seed=1)
NORMALIZATION = Normalization((0.4,), (0.3,))


def network(net=NET, shape=(8, 8, 1), **fields):
    module = jaxcnn.build(net, shape, rngs=nnx.Rngs(7))
    names = fields.pop("class_names", ("a", "b", "c"))
    return Network(*functionalize(module), NORMALIZATION, shape, names, net, **fields)


def tuned(known, few=FEW, **options):
    short = {"head_epochs": 1, "epochs": 1, "batch_size": 8, "devices": 1, "progress": False}
    return fine_tune(known, few, **(short | options))


@pytest.mark.slow
def test_it_is_two_calls_of_fit():
    known = network()
    run = tuned(known, epochs=2, first_rate=0.25, seed=3)
    wide = jaxcnn.with_classes(NET, 4)
    _, start = with_new_head(known, FEW, jax.random.key(3))
    options = {"batch_size": 8, "devices": 1, "progress": False, "seed": 3}
    options |= {"normalization": NORMALIZATION}
    first = jaxcnn.fit(
        *(wide, FEW), epochs=1, init_from=start, freeze="backbone", tx=fine_tuning_adam, **options
    )
    factors = {"layers.0.*": 0.25, "layers.1.*": 0.5, "layers.fc.*": 1}
    second = jaxcnn.fit(
        *(wide, FEW),
        epochs=2,
        init_from=first.network.module,
        tx=lambda steps: scale_by_path(fine_tuning_adam(steps), factors),
        **options,
    )
    assert as_bits(run.network.variables) == as_bits(second.network.variables)
    logs = [*first.history, *second.history]
    assert [each["train_loss"] for each in run.history] == [each["train_loss"] for each in logs]
    assert [each["epoch"] for each in run.history] == [1, 2, 3]
    assert (run.steps, run.images_seen) == (15, 120)
    assert run.settings["head"]["freeze"] == ["layers.0.*", "layers.1.*"]
    assert run.network.normalization == NORMALIZATION


def test_only_the_last_layer_is_new():
    known = network()
    before = dict(named_leaves(nnx.state(known.module)))
    architecture, module = with_new_head(known, FEW, jax.random.key(0))
    assert architecture == jaxcnn.with_classes(NET, 4)
    for name, leaf in named_leaves(nnx.state(module)):
        assert ("fc" in name) == (as_bits(leaf) != as_bits(before[name]))
    same = small.dataset(size=10, seed=2)  # of the same classes, and another size
    architecture, module = with_new_head(known, same, jax.random.key(0))
    assert as_bits(nnx.state(module)) == as_bits(nnx.state(known.module))
    assert architecture == NET


@pytest.mark.slow
def test_a_training_that_was_cut_off_ends_with_the_same_bits(tmp_path):
    known, whole = network(), tuned(network(), ema_decay=0.9)
    for folder, steps in (("in_the_head", 3), ("in_all_layers", 8)):  # of 5 steps each
        options = {"ema_decay": 0.9, "checkpoints": Checkpoints(tmp_path / folder, every_steps=1)}
        with pytest.MonkeyPatch.context() as patch:
            cut_after(steps, patch)
            with pytest.raises(CutOffError):
                tuned(known, **options)
        assert (tmp_path / folder / "all").exists() == (steps > 5)
        again = tuned(known, resume="must", **options)
        assert as_bits(again.network.variables) == as_bits(whole.network.variables)
        assert [logs["step"] for logs in again.history] == [5, 10]


def test_the_last_layer_is_new_if_the_classes_are_others():
    known = network()
    others = Dataset(FEW.images, FEW.labels % 3, ("x", "y", "z"))
    same = Dataset(FEW.images, FEW.labels % 3, known.class_names)
    trained = dict(named_leaves(nnx.state(known.module)))
    for few, is_new in ((others, True), (same, False)):
        _, module = with_new_head(known, few, jax.random.key(0))
        found = dict(named_leaves(nnx.state(module)))
        kernels = (found["layers.fc.kernel"], trained["layers.fc.kernel"])
        assert np.array_equal(*kernels) == (not is_new)
        assert np.array_equal(found["layers.0.kernel"], trained["layers.0.kernel"])


@pytest.mark.thorough
def test_the_first_stage_trains_the_last_layer_alone():
    """All others are frozen: dense layers of the head, and a batch norm without weights."""
    plain = jaxcnn.BatchNorm(use_scale=False, use_bias=False)
    head = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(9), jaxcnn.Dense(4)])
    net = jaxcnn.Sequential([jaxcnn.Conv(2, 3, name="stem"), plain, head])
    module = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
    frozen = ("layers.stem.*", "layers.1.*", "layers.2.layers.1.*")
    assert all_but_last(net, module, FEW) == frozen
    assert held_arrays(frozen, module).batch_stats == {"layers.1.mean", "layers.1.var"}
    alone = jaxcnn.Dense(4)
    assert all_but_last(alone, jaxcnn.build(alone, (8, 8, 1), rngs=nnx.Rngs(0)), FEW) == ()


@pytest.mark.slow
def test_diverging_in_the_second_stage():
    known = dataclasses.replace(network(), origin=Origin("a/b", "0" * 40, "1" * 64))

    def tx(_):
        return optax.sgd(lambda step: jnp.where(step < 5, 1e-3, jnp.inf))

    tuning = FineTuning()
    plan = dataclasses.replace(tuning, all=tuning.all.having(tx=tx))
    with pytest.raises(NonFiniteLossError) as caught:
        tuned(known, plan=plan, epochs=2)
    error = caught.value
    assert error.run.network.origin == known.origin
    assert [logs["epoch"] for logs in error.run.history] == [1, 2]
    assert (error.epoch, error.step) == (3, 11)


@pytest.mark.slow
def test_a_regression_of_a_saved_run(tmp_path):
    numbers = np.linspace(-1, 1, 40, dtype=np.float32)
    few = Dataset(FEW.images, numbers, ["height"], task=Regression())
    known = jaxcnn.Run(network())
    run = tuned(jaxcnn.load(known.save(tmp_path / "known")), few, tx=optax.sgd(0.01))
    assert run.network.output_shape == (1,)
    loaded = jaxcnn.load(run.save(tmp_path / "tuned", test=few))
    np.testing.assert_array_equal(loaded.predict(FEW.images), run.predict(FEW.images))
    assert loaded.settings["head"]["epochs"] == 1
    assert [logs["epoch"] for logs in loaded.history] == [1, 2]


def test_options_go_to_their_stages():
    tuning = FineTuning().having(
        head_epochs=2,
        epochs=9,
        batch_size=16,
        first_rate=1,
        swa_start=9,
        freeze=("layers.0.*",),
    )
    assert (tuning.head.epochs, tuning.all.epochs) == (2, 9)
    assert (tuning.head.batch_size, tuning.all.batch_size) == (16, 16)
    assert (tuning.head.swa_start, tuning.all.swa_start) == (None, 9)
    assert (tuning.head.freeze, tuning.all.freeze) == ("backbone", ("layers.0.*",))
    assert str(tuning.having(tx=optax.sgd(0.1), seed=3)).splitlines() == [
        "1. the head: 2 epochs, an optimizer of your own, batch size 16, seed 3; "
        "frozen: all but the last layer",
        "2. all layers that are not frozen: 9 epochs, an optimizer of your own, batch size 16, "
        "seed 3; frozen: layers.0.*",
    ]
    printed = str(FineTuning().having(freeze="backbone"))
    assert "2. all layers that are not frozen: 15 epochs" in printed
    assert printed.endswith("; frozen: all layers before the head")


def test_rates_grow_by_the_same_factor():
    rates = layer_wise_rates(jaxcnn.models.resnet18(width=4), (32, 32, 3), first_rate=0.01)
    assert (next(iter(rates)), next(reversed(rates))) == ("layers.conv1.*", "layers.fc.*")
    assert len(rates) == 41  # 20 convolutions with a batch norm each, and the dense layer
    steps = np.diff(np.log([*rates.values()]))
    np.testing.assert_allclose(steps, np.log(100) / 40)
    net = jaxcnn.models.resnet18(width=4)
    built = nnx.eval_shape(lambda: jaxcnn.build(net, (32, 32, 3), rngs=nnx.Rngs(0)))
    check_patterns("rates", rates, nnx.state(built, nnx.Param))
    assert layer_wise_rates(jaxcnn.Dense(3), (4,)) == {"*": 1.0}


def test_rates_of_a_trained_network():
    known = network()
    for trained in (known, jaxcnn.Run(known)):
        assert layer_wise_rates(trained) == layer_wise_rates(NET, (8, 8, 1))
    with pytest.raises(
        TypeError, match=r"architecture: expected a layer such as .*, got Sequential"
    ):
        layer_wise_rates(known.module)
    with pytest.raises(TypeError, match="input_shape: expected the shape of one example, got None"):
        layer_wise_rates(NET)
    with pytest.raises(ValueError, match="architecture: expected a network with an architecture"):
        layer_wise_rates(dataclasses.replace(known, architecture=None))


@pytest.mark.slow
def test_frozen_layers_stay_frozen_in_the_second_stage():
    known = network()
    run = tuned(known, freeze=("layers.0.*", "layers.1.*"))
    before = dict(named_leaves(known.variables))
    after = dict(named_leaves(run.network.variables))
    same = {name for name in before if as_bits(before[name]) == as_bits(after[name])}
    assert {name for name in before if "fc" not in name} == same


@pytest.mark.slow
def test_the_caller_can_end_both_stages_and_a_limit_one():
    seen = []

    def on_epoch(state, logs):
        seen.append((int(state.step), logs["epoch"]))
        return len(seen) in (1, 3)

    assert len(tuned(network(), head_epochs=2, on_epoch=on_epoch).history) == 1
    limited = FineTuning().having(head=Plan(max_steps=3, freeze="backbone"))
    # The epoch that the limit cut off is the first of the history, and `on_epoch` was not called.
    assert len(tuned(network(), plan=limited, epochs=3, on_epoch=on_epoch).history) == 3
    assert seen == [(5, 1), (5, 2), (10, 3)]


@pytest.mark.parametrize(
    ("known", "few", "options", "message"),
    [
        (NET, FEW, {}, "network: expected a trained network or a run, got Sequential .*pretrained"),
        ("timm/resnet18.a1_in1k", FEW, {}, r"\(jaxcnn.pretrained\('timm/resnet18.a1_in1k'\) loads"),
        ("runs/1", FEW, {}, "jaxcnn.load.folder. reads a saved run"),
        (network(), FEW, {"plan": Plan()}, "plan: expected a FineTuning, got .* .FineTuning"),
        (network(), FEW, {"freeze_epochs": 1}, "the epochs of the head alone are head_epochs=5"),
        (network(), FEW, {"learning_rate": 1}, r"one_cycle_adam\(steps, 1e-3\)"),
        (network(), FEW, {"valid": 1}, "one of the .* validation, plan, on_epoch, .* checkpoints"),
        (network(), FEW, {"head_epochs": 0}, "^head_epochs: expected at least 1, got 0"),
        (network(), FEW, {"init_from": 1}, "init_from: expected one of the options head_epochs,"),
        (network(), FEW, {"early_stopping": EarlyStopping(3)}, "early_stopping: expected a valid"),
        (network(), FEW, {"freeze": "layer.*"}, "freeze: expected patterns of parameters such as"),
        (network(), FEW, {"first_rate": 2}, "first_rate: expected at most 1, got 2"),
        (network(), FEW, {"first_rate": 0}, "first_rate: expected a finite number above 0, got 0"),
        (
            network(),
            small.dataset(channels=3),
            {},
            r"train: expected images with 1 channels, which",
        ),
        (network(), Dataset(FEW.images, FEW.labels * 0, ["a"]), {}, "train: expected at least two"),
        (
            network(jaxcnn.Sequential([*NET.layers, jaxcnn.BatchNorm()])),
            FEW,
            {},
            "network: expected a Dense layer or a Conv as the last layer with weights, got another",
        ),
        (
            network(jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(9), jaxcnn.Dense(3)])),
            small.dataset(size=9, classes=4),
            {},
            r"train: expected images of shape \(8, 8, 1\), for which the network's layers.1.kernel",
        ),
    ],
)
def test_bad_arguments(known, few, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        tuned(known, few, **options)


def test_a_network_without_an_architecture():
    bare = Network(*functionalize(network().module), NORMALIZATION, (8, 8, 1), ("a", "b", "c"))
    with pytest.raises(ValueError, match="network: expected one with an architecture, got"):
        tuned(bare)


@pytest.mark.thorough
def test_other_epochs_than_those_of_the_checkpoints(tmp_path):
    known = network()
    tuned(known, checkpoints=tmp_path)
    for stage, option in [("head", "head_epochs"), ("all", "epochs")]:
        with pytest.raises(CheckpointError) as caught:
            tuned(known, checkpoints=tmp_path, **{option: 2})
        ending = "to start anew; a fine-tuning has the epochs it began with)"
        assert f"{stage}: expected checkpoints of this training" in str(caught.value)
        assert f": {option}: 1 in the checkpoint, 2 now" in str(caught.value)
        assert str(caught.value).endswith(ending)
