"""Runs side by side: numbers, the page, and what cannot be compared."""

import dataclasses

import numpy as np
import pytest
import saved_runs
from parsed_html import Page

from jaxcnn import commands
from jaxcnn import functional as F
from jaxcnn.data import Dataset, Multilabel, Regression, SingleLabel
from jaxcnn.inference import Predictions
from jaxcnn.reports import compare_runs, comparison_report
from jaxcnn.runs import SavedTestSet
from jaxcnn.runs._measure import measure

pytestmark = pytest.mark.thorough

EVIL = "<script>alert(1)</script>"
RNG = np.random.default_rng(0)
N = 60
IMAGES = RNG.integers(0, 256, (N, 4, 4, 1), np.uint8)
LABELS = np.arange(N) % 3
GUESSES = {  # wrong about the first two, about these and eight more, and about the last three
    "first": np.where(np.arange(N) < 2, LABELS + 1, LABELS) % 3,
    "second": np.where(np.arange(N) < 10, LABELS + 1, LABELS) % 3,
    "third": np.where(np.arange(N) >= N - 3, LABELS + 2, LABELS) % 3,
}


def save(place, name, logits, *, labels=LABELS, images=IMAGES, task=None, **settings):
    """Save a run with these answers."""
    run = saved_runs.run()
    task = task or SingleLabel()
    network = dataclasses.replace(run.network, task=task)
    test = Dataset(images, labels, saved_runs.NAMES, f"rows {EVIL}", task=task)
    predictions = Predictions(test, np.asarray(logits, np.float32))
    return dataclasses.replace(
        run,
        network=network,
        settings={"model": f"net {EVIL}", "seed": 0, "epochs": 2} | settings,
        result=measure(network, predictions) | {"dataset": test.name, "epochs": 2},
        test=SavedTestSet.of(predictions),
    ).save(place / name)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    return [
        save(place, name, 4 * np.eye(3)[guesses], seed=seed)
        for seed, (name, guesses) in enumerate(GUESSES.items())
    ]


def test_the_differences_are_those_of_the_same_examples(folders):
    found = compare_runs(folders)
    assert found.examples == N
    first, second, third = found.runs
    assert first.differences == ()
    (difference,) = second.differences
    counts = (difference.only_this, difference.only_first, difference.both_right)
    assert counts == (0, 8, N - 10)
    assert difference.difference == pytest.approx(second.accuracy - first.accuracy)
    assert difference.interval == F.paired_difference_interval(0, 8, N)
    assert difference.is_clear
    (other,) = third.differences
    assert (other.only_this, other.only_first, other.is_clear) == (2, 3, False)
    assert "chance in the choice of the test set can explain it" in found.sentences[1]
    assert "13.33 points less accurate than first" in found.sentences[0]


@pytest.fixture(scope="module")
def page(folders):
    return Page(comparison_report(folders).read_text())


def test_the_page_is_whole_and_runs_nothing(folders, page):
    assert not page.errors
    assert "script" not in page.tags
    assert (folders[0].parent / "comparison.html").is_file()
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert "Not shown" not in page.text


def test_only_settings_that_differ_are_listed(page):
    assert "seed012" in page.text  # a row with one cell per run
    assert "model" not in page.text


def test_images_of_disagreement_have_all_answers_and_the_truth(page):
    assert "first right, second wrong: 8" in page.text
    assert "third right, first wrong: 2" in page.text
    assert "second right, first wrong" not in page.text
    (alt,) = [image["alt"] for image in page.images if "Test image 5:" in image["alt"]]
    sure = f"{np.exp(4) / (np.exp(4) + 2):.0%}"
    assert alt == (
        f"Test image 5: bird. ✓ first: bird {sure}; ✗ second: cat {sure}; ✓ third: bird {sure}."
    )


def test_scores_of_the_classes_stand_beside_each_other(page):
    recall = [
        ((guesses == LABELS) & (LABELS == 0)).sum() / (LABELS == 0).sum()
        for guesses in GUESSES.values()
    ]
    row = f"cat{(LABELS == 0).sum()}{''.join(f'{value:.1%}' for value in recall)}"
    assert row in page.text


