"""A plan checks itself when it is made; what takes its options takes them all in the same way."""

import dataclasses
import inspect
import json
import pickle
import re

import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx

from jaxcnn import training
from jaxcnn.data import Augmentation
from jaxcnn.inference import Normalization
from jaxcnn.training import EarlyStopping, Plan, fit, fit_ensemble
from jaxcnn.training._other_names import OTHER_NAMES

WRONG = [
    ({"epochs": 0}, ValueError, "epochs: expected at least 1, got 0"),
    ({"epochs": 1.5}, TypeError, "epochs: expected an integer, got 1.5"),
    ({"epochs": True}, TypeError, "epochs: expected an integer, got True"),
    ({"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
    ({"accumulate_steps": 0}, ValueError, "accumulate_steps: expected at least 1, got 0"),
    ({"batch_size": 8, "accumulate_steps": 3}, ValueError, "divides the batch size, 8, got 3"),
    ({"tx": optax.adam}, TypeError, "tx: expected an optimizer such as optax.adam(1e-3)"),
    ({"tx": 0.1}, TypeError, "tx: expected an optimizer"),
    ({"loss": "mse"}, TypeError, "loss: expected a function loss(outputs, labels), got 'mse'"),
    (
        {"loss": lambda outputs: outputs},
        TypeError,
        "loss: expected a function loss(outputs, labels), got <lambda>(outputs)",
    ),
    (
        {"tx": lambda: optax.adam(1e-3)},
        TypeError,
        "tx: expected a function tx(steps) such as lambda steps: optax.adam(1e-3), got <lambda>()",
    ),
    ({"label_smoothing": 1.0}, ValueError, "label_smoothing: expected a finite number of at"),
    ({"label_smoothing": float("nan")}, ValueError, "label_smoothing: expected a finite"),
    ({"label_smoothing": 0.1, "loss": optax.l2_loss}, ValueError, "label_smoothing: expected 0"),
    (
        {"augmentation": {"rotate": 10}},
        TypeError,
        "augmentation: expected None or an object such as",
    ),
    ({"normalization": "imagenet"}, TypeError, "normalization: expected None or an object such as"),
    ({"early_stopping": 3}, TypeError, "early_stopping: expected None or an object such as EarlyS"),
    (
        {"init_from": "weights"},
        TypeError,
        "init_from: expected None or an object such as jaxcnn.load_torch_s",
    ),
    (
        {"ema_decay": 1.0},
        ValueError,
        "ema_decay: expected a finite number of at least 0 and below 1",
    ),
    ({"swa_start": 0}, ValueError, "swa_start: expected at least 1, got 0"),
    (
        {"swa_start": 4, "epochs": 3},
        ValueError,
        "swa_start: expected at most the number of epochs, 3, got 4",
    ),
    (
        {"swa_start": 2, "ema_decay": 0.9},
        ValueError,
        "ema_decay: expected None with swa_start, which says itself",
    ),
    ({"dtype": "bf16"}, TypeError, "dtype: expected a floating-point one such as 'bfloat16'"),
    ({"dtype": jnp.int32}, TypeError, "dtype: expected a floating-point one"),
    (
        {"dtype": "float16"},
        ValueError,
        "dtype: expected one that needs no loss scaling, got float1",
    ),
    ({"log_norms": "yes"}, TypeError, "log_norms: expected True or False, got 'yes'"),
    ({"seed": "1"}, TypeError, "seed: expected an integer, got '1'"),
    ({"seed": -1}, ValueError, "seed: expected at least 0, got -1"),
    ({"seed": 2**32}, ValueError, "seed: expected at most 4294967295, got 4294967296"),
    ({"devices": 0}, ValueError, "devices: expected at least 1, got 0"),
    ({"devices": 1.0}, TypeError, "devices: expected an integer, got 1.0"),
]


@pytest.mark.parametrize(("options", "error", "message"), WRONG)
def test_a_wrong_option_is_named_when_the_plan_is_made(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Plan(**options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"tx": lambda _: None}, TypeError, "returns an optimizer .* that returns None"),
        ({"tx": lambda _: optax.adam}, TypeError, "got one that returns <function adam"),
        (
            {"loss": lambda outputs, _: outputs.mean()},
            ValueError,
            r"loss: expected one value per example, \(8,\), got \(\) \(return the losses without a",
        ),
        (
            {"loss": lambda *_: None},
            TypeError,
            r"loss: expected a function that returns one value .* \(8,\), got .* a NoneType",
        ),
        (
            {"loss": lambda outputs, labels: outputs.argmax(-1) != labels},
            TypeError,
            "loss: expected a function that returns floating-point numbers, got bool",
        ),
        (
            {"on_epoch": lambda logs: print(logs)},
            TypeError,
            r"on_epoch\(state, logs\), got <lambda>\(logs",
        ),
        ({"on_epoch": "print"}, TypeError, r"on_epoch: expected a function .*, got 'print'"),
    ],
)
def test_functions_are_tried_before_anything_is_built(options, error, message, monkeypatch):
    monkeypatch.setattr("jaxcnn.training._setup.fresh_network", None)
    with pytest.raises(error, match=message):
        fit(small.NETWORK, small.dataset(), batch_size=8, progress=False, **options)


