"""Regression by `fit`: against closed forms and scikit-learn, and through all that a run goes."""

import json

import chex
import numpy as np
import optax
import parsed_html
import pytest
from PIL import Image
from scipy.optimize import linprog
from sklearn import metrics

import jaxcnn
from jaxcnn.data import Augmentation, Dataset, Regression, image_table
from jaxcnn.training import (
    EarlyStopping,
    dry_run,
    fit,
    fit_ensemble,
    learning_rate_range,
    overfit_one_batch,
    sgd,
)

pytestmark = pytest.mark.thorough

RNG = np.random.default_rng(3)
LINEAR = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1)])
TWO = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3), jaxcnn.Activation("relu"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)]
)


def signals(n=48, noise=0.5, task="regression"):
    """Noisy sums of four numbers, and the matrix of these numbers with a column of ones."""
    inputs = RNG.normal(size=(n, 2, 2))
    labels = inputs.reshape(n, 4) @ [1.0, -2.0, 0.5, 0.0] + 3 + noise * RNG.normal(size=n)
    data = Dataset(inputs, labels, ["sum"], "sums", task=task, kind="signals")
    return data, np.concatenate([inputs.reshape(n, 4), np.ones((n, 1))], axis=1)


def images(n=24, seed=0):
    """Gray images whose two labels are the brightness of their halves."""
    pixels = np.random.default_rng(seed).random((n, 6, 6, 1), np.float32)
    halves = [pixels[:, :3].mean((1, 2, 3)), pixels[:, 3:].mean((1, 2, 3))]
    return Dataset(pixels, 10 * np.stack(halves, 1) - 5, ["top", "bottom"], "halves", task=TASK)


TASK = Regression()
TRAIN, TEST = images(), images(n=12, seed=1)
BY_ACCURACY = EarlyStopping(monitor="train_accuracy")
FLIP, SMALL = Augmentation(flip="random"), {"batch_size": 4}
OPTIONS = {"epochs": 2, "batch_size": 12, "tx": sgd(0.05), "progress": False}


@pytest.fixture(scope="module")
def run():
    return fit(TWO, TRAIN, validation=TEST, ema_decay=0.5, devices=1, **OPTIONS)


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return run.save(tmp_path_factory.mktemp("regression") / "run", test=TEST)


def test_squared_error_ends_at_least_squares():
    data, matrix = signals()
    run = fit(LINEAR, data, epochs=30, batch_size=48, tx=optax.sgd(0.4), progress=False)
    solution, *_ = np.linalg.lstsq(matrix, data.labels)
    np.testing.assert_allclose(run.predict(data.images), matrix @ solution, atol=1e-3)
    assert run.history[-1]["train_loss"] == pytest.approx(
        metrics.mean_squared_error(data.labels, matrix @ solution), rel=1e-3
    )


@pytest.mark.slow
def test_the_default_optimizer_converges():
    """SGD at the rate that suits classes diverges on this set in a few steps."""
    rng = np.random.default_rng(0)
    pixels = rng.random((64, 4, 4, 1), np.float32)
    ink = pixels.mean((1, 2, 3))
    data = Dataset(pixels, (ink - ink.mean()) / ink.std(), task="regression")
    run = fit(LINEAR, data, epochs=60, batch_size=32, progress=False)
    assert run.evaluate(data).loss < 0.1
    assert run.history[-1]["learning_rate"] < 0.01
    found = fit_ensemble(LINEAR, data, seeds=[0], epochs=60, batch_size=32, progress=False)
    assert found.learning_rates == (0.01,)
    np.testing.assert_allclose(
        found.members[0].history[-1]["train_loss"], run.history[-1]["train_loss"], rtol=1e-4
    )


def test_absolute_error_ends_at_least_absolute_deviations():
    data, matrix = signals(task="absolute regression")
    rate = optax.cosine_decay_schedule(0.2, 150)
    options = {"epochs": 150, "batch_size": 48, "devices": 1, "progress": False}
    run = fit(LINEAR, data, tx=optax.adam(rate), **options)
    # min sum(t) with -t <= matrix @ w - labels <= t
    n, k = matrix.shape
    above = np.block([[matrix, -np.eye(n)], [-matrix, -np.eye(n)]])
    best = linprog(
        np.r_[np.zeros(k), np.ones(n)],
        A_ub=above,
        b_ub=np.r_[data.labels, -data.labels],
        bounds=[(None, None)] * k + [(0, None)] * n,
    )
    found = run.evaluate(data)
    assert best.fun / n <= found.loss * (1 + 1e-5) < 1.01 * best.fun / n
    assert found.loss == pytest.approx(found.scores.mae[0])


