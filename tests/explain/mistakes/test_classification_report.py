import dataclasses
import json

import bright_rows
import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics

import jaxcnn
from jaxcnn import explain
from jaxcnn.data import Dataset, Multilabel
from jaxcnn.explain import ClassificationReport

NAMES = ("cat", "dog", "frog", "ship")
RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 3, 120)  # no ship
LOGITS = 1.5 * np.eye(4)[LABELS] + RNG.normal(size=(120, 4))


@pytest.fixture(scope="module")
def report():
    return ClassificationReport.of(LOGITS, LABELS, NAMES)


def test_a_report_is_short_in_a_list(report):
    right = f"{report.accuracy:.2%} of 120 examples right"
    assert repr(report) == f"ClassificationReport({right}, 4 classes)"


def test_scores_are_those_of_scikit_learn(report):
    guesses = LOGITS.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        LABELS, guesses, labels=range(4), zero_division=0
    )
    np.testing.assert_allclose(report.precision, precision, rtol=1e-6)
    np.testing.assert_allclose(report.recall, recall, rtol=1e-6)
    np.testing.assert_allclose(report.f1, f1, rtol=1e-6)
    assert report.support.tolist() == support.tolist()
    assert report.accuracy == metrics.accuracy_score(LABELS, guesses)
    assert report.scores.balanced_accuracy == pytest.approx(recall[:3].mean())
    assert report.scores.brier_score > 0
    shown = metrics.classification_report(LABELS, guesses, output_dict=True, zero_division=0)
    for average in ("macro", "weighted"):
        values = [shown[f"{average} avg"][name] for name in ("precision", "recall", "f1-score")]
        row = next(line for line in str(report).splitlines() if line.startswith(average))
        assert row.split()[-3:] == [f"{value:.1%}" for value in values]
    assert report.interval[0] < report.accuracy < report.interval[1]
    matrix = metrics.confusion_matrix(LABELS, guesses, labels=range(4))
    np.testing.assert_array_equal(report.confusion, matrix)


def test_pairs_and_mistakes_are_sorted_and_complete(report):
    counts = [pair.examples for pair in report.confused]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(report.mistakes) == round(120 * (1 - report.accuracy))
    for label, guess, examples, share in report.confused:
        assert examples == report.confusion[label, guess]
        assert share == examples / report.support[label]
    confidence = softmax(LOGITS, axis=1)[report.mistakes].max(axis=1)
    assert (np.diff(confidence) <= 0).all()
    assert (LOGITS[report.mistakes].argmax(axis=1) != LABELS[report.mistakes]).all()


def test_each_half_is_scaled_by_the_others_temperature(report):
    even = explain.fit_temperature(LOGITS[::2], LABELS[::2])
    odd = explain.fit_temperature(LOGITS[1::2], LABELS[1::2])
    assert abs(even - odd) > 1e-3
    temperatures = np.where(np.arange(120) % 2, even, odd)
    scaled = explain.reliability(softmax(LOGITS / temperatures[:, None], axis=1), LABELS)
    assert report.scaled.error == pytest.approx(scaled.error)
    assert report.temperature == pytest.approx(explain.fit_temperature(LOGITS, LABELS))


def test_as_text(report):
    lines = str(report).splitlines()
    assert lines[0].startswith(f"{report.accuracy:.2%} of 120 examples right (95% interval ")
    assert f"{report.precision[1]:.1%}" in next(line for line in lines if line.startswith("dog"))
    label, guess, examples, share = report.confused[0]
    class_size = report.support[label]
    pair = f"{NAMES[label]} {NAMES[guess]} {examples} of {class_size} {share:.1%}"
    assert lines[lines.index("Most confused:") + 2].split() == pair.split()
    worst = report.mistakes[0]
    place = lines.index(f"Worst of {len(report.mistakes)} mistakes:")
    assert lines[place + 2].split()[:2] == [f"{worst}", NAMES[LABELS[worst]]]


def test_a_temperature_that_does_not_help(report):
    assert not str(report).endswith("do not use it")
    same = dataclasses.replace(report, scaled=report.calibration)
    assert str(same).endswith(f"{report.calibration.error:.2%}, which is no better: do not use it")


def test_without_a_mistake_no_temperature_is_named():
    report = ClassificationReport.of(9 * np.eye(4)[LABELS], LABELS, NAMES)
    assert str(report).endswith("without a mistake, no temperature can be fitted")


def test_a_class_that_is_neither_a_label_nor_a_prediction_has_no_scores(report):
    def row(name, shown):
        return next(line.split() for line in str(shown).splitlines() if line.startswith(name))

    right = ClassificationReport.of(9 * np.eye(4)[LABELS], LABELS, NAMES)
    assert row("ship", right) == ["ship", "0", "–", "–", "–"]
    assert row("macro", right)[-3:] == ["100.0%"] * 3
    assert row("ship", report) == ["ship", "0", "0.0%", "0.0%", "0.0%"]  # predicted, but no label


