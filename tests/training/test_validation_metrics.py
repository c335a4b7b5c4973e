"""Custom metrics: in the history, on the terminal, and as what early stopping watches."""

import numpy as np
import pytest
import small
from sklearn.metrics import roc_auc_score

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import Dataset
from jaxcnn.training import EarlyStopping, Plan

VALIDATION = small.dataset(23, seed=1)


def auc(outputs, labels):
    return F.roc_auc(np.asarray(F.softmax(outputs)), labels)


def per_output(outputs, labels):
    return outputs[labels]


def no_number(outputs, labels):
    del outputs, labels
    return "high"


def of_one_argument(outputs):
    return outputs.mean()


def fails(outputs, labels):
    raise ZeroDivisionError(len(outputs) - len(labels))


def is_right(outputs, labels):
    return outputs.argmax(axis=1) == labels


@pytest.mark.thorough
def test_metrics_of_the_whole_set_are_in_the_history_and_on_the_terminal(capsys):
    run = small.quick_fit(
        validation=VALIDATION, metrics={"auc": auc, "right": is_right}, progress=True
    )
    last, likely = run.history[-1], run.network.predict_proba(VALIDATION.images)
    expected = roc_auc_score(VALIDATION.labels, likely, multi_class="ovr")
    assert last["validation_auc"] == pytest.approx(expected, rel=1e-5)
    assert last["validation_right"] == pytest.approx(last["validation_accuracy"])
    assert f"auc {last['validation_auc']:.4f}  right" in capsys.readouterr().err
    assert run.settings["metrics"] == ["auc", "right"]
    assert "validation auc" in run._repr_html_()


@pytest.mark.thorough
def test_metrics_do_not_change_the_training():
    plain = small.quick_fit(validation=VALIDATION)
    measured = small.quick_fit(validation=VALIDATION, metrics={"auc": auc})
    assert small.as_bits(plain.network.variables) == small.as_bits(measured.network.variables)
    for before, after in zip(plain.history, measured.history, strict=True):
        assert before["validation_loss"] == after["validation_loss"]


@pytest.mark.thorough
@pytest.mark.parametrize(("mode", "best"), [("max", 2), ("min", 1)])
def test_early_stopping_watches_a_metric(mode, best):
    values = iter([0.0, 0.3, 0.9, 0.5, 0.6])  # the first is the trial before the training
    run = small.quick_fit(
        validation=VALIDATION,
        epochs=4,
        metrics={"own": lambda outputs, labels: next(values) + 0 * (len(outputs) - len(labels))},
        early_stopping=EarlyStopping(patience=2, monitor="validation_own", mode=mode),
    )
    assert run.restored_epoch == best
    assert len(run.history) == best + 2


@pytest.mark.thorough
def test_metrics_of_a_regression():
    data = Dataset(VALIDATION.images, VALIDATION.labels.astype(np.float32), task="regression")
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(1)])
    metrics = {"error": lambda outputs, labels: np.abs(outputs[:, 0] - labels)}
    run = small.quick_fit(net, data, validation=data.subset([0, 1, 2]), metrics=metrics, epochs=1)
    errors = run.network.predict(data.images[:3]) - data.labels[:3]
    np.testing.assert_allclose(run.history[0]["validation_error"], np.abs(errors).mean(), rtol=1e-4)