def test_an_evaluation_agrees_with_scikit_learn(run):
    numbers, found = run.predict(TEST.images), run.evaluate(TEST)
    assert numbers.shape == (12, 2)
    assert (found.accuracy, found.interval, found.examples) == (None, None, 12)
    each = {"multioutput": "raw_values"}
    assert found.scores.r2 == pytest.approx(
        metrics.r2_score(TEST.labels, numbers, **each), rel=1e-4
    )
    assert found.scores.rmse == pytest.approx(
        metrics.root_mean_squared_error(TEST.labels, numbers, **each)
    )
    assert found.scores.mae == pytest.approx(
        metrics.mean_absolute_error(TEST.labels, numbers, **each)
    )
    assert found.loss == pytest.approx(metrics.mean_squared_error(TEST.labels, numbers))
    for value, (low, high) in zip(found.scores.rmse, found.scores.rmse_interval, strict=True):
        assert 0 <= low < value < high
    assert str(found).startswith(f"loss {found.loss:.4f}, n = 12\nR² ")


def test_logs_have_losses_and_no_accuracy(run):
    for logs in run.history:
        assert not any(name.endswith("accuracy") for name in logs)
    # What is evaluated is the running average.
    assert run.history[-1]["validation_loss"] == pytest.approx(run.evaluate(TEST).loss)
    assert not np.allclose(
        run.state.params["layers"][3]["bias"][...],
        run.state.ema.params["layers"][3]["bias"][...],
    )