def test_an_ensembles_optimizer_is_one():
    for tx, message in (
        (lambda _: optax.adam(1e-3), r"tx\(steps, rate\) such as .*, got <lambda>\(_\)"),
        (lambda _, rate: rate, "got one that returns 0.1"),
    ):
        with pytest.raises(TypeError, match=message):
            fit_ensemble(
                small.LINEAR, small.dataset(), tx=tx, seeds=[0], learning_rates=0.1, batch_size=8
            )


def test_a_file_of_weights_is_answered_by_the_function_that_reads_it():
    expected = r"^init_from: .* jaxcnn.load_torch_state_dict\(.*got 'a.pth' \(which reads such a"
    with pytest.raises(TypeError, match=expected):
        Plan(init_from="a.pth")
    with pytest.raises(
        TypeError, match=r"^init_from: .* \(jaxcnn.pretrained\('timm/resnet18.a1_in"
    ):
        Plan(init_from="timm/resnet18.a1_in1k")
    with pytest.raises(TypeError, match=r"^initial: .*init_from=jaxcnn.load_torch_state_dict\("):
        Plan(initial="a.pth")


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_names_of_other_libraries_are_translated(name):
    with pytest.raises(TypeError, match=f"{name}: expected one of .* \\(") as raised:
        fit(small.NETWORK, small.dataset(), **{name: 1})
    hint = str(raised.value).partition(" (")[2]
    ours = {*inspect.signature(fit).parameters} | {field.name for field in dataclasses.fields(Plan)}
    assert {*re.findall(r"(\w+)=", hint)} - {"JAX_PLATFORMS", "patience"} <= ours
    assert name not in ours


@pytest.mark.parametrize("make", [Plan, Plan().having])
def test_a_plan_gives_the_same_hints(make):
    with pytest.raises(TypeError, match=r"lr: expected one of .* \(it is a part of the optimizer"):
        make(lr=0.1)
    with pytest.raises(TypeError, match=r"epoch: .* \(did you mean epochs\?\)"):
        make(epoch=3)


def test_a_plan_shows_its_options():
    assert [*inspect.signature(Plan).parameters] == [f.name for f in dataclasses.fields(Plan)]
    assert pickle.loads(pickle.dumps(Plan(epochs=3))).epochs == 3


def test_numbers_of_numpy_are_numbers():
    plan = Plan(epochs=np.int64(3), label_smoothing=np.float32(0.5), seed=np.uint32(7))
    assert plan.having(epochs=2).seed == 7
    recorded = plan.to_dict()
    assert (recorded["epochs"], recorded["label_smoothing"], recorded["seed"]) == (3, 0.5, 7)


@pytest.mark.parametrize(
    "use",
    [
        lambda **options: fit(small.NETWORK, small.dataset(), **options),
        lambda **options: training.dry_run(small.NETWORK, small.dataset(), **options),
        lambda **options: fit_ensemble(small.NETWORK, small.dataset(), **options),
        lambda **options: training.learning_rate_range(small.NETWORK, small.dataset(), **options),
        lambda **options: training.overfit_one_batch(small.NETWORK, small.dataset(), **options),
    ],
    ids=["fit", "dry_run", "fit_ensemble", "learning_rate_range", "overfit_one_batch"],
)
def test_everything_that_takes_options_takes_a_plan_and_knows_what_is_none(use):
    with pytest.raises(TypeError, match=r"accumulate_step: expected one .*\(did you mean accu"):
        use(accumulate_step=2)
    with pytest.raises(TypeError, match=r"dtype: expected a floating-point one"):
        use(dtype="bf16")
    with pytest.raises(TypeError, match=r"plan: expected a Plan, got \{'epochs': 3\}"):
        use(plan={"epochs": 3})


