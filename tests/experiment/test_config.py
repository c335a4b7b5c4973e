from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxcnn.experiment import PRESETS, Config

FOLDER = {"dataset": "folder", "data_dir": Path("pictures")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"dataset": "cifar-10"},
            r"dataset: expected one of .*, got 'cifar-10' \(did you mean cifar10",
        ),
        ({"preset": "quik"}, r"preset: expected one of .*, got 'quik' \(did you mean quick"),
        ({"model": "lenet"}, r"model: expected one of .*, got 'lenet' \(did you mean lenet5"),
        ({"model": "text_cnn"}, r"model: expected .* images, got 'text_cnn', .* \(64,\)"),
        ({"out": Path("gs://b/run")}, "out: expected a local or shared folder, got 'gs://b/run'"),
        ({"methods": "s3://b/a"}, "methods: expected a local or shared file, got 's3://b/a'"),
        ({"devices": 0}, "devices: expected at least 1, got 0"),
        ({"keep": 0}, "keep: expected at least 1, got 0"),
        ({"epochs": 0}, "epochs: expected at least 1, got 0"),
        ({"batch_size": -5}, "batch_size: expected at least 1, got -5"),
        ({"learning_rate": -0.1}, "learning_rate: expected a finite number above 0, got -0.1"),
        (
            {"learning_rate": float("nan")},
            "learning_rate: expected a finite number above 0, got nan",
        ),
        ({"momentum": 1.0}, "momentum: expected at least 0 and below 1, got 1.0"),
        ({"weight_decay": -1e-4}, "weight_decay: expected a finite number of at least 0, got"),
        ({"clip_norm": 0.0}, "clip_norm: expected None or above 0, got 0.0"),
        ({"max_norm": -1.0}, "max_norm: expected None or above 0, got -1.0"),
        ({"label_smoothing": 1.0}, "label_smoothing: expected a finite number"),
        ({"shift": -1}, "shift: expected a whole number of pixels, got -1"),
        (
            {"ema_decay": 1.0},
            "ema_decay: expected a finite number of at least 0 and below 1, got 1.0",
        ),
        (
            {"early_stopping": 0, "validation_fraction": 0.1},
            "early_stopping: expected at least 1, got 0",
        ),
        (
            {"early_stopping": 3},
            "early_stopping: expected None without a validation_fraction, got 3",
        ),
        (
            {"validation_fraction": 1.0},
            "validation_fraction: expected a finite number of at least 0",
        ),
        (
            {"tta": "flipp"},
            r"tta: expected one of .*, got 'flipp' \(did you mean flip",
        ),
        ({"dtype": "float16"}, "dtype: expected one of .*, got 'float16'"),
        ({"accumulate_steps": 0}, "accumulate_steps: expected at least 1, got 0"),
        (
            {"augmentation": Path("mine.json"), "cutout": 8},
            "augmentation: expected None together with cutout",
        ),
        ({"dataset": "folder"}, "data_dir: expected a folder of image files"),
        ({"dataset": "table"}, "table: expected a CSV file with dataset='table', got None"),
        ({"table": Path("labels.csv")}, "table: expected none with dataset='auto', got labels.csv"),
        ({**FOLDER, "size": (0, 8)}, r"size: expected a height and a width .*, got \(0, 8\)"),
        ({**FOLDER, "test_fraction": 0.0}, "test_fraction: expected more than 0 and less than 1"),
        ({**FOLDER, "on_error": "ignore"}, "on_error: expected one of .*, got 'ignore'"),
        (
            {**FOLDER, "label": "class"},
            r"label: expected none without a table, got 'class' \(it names a column\)",
        ),
        ({"path": "file"}, "path: expected none without a table, got 'file'"),
        ({"stream": True}, "stream: expected False with dataset='auto', got True"),
    ],
)
def test_bad_values(options, message):
    with pytest.raises(ValueError, match=message):
        Config(**options)


def test_options_of_training_are_those_of_the_plan():
    options = {"max_steps": 3, "max_seconds": 2.5, "class_weights": "balanced"}
    config = Config(**options, sampler="balanced")
    plan = config.plan(config.resolve("cifar10"))
    assert {name: getattr(plan, name) for name in options} == options
    assert plan.sampler == "balanced"
    with pytest.raises(ValueError, match="max_steps: expected at least 1, got 0"):
        Config(max_steps=0)