@pytest.mark.slow
def test_members_of_ensembles_have_metrics():
    ensemble = jaxcnn.fit_ensemble(
        small.LINEAR,
        small.dataset(),
        seeds=(0, 1),
        validation=VALIDATION,
        metrics={"auc": auc},
        epochs=1,
        batch_size=8,
        progress=False,
    )
    for run in ensemble.members:
        likely = run.network.predict_proba(VALIDATION.images)
        expected = roc_auc_score(VALIDATION.labels, likely, multi_class="ovr")
        assert run.history[0]["validation_auc"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_a_resumed_training_goes_on_with_its_metrics(tmp_path):
    options = {
        "validation": VALIDATION,
        "metrics": {"auc": auc},
        "early_stopping": EarlyStopping(monitor="validation_auc", mode="max"),
    }
    whole = small.quick_fit(epochs=4, **options)

    def cut_off(state, logs):
        del state
        if logs["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small.quick_fit(epochs=4, **options, checkpoints=tmp_path, on_epoch=cut_off)
    resumed = small.quick_fit(epochs=4, **options, checkpoints=tmp_path)
    found, expected = ([logs["validation_auc"] for logs in r.history] for r in (resumed, whole))
    assert found == expected
    assert small.as_bits(resumed.network.variables) == small.as_bits(whole.network.variables)


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        (auc, TypeError, "metrics: expected a dict of functions .*, got function"),
        (["accuracy"], TypeError, r"dict of functions such as .* got list \(loss and accuracy are"),
        ({"a b": auc}, ValueError, "metrics: expected names of letters.*, got 'a b'"),
        ({"loss": auc}, ValueError, "metrics: expected names other than loss and accuracy"),
        ({"auc": 0.5}, TypeError, r"metrics\['auc'\]: expected a function"),
        (
            {"auc": per_output},
            ValueError,
            r"metrics\['auc'\]: .* one number, or one per example",
        ),
        ({"auc": no_number}, TypeError, r"metrics\['auc'\]: .* returns numbers"),
        ({"auc": of_one_argument}, TypeError, r"metrics\['auc'\]: expected a function"),
    ],
)
def test_bad_metrics_are_refused_before_the_training(metrics, error, message):
    steps = []
    with pytest.raises(error, match=message):
        small.quick_fit(validation=VALIDATION, metrics=metrics, on_step=steps.append)
    assert not steps


def test_a_metric_that_fails_says_that_it_was_tried_before_the_training():
    with pytest.raises(ZeroDivisionError) as caught:
        small.quick_fit(validation=VALIDATION, metrics={"own": fails})
    assert "the metric 'own' was tried with random outputs" in caught.value.__notes__[0]


def test_metrics_need_a_validation_set():
    with pytest.raises(ValueError, match="validation: expected a set for metrics auc, got none"):
        small.quick_fit(metrics={"auc": auc})


def test_an_unknown_metric_to_monitor_is_refused():
    stopping = EarlyStopping(monitor="validation_auk", mode="max")
    with pytest.raises(ValueError, match=r"got 'validation_auk' \(did you mean validation_auc\?\)"):
        Plan(early_stopping=stopping, metrics={"auc": auc})
    with pytest.raises(ValueError, match="early_stopping: expected to monitor one of"):
        Plan(early_stopping=stopping)


@pytest.mark.parametrize(
    ("monitor", "mode", "message"),
    [
        ("validation_auc", None, "mode: expected 'min' or 'max' to monitor validation_auc"),
        ("validation_loss", "max", "mode: expected None or 'min' to monitor validation_loss"),
        ("validation_auc", "up", "mode: expected 'min' or 'max' to monitor validation_auc"),
    ],
)
def test_bad_modes(monitor, mode, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(monitor=monitor, mode=mode)


def test_only_plans_for_fit_have_metrics():
    with pytest.raises(TypeError, match="metrics: expected one of the options"):
        jaxcnn.training.overfit_one_batch(small.LINEAR, small.dataset(), metrics={"auc": auc})


def test_a_name_that_the_logs_lack_is_named_with_those_they_have():
    def on_epoch(_, logs):
        print(logs["val_accuracy"])

    expected = r"expected one of epoch, step, .*, got 'val_accuracy' \(did you mean validation_accu"
    with pytest.raises(KeyError, match=expected) as raised:
        small.quick_fit(validation=small.dataset(seed=1), on_epoch=on_epoch)
    with pytest.raises(KeyError, match=expected):
        print(raised.value.run.history[0]["val_accuracy"])  # pyright: ignore[reportAttributeAccessIssue]
    assert "val_accuracy" not in raised.value.run.history[0]  # pyright: ignore[reportAttributeAccessIssue]