def test_an_ensembles_plan_may_not_ask_for_what_it_does_not_do():
    by_loss = EarlyStopping(monitor="train_loss")
    for use in (fit_ensemble, training.learning_rate_range):
        with pytest.raises(ValueError, match=r"plan: expected a plan without early_.* got Ea"):
            use(small.NETWORK, small.dataset(), plan=Plan(early_stopping=by_loss))
        with pytest.raises(ValueError, match=r"plan: expected a plan without tx, .* got Grad"):
            use(small.NETWORK, small.dataset(), plan=Plan(tx=optax.adam(1e-3)))
    shared = Plan(tx=optax.sgd(0.1), seed=3, devices=1, ema_decay=0.9)
    left = Plan.of(shared, {"epochs": 2}, excluded=("tx", "seed", "devices"))
    assert (left.tx, left.seed, left.devices) == (Plan().tx, 0, None)
    assert (left.ema_decay, left.epochs) == (0.9, 2)


@pytest.mark.parametrize("name", ["seed", "early_stopping", "log_norms"])
def test_an_ensemble_has_not_all_options(name):
    with pytest.raises(TypeError, match=f"{name}: expected one of the options"):
        fit_ensemble(small.NETWORK, small.dataset(), **{name: None})


def test_options_by_name_replace_those_of_a_plan():
    plan = Plan(epochs=2, batch_size=8, tx=training.sgd(0.05))
    run = fit(small.LINEAR, small.dataset(), plan=plan, epochs=1, progress=False)
    assert len(run.history) == 1
    assert run.settings["batch_size"] == 8


def test_a_plan_is_recorded_as_plain_data():
    plan = Plan(
        tx=optax.adam(1e-3),
        augmentation=Augmentation(shift=2),
        normalization=Normalization((0.5,), (0.25,)),
        early_stopping=EarlyStopping(patience=2),
        dtype=jnp.bfloat16,
        init_from=nnx.Linear(2, 3, rngs=nnx.Rngs(0)),
    )
    recorded = json.loads(json.dumps(plan.to_dict()))
    assert recorded.keys() == {field.name for field in dataclasses.fields(Plan)}
    assert (recorded["tx"], Plan().to_dict()["tx"]) == ("custom", "default")
    assert (recorded["dtype"], recorded["init_from"]) == ("bfloat16", "custom")
    assert recorded["augmentation"]["shift"] == 2
    assert recorded["normalization"] == {"mean": [0.5], "std": [0.25]}
    assert recorded["early_stopping"]["patience"] == 2


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seeds": 4}, TypeError, "seeds: expected several integers, such as range(4), got 4"),
        ({"seeds": []}, ValueError, "seeds: expected at least one number, got none"),
        ({"seeds": [1, 1]}, ValueError, "seeds: expected members that differ"),
        ({"seeds": [0, -1]}, ValueError, "seeds: expected at least 0, got -1"),
        ({"tx": optax.adam(1e-3)}, TypeError, "tx: expected a function tx(steps, rate) such"),
        ({"validation": small.dataset(size=9)}, ValueError, "validation: expected images of shape"),
    ],
)
def test_fit_ensemble_names_what_is_wrong(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fit_ensemble(small.NETWORK, small.dataset(), batch_size=8, progress=False, **options)


@pytest.mark.parametrize(
    ("examples", "batch_size"),
    [(50_000, 128), (1_024, 128), (1_023, 64), (128, 16), (60, 8), (48, 8), (9, 8), (7, 7), (1, 1)],
)
def test_the_default_batch_leaves_small_sets_eight_updates(examples, batch_size):
    assert Plan().for_set(examples).batch_size == batch_size
    assert examples // batch_size >= 8 or batch_size <= 8


def test_a_batch_size_that_was_asked_for_is_never_changed():
    assert Plan(batch_size=48).for_set(48).batch_size == 48
    with pytest.raises(ValueError, match=r"^batch_size: .* 48 training examples, got 128$"):
        Plan(batch_size=128).for_set(48)
    with pytest.raises(
        ValueError, match=r"^accumulate_steps: .* divides the batch size, 8, got 16"
    ):
        Plan(accumulate_steps=16).for_set(48)


@pytest.mark.thorough
def test_fit_takes_a_set_of_48_pictures_without_a_batch_size():
    run = fit(small.LINEAR, small.dataset(48), epochs=1, progress=False)
    assert (run.settings["batch_size"], run.steps) == (8, 6)