def test_a_config_overrides_its_preset():
    preset = PRESETS["cifar10"]["standard"]
    resolved = Config(preset="standard", epochs=2, shift=0).resolve("cifar10")
    assert (resolved.epochs, resolved.shift) == (2, 0)
    assert resolved.learning_rate == preset.learning_rate
    assert Config(preset="standard").resolve("cifar10") == preset


def test_another_model_does_not_get_the_presets_widths():
    assert Config(preset="standard", model="lenet5").resolve("cifar10").widths is None
    assert Config(model="cifar_small", widths=(8, 8, 8)).resolve("cifar10").widths == (8, 8, 8)
    with pytest.raises(
        ValueError, match="widths: expected None, because the network 'lenet5' has no such"
    ):
        Config(model="lenet5", widths=(8, 8, 8))


@pytest.mark.thorough
@pytest.mark.parametrize("dataset", PRESETS)
def test_every_preset_names_a_model_and_an_augmentation(dataset):
    for preset in PRESETS[dataset].values():
        assert preset.architecture(10).layers
        assert preset.augmentation.shift == preset.shift
        assert preset.tx(10).init({})


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("one_cycle", [0.1, 1.0, 0.5, 0.0]),
        ("time_decay", [1.0, 1 / 1.008, 1 / 1.024, 1 / 1.04]),
        ("cosine", [0.1, 0.94, 0.37, 0.0]),
        ("restarts", [1.0, 0.34, 0.10, 0.0]),
    ],
)
def test_schedules(schedule, rates):
    """At steps 0, 20, 60 and 100 of 100."""
    config = Config(schedule=schedule, learning_rate=1.0, momentum=0.0, weight_decay=0.0)
    tx = config.resolve("digits").tx(100)
    state = tx.init({"bias": jnp.zeros(1)})
    found = []
    for _ in range(101):
        _, state = tx.update({"bias": jnp.ones(1)}, state, {"bias": jnp.zeros(1)})
        found.append(float(optax.tree.get(state, "hyperparams")["learning_rate"]))
    np.testing.assert_allclose([found[step] for step in (0, 20, 60, 100)], rates, atol=0.01)


@pytest.mark.thorough
def test_muon_trains_kernels_and_adam_biases_at_a_fifth_of_the_rate():
    options = {"learning_rate": 1.0, "schedule": "time_decay", "weight_decay": 0.0}
    tx = Config(optimizer="muon", **options).resolve("digits").tx(100)
    weights = {"kernel": jnp.eye(4), "bias": jnp.zeros(4)}
    updates, _ = tx.update(jax.tree.map(jnp.ones_like, weights), tx.init(weights), weights)
    singular = np.linalg.svd(updates["kernel"], compute_uv=False)
    assert 0.6 < singular[0] < 1.3  # orthogonalized: about 1, and the gradient has rank 1
    np.testing.assert_allclose(singular[1:], 0, atol=1e-3)
    adam = optax.nadam(0.2)  # optax.contrib.muon has Nesterov momentum in Adam, too
    expected, _ = adam.update(jnp.ones(4), adam.init(weights["bias"]))
    np.testing.assert_allclose(updates["bias"], expected, rtol=1e-4)
    with pytest.raises(ValueError, match=r"optimizer: expected .*sgd.*muon.*, got 'adam'"):
        Config(optimizer="adam")


@pytest.mark.parametrize("dataset", ["digits", "mnist"])
def test_digits_are_not_mirrored(dataset):
    assert all(preset.flip == "none" for preset in PRESETS[dataset].values())


def test_the_keras_preset_is_the_tutorials():
    preset = PRESETS["cifar10"]["keras"]
    assert (preset.model, preset.epochs, preset.batch_size) == ("keras_cifar_simple", 25, 32)
    assert (preset.learning_rate, preset.momentum, preset.nesterov) == (0.01, 0.9, False)
    assert (preset.schedule, preset.max_norm) == ("time_decay", 3.0)