def test_other_test_sets_are_said_and_all_else_is_compared(folders, tmp_path):
    good = 4 * np.eye(3)[LABELS]
    others = {
        "fewer": save(tmp_path, "fewer", good[:30], labels=LABELS[:30], images=IMAGES[:30]),
        "labels": save(tmp_path, "labels", good, labels=(LABELS + 1) % 3),
        "images": save(tmp_path, "images", good, images=255 - IMAGES),
    }
    reasons = {
        "fewer": "its test set has 30 images, and not 60",
        "labels": "its test set has other labels",
        "images": "its test set has other images",
    }
    found = compare_runs([folders[0], *others.values()])
    assert {run.name: run.reason for run in found.runs[1:]} == reasons
    assert not any(run.differences for run in found.runs)
    text = Page(comparison_report([folders[0], others["images"]]).read_text()).text
    assert "images is not compared with first image by image: its test set has other" in text
    assert "Not shown: the runs have no test set in common." in text
    assert "Sizes and times" in text


def test_a_run_without_a_test_set(folders, tmp_path):
    bare = dataclasses.replace(saved_runs.run(), test=None, result={}).save(tmp_path / "bare")
    found = compare_runs([folders[0], bare, folders[1]])
    assert "has no saved test set" in found.runs[1].reason
    assert found.runs[2].differences
    assert "first run cannot be" in compare_runs([bare, folders[0]]).runs[1].reason


def test_regressions_have_intervals_of_their_errors(tmp_path):
    truths = RNG.normal(size=(N, 3))
    noise = RNG.normal(size=(N, 3))
    options = {"labels": truths, "task": Regression()}
    near = save(tmp_path, "near", truths + 0.1 * noise, **options)
    far = save(tmp_path, "far", truths + [0.1, 0.1, 1.0] * noise, **options)
    found = compare_runs([near, far]).runs[1].differences
    assert [each.is_clear for each in found] == [False, False, True]
    assert found[2].difference == pytest.approx(0.9 * np.abs(noise[:, 2]).mean(), rel=1e-4)
    page = Page(comparison_report([near, far]).read_text())
    assert not page.errors
    assert "mean absolute error of bird" in page.text
    assert "Left out, because sections such as this are about classes" in page.text


def test_several_labels_per_image(tmp_path):
    labels = RNG.integers(0, 2, (N, 3))
    options = {"labels": labels, "task": Multilabel()}
    first = save(tmp_path, "first", 4.0 * labels - 2, **options)
    second = save(tmp_path, "second", np.roll(4.0 * labels - 2, 1, axis=0), **options)
    page = Page(comparison_report([first, second]).read_text())
    wrong = (labels != np.roll(labels, 1, axis=0)).any(axis=1).sum()
    assert f"first right, second wrong: 12 of {wrong}" in page.text


def test_errors(folders, tmp_path):
    renamed = dataclasses.replace(saved_runs.run().network, class_names=("cat", "bird", "dog"))
    other = dataclasses.replace(saved_runs.run(), network=renamed, test=None, result={})
    other = other.save(tmp_path / "other")
    numbers = save(
        tmp_path,
        "numbers",
        RNG.normal(size=(N, 3)),
        labels=RNG.normal(size=(N, 3)),
        task=Regression(),
    )
    cases = {
        "expected 2 to 8 runs, got 1": folders[:1],
        "expected different runs, got .*first twice": [folders[0], folders[0]],
        "with the same classes in the same order, got 'cat', 'dog', 'bird' in first and 'cat', "
        "'bird', 'dog' in other": [folders[0], other],
        r"for the same task, got first \(single\) and numbers \(regression\)": [
            folders[0],
            numbers,
        ],
    }
    for message, runs in cases.items():
        with pytest.raises(ValueError, match=f"folders: .*{message}"):
            compare_runs(runs)
    with pytest.raises(TypeError, match="folders: expected two or more folders of runs, got"):
        compare_runs(str(folders[0]))


def test_the_command(folders, tmp_path, capsys):
    def status(*arguments):
        with pytest.raises(SystemExit) as end:
            commands.main(["report", *map(str, arguments), "--cache", str(tmp_path / "cache")])
        return end.value.code

    out = tmp_path / "page.html"
    assert status("--compare", *folders[:2], "--out", out) == 0
    assert capsys.readouterr().out == f"The comparison is in {out}\n"
    assert out.is_file()
    assert status(*folders[:2]) == 2
    assert "(--compare shows several runs on one page)" in capsys.readouterr().err
    assert status("--compare", folders[0]) == 2
    assert "RUNS: expected the folders of two or more runs, got 1" in capsys.readouterr().err