def test_a_temperature_at_the_limit_of_the_search():
    """The most probable class is never right."""
    report = ClassificationReport.of(LOGITS, LOGITS.argmin(axis=1), NAMES)
    assert report.temperature == 100
    assert "with logits divided by a temperature of at least 100: " in str(report)


def test_the_files_of_mistakes(report):
    paths = [f"pictures/{i}.png" for i in range(120)]
    named = ClassificationReport.of(LOGITS, LABELS, NAMES, paths=paths)
    lines = str(named).splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("Worst of "))
    worst = named.mistakes[0]
    assert lines[place + 1].split()[:2] == ["example", "file"]
    assert lines[place + 2].split()[:3] == [f"{worst}", paths[worst], NAMES[LABELS[worst]]]
    assert named.to_dict()["mistakes"][0]["path"] == paths[worst]
    assert "file" not in str(report)
    assert "path" not in report.to_dict()["mistakes"][0]


def test_as_json(report):
    document = json.loads(report.to_json())
    assert document["confusion"] == report.confusion.tolist()
    assert [row["name"] for row in document["classes"]] == [*NAMES]
    assert document["mistakes"][0]["example"] == report.mistakes[0]
    assert document["calibration"]["accuracy"][0] is None  # no confidence is below 1 / 15


def test_nothing_wrong():
    report = ClassificationReport.of(LOGITS, LOGITS.argmax(axis=1), NAMES)
    assert report.confused == ()
    assert "Most confused" not in str(report)


@pytest.mark.thorough
def test_of_a_network():
    data = dataclasses.replace(bright_rows.dataset(), paths=[f"{i}.png" for i in range(12)])
    report = explain.classification_report(bright_rows.network(), data)
    assert report.paths == data.paths
    assert report.confusion.tolist() == (4 * np.eye(3)).tolist()
    expected = softmax(200 / 255 * np.eye(3), axis=1)
    np.testing.assert_allclose(report.probabilities[:3], expected, rtol=1e-5)
    assert report.class_names == bright_rows.NAMES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.eye(4)[LABELS]}, r"labels: expected one class per example.*got \(120, 4\)"),
        ({"class_names": NAMES[:2]}, "class_names: expected one for each of the 4 classes, got 2"),
        ({"paths": ["a.png"]}, "paths: expected one for each of the 120 examples, got 1"),
        ({"logits": LOGITS[:1], "labels": LABELS[:1]}, "at least two examples, got one"),
    ],
)
def test_errors(change, message):
    arguments = {"logits": LOGITS, "labels": LABELS, "class_names": NAMES}
    with pytest.raises(ValueError, match=message):
        ClassificationReport.of(**(arguments | change))


def test_what_cannot_be_reported_on():
    data = bright_rows.dataset()
    with pytest.raises(TypeError, match="network: expected a trained network or a run, got Conv"):
        explain.classification_report(jaxcnn.Conv(2, 3), data)
    labels = np.eye(3, dtype=int)[data.labels]
    many = Dataset(data.images, labels, bright_rows.NAMES, multilabel=True)
    network = dataclasses.replace(bright_rows.network(), task=Multilabel())
    with pytest.raises(ValueError, match="score several labels per example one by one"):
        explain.classification_report(network, many)


@pytest.mark.thorough
def test_the_hardest_of_many_classes_are_shown_best_first():
    rng, count = np.random.default_rng(0), 61
    labels = rng.integers(0, count, 30 * count)
    logits = rng.normal(size=(30 * count, count)) + 4 * np.eye(count)[labels]
    report = explain.ClassificationReport.of(logits, labels, [f"${k}" for k in range(count)])
    figure = explain.plot_class_scores(report, title="net")
    lines = {line.get_label().split(":")[0]: line for line in figure.axes[0].lines}
    assert figure.axes[0].get_xlim() == (-2, 102)  # the whole scale, however good the scores
    f1 = lines["F1"].get_xdata()
    np.testing.assert_allclose(f1, 100 * np.sort(report.f1)[:60][::-1], rtol=1e-6)
    hardest = int(report.f1.argmin())
    assert lines["recall"].get_xdata()[-1] == pytest.approx(100 * report.recall[hardest])
    assert lines["precision"].get_xdata()[-1] == pytest.approx(100 * report.precision[hardest])
    name = figure.axes[0].get_yticklabels()[-1].get_text()
    assert name == rf"\${hardest} ({report.support[hardest]})"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "The 60 of 61 classes with the lowest scores." in caption