def test_devices_and_microbatches_change_nothing(run):
    shared = fit(TWO, TRAIN, devices=2, accumulate_steps=3, **OPTIONS)
    chex.assert_trees_all_close(shared.state.params, run.state.params, rtol=1e-4, atol=1e-6)
    for logs, expected in zip(shared.history, run.history, strict=True):
        assert logs["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-4)


@pytest.mark.slow
def test_mixed_images_have_mixed_labels():
    """Labels that are linear in the pixels stay so where both are mixed: the loss goes to 0."""
    pixels = RNG.random((16, 2, 1, 1), np.float32)
    data = Dataset(pixels, 4 * pixels[:, 0, 0, 0] - 3 * pixels[:, 1, 0, 0], task="regression")
    options = {"epochs": 40, "batch_size": 16, "tx": optax.sgd(0.3), "devices": 1}
    run = fit(LINEAR, data, augmentation=Augmentation(mixup=1.0), progress=False, **options)
    assert run.history[0]["train_loss"] > 1
    assert run.history[-1]["train_loss"] < 1e-6
    np.testing.assert_allclose(run.predict(pixels), data.labels, atol=1e-3)


def test_early_stopping_goes_back_to_the_best_loss():
    data, _ = signals(n=16)
    rate = optax.piecewise_constant_schedule(0.1, {3: 100.0})  # diverges after three steps
    run = fit(
        LINEAR,
        data,
        validation=data.take(16),
        epochs=20,
        batch_size=16,
        tx=optax.sgd(rate),
        early_stopping=EarlyStopping(monitor="validation_loss", patience=2),
        progress=False,
    )
    losses = [logs["validation_loss"] for logs in run.history]
    assert len(losses) == 5
    assert run.restored_epoch == 3 == np.argmin(losses) + 1
    assert run.evaluate(data).loss == pytest.approx(min(losses))


def test_streamed_files_train_to_the_same_bits(tmp_path):
    lines = ["path,brightness"]
    for number, value in enumerate(np.linspace(0, 1, 10)):
        Image.new("L", (4, 4), int(255 * value)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{value - 0.5}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    runs = []
    for stream in (False, True):
        reading = {"size": (4, 4), "channels": 1, "stream": stream, "cache": False}
        train, test = image_table(
            tmp_path / "table.csv", label="brightness", task="regression", **reading
        )
        assert train.class_names == ("brightness",)
        runs.append(
            fit(LINEAR, train, validation=test, augmentation=FLIP, devices=1, **OPTIONS | SMALL)
        )
    chex.assert_trees_all_equal(runs[0].state.params, runs[1].state.params)
    assert [logs["validation_loss"] for logs in runs[0].history] == pytest.approx(
        [logs["validation_loss"] for logs in runs[1].history], rel=1e-6
    )


def test_loading_is_the_inverse_of_saving(run, folder):
    loaded = jaxcnn.load(folder)
    assert loaded.network.task == TASK
    assert loaded.class_names == ("top", "bottom")
    np.testing.assert_array_equal(loaded.predict(TEST.images), run.predict(TEST.images))
    assert loaded.test.labels.dtype == np.float32
    np.testing.assert_array_equal(loaded.test.labels, TEST.labels)
    scores = run.evaluate(TEST).scores
    result = json.loads((folder / "result.json").read_text())
    for name in ("r2", "rmse", "mae"):
        assert result[f"test_{name}"] == pytest.approx(getattr(scores, name), rel=1e-5)
        assert loaded.result[f"test_{name}"] == result[f"test_{name}"]
    assert np.shape(result["test_rmse_interval"]) == (2, 2)
    assert "test_accuracy" not in result


@pytest.mark.slow
def test_a_report_leaves_out_what_is_about_classes(folder):
    page = parsed_html.Page(jaxcnn.report(folder).read_text())
    assert not page.errors
    assert "Left out, because they are about classes, but this network predicts num" in page.text
    assert "R² " in page.text
    assert "of bottom: root mean squared error" in page.text
    (curves,) = [image["alt"] for image in page.images if "Curves over 2" in image["alt"]]
    assert "accuracy" not in curves
    loaded = jaxcnn.load(folder)
    names = [path.name for path in jaxcnn.reports.save_pictures(loaded, folder)]
    assert names == ["curves.png", "filters.png", "predictions.png"]


def test_picture_files_get_numbers(run, tmp_path):
    Image.new("L", (6, 6), 200).save(tmp_path / "bright.png")
    (found,) = jaxcnn.predict_files(run, tmp_path / "bright.png")
    assert [name for name, _ in found.classes] == ["top", "bottom"]
    expected = run.predict(np.full((1, 6, 6, 1), 200, np.uint8))[0]
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-5)
    assert str(found) == ", ".join(f"{name} {value:.4g}" for name, value in found.classes)
    assert found.to_dict()["numbers"] == dict(found.classes)
    assert run.network.classify(tmp_path / "bright.png") == list(found.classes)


def test_before_training():
    data, _ = signals(n=16)
    found = dry_run(LINEAR, data, batch_size=8, devices=1)
    assert found.expected_loss is None
    assert "steps of 8 signals\nlayers, for one signal (2, 2);" in str(found)
    batch = overfit_one_batch(LINEAR, data, examples=4, steps=60, tx=optax.sgd(0.2), devices=1)
    assert batch.passed
    assert batch.accuracy is None
    options = {"batch_size": 8, "steps": 4, "rates": 2, "devices": 1, "progress": False}
    assert np.isfinite(learning_rate_range(LINEAR, data, **options).initial_loss)


def test_an_ensemble_of_regressions():
    data, _ = signals(n=16)
    options = {"epochs": 2, "batch_size": 8, "progress": False}
    ensemble = fit_ensemble(
        LINEAR,
        data,
        validation=data.take(16),
        seeds=(1, 2),
        tx=lambda _, rate: sgd(rate),
        **options,
    )
    members = [member.predict(data.images) for member in ensemble.members]
    assert "train_accuracy" not in ensemble.members[0].history[0]
    mean = np.mean(members, axis=0)
    np.testing.assert_allclose(ensemble.predict(data.images), mean, rtol=1e-5)
    found = ensemble.evaluate(data)
    assert found.measure == "mean squared error"
    assert found.values == pytest.approx(
        [metrics.mean_squared_error(data.labels, numbers) for numbers in members], rel=1e-5
    )
    assert found.together == pytest.approx(metrics.mean_squared_error(data.labels, mean), rel=1e-5)
    assert found.disagreement == pytest.approx(np.std(members, axis=0, ddof=1).mean(), rel=1e-4)
    assert str(found).startswith(f"mean squared error {found.mean:.4g} ± ")
    with pytest.raises(ValueError, match="predict_proba: expected networks with classes"):
        ensemble.predict_proba(data.images)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.predict_proba(TEST.images), "predict_proba: expected a network with cla"),
        (lambda run: run.predict(TEST.images, thresholds=0.5), "thresholds: expected None"),
        (
            lambda run: run.network.top_classes([1.0, 2.0], top=1),
            "top: expected None for a regression",
        ),
        (lambda run: next(jaxcnn.predict_files(run, "a.png", explain="b")), "explain: expected N"),
        (
            lambda _: fit(TWO, TRAIN, label_smoothing=0.1, **OPTIONS),
            "label_smoothing: expected 0 for a regression",
        ),
        (
            lambda _: fit(TWO, TRAIN, early_stopping=BY_ACCURACY, **OPTIONS),
            "early_stopping: expected a loss to monitor",
        ),
        (
            lambda _: fit(LINEAR, TRAIN, **OPTIONS),
            "model: expected one output for each of the 2 numbers to predict",
        ),
        (
            lambda run: run.evaluate(Dataset(TEST.images, TEST.labels[:, 0], task=TASK)),
            "dataset: expected 2 numbers to predict, got 1",
        ),
        (
            lambda run: run.evaluate(Dataset(TEST.images, [0, 1] * 6, ["a", "b"])),
            "dataset: expected a data set of Regression",
        ),
        (
            lambda _: Dataset(TEST.images, [np.nan] * 12, task=TASK),
            "labels: expected finite numbers within float32, got nan at ",
        ),
        (
            lambda _: Dataset(TEST.images, [0.5] * 11, task=TASK),
            r"labels: expected shape \(12,\), one number per example, got \(11,\)",
        ),
    ],
)
def test_what_makes_no_sense_is_named(run, call, message):
    with pytest.raises(ValueError, match=message):
        call(run)
