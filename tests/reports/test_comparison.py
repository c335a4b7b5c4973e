"""Runs side by side: numbers, the page, and what cannot be compared."""

import dataclasses
import re

import numpy as np
import pytest
import saved_runs
from parsed_html import Page

from jaxcnn import commands
from jaxcnn import functional as F
from jaxcnn.data import Dataset, Multilabel, Regression, SingleLabel
from jaxcnn.inference import Predictions
from jaxcnn.reports import compare_runs, comparison_report
from jaxcnn.reports._html import MissingError
from jaxcnn.reports.comparison import _training
from jaxcnn.reports.comparison._accuracies import accuracies
from jaxcnn.reports.comparison._class_scores import class_scores
from jaxcnn.reports.comparison._compare import read_compared
from jaxcnn.reports.comparison._disagreements import disagreements
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


def save(
    place,
    name,
    logits,
    *,
    labels=LABELS,
    images=IMAGES,
    task=None,
    kept=None,
    shown=None,
    **settings,
):
    """Save a run with these answers; of the test set these examples, and images of these."""
    run = saved_runs.run()
    task = task or SingleLabel()
    network = dataclasses.replace(run.network, task=task)
    test = Dataset(images, labels, saved_runs.NAMES, f"rows {EVIL}", task=task)
    predictions = Predictions(test, np.asarray(logits, np.float32))
    saved = SavedTestSet.of(predictions)
    if kept is not None:
        saved = SavedTestSet(
            *(values[kept] for values in saved[:3]), np.arange(len(kept)), saved.images[kept]
        )
    if shown is not None:
        saved = saved._replace(shown=np.array(shown), images=saved.images[shown])
    return dataclasses.replace(
        run,
        network=network,
        settings={"model": f"net {EVIL}", "seed": 0, "epochs": 2} | settings,
        result=measure(network, predictions) | {"dataset": test.name, "epochs": 2},
        test=saved,
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
    markup = (folders[0].parent / "comparison.html").read_text()
    assert re.findall(r"<th [^>]*></th>", markup) == []
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
    assert text.count("images is not compared with first image by image: its test set has") == 1
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
    assert f"first right, second wrong: {wrong}Shown: 12." in page.text


def text_of(content):
    """The text of a section, whose HTML must be whole."""
    page = Page("".join(content.parts))
    assert not page.errors
    return page.text


def test_few_disagreements_have_both_tests(tmp_path):
    labels, images = LABELS[:21], IMAGES[:21]
    first = np.where(np.arange(21) < 1, labels + 1, labels) % 3
    second = np.where((np.arange(21) >= 1) & (np.arange(21) < 8), labels + 1, labels) % 3
    options = {"labels": labels, "images": images}
    found = [
        save(tmp_path, name, 4 * np.eye(3)[guesses], **options)
        for name, guesses in (("first", first), ("second", second))
    ]
    compared = read_compared(found)
    (difference,) = compared.numbers.runs[1].differences
    assert (round(difference.p_value, 3), round(difference.exact_p_value, 3)) == (0.034, 0.070)
    (sentence,) = compared.numbers.sentences
    assert sentence == (
        "second is 28.57 points less accurate than first (95% interval −51.72 to −2.60 points, on "
        "the same 21 test images: 1 image that only second gets right, 7 that only first gets "
        "right; McNemar's test: p = 0.034, exact test: p = 0.070); by the exact test, chance in "
        "the choice of the test set can explain it."
    )
    text = text_of(accuracies(compared))
    assert "right in this run onlyright in first onlyright in bothall images" in text
    assert "p (McNemar)exact p" in text
    assert "0.0340.070" in text
    assert "about fewer than 25 images" in text


def test_many_disagreements_have_the_test_of_the_interval_only(tmp_path):
    guesses = np.where(np.arange(N) < 30, LABELS + 1, LABELS) % 3
    found = [
        save(tmp_path, "first", 4 * np.eye(3)[LABELS]),
        save(tmp_path, "second", 4 * np.eye(3)[guesses]),
    ]
    compared = read_compared(found)
    assert compared.numbers.runs[1].differences[0].exact_p_value is None
    assert "exact test" not in text_of(accuracies(compared))
    assert "exact test" not in compared.numbers.sentences[0]


@pytest.mark.parametrize(
    ("start", "count", "words"),
    [
        (2, 8, "it is: dog"),
        (5, 5, "Shown: 5 of the 5 whose pictures these runs have all saved."),
        (10, 0, "Shown: none, because there is none whose picture these runs have all saved."),
    ],
)
def test_disagreements_are_counted_among_all_saved_answers(folders, tmp_path, start, count, words):
    shown = np.arange(start, N)
    second = save(tmp_path, "second", 4 * np.eye(3)[GUESSES["second"]], shown=shown)
    content = disagreements(read_compared([folders[0], second]))
    assert f"of the {N} that the runs have in common" in content.lead
    page = Page("".join(content.parts))
    assert len(page.images) == count
    assert f"first right, second wrong: 8{words}" in page.text


def test_runs_with_the_same_answers_never_disagree(folders, tmp_path):
    same = save(tmp_path, "same", 4 * np.eye(3)[GUESSES["first"]])
    assert text_of(disagreements(read_compared([folders[0], same]))) == "There is no such image."


def test_scores_are_those_of_the_same_examples_only(folders, tmp_path):
    good = 4 * np.eye(3)[LABELS]
    part = save(tmp_path, "part", 4 * np.eye(3)[GUESSES["second"]], kept=np.arange(0, 24))
    other = save(tmp_path, "other", good, labels=(LABELS + 1) % 3)
    compared = read_compared([folders[0], part, other])
    content = class_scores(compared)
    assert "for the 24 test images that these runs have in common" in content.lead
    text = text_of(content)
    assert "Left out, because these runs lack the same test images: other." in text
    # Of eight cats among the first 24, the first run misses one, and the other run four.
    assert "classimagesfirstpart" in text
    assert "cat887.5%50.0%" in text


def test_no_example_that_all_runs_have(folders, tmp_path):
    parts = [
        save(tmp_path, f"part{start}", 4 * np.eye(3)[LABELS], kept=np.arange(start, start + 20))
        for start in (0, 30)
    ]
    compared = read_compared([folders[0], *parts])
    for section in (class_scores, disagreements):
        with pytest.raises(MissingError, match="no test image is saved in the folders of all"):
            section(compared)


def test_only_runs_without_an_epoch_have_no_curves(folders, monkeypatch):
    compared = read_compared(folders[:2])
    bare = [
        dataclasses.replace(run, record=run.record._replace(history=())) for run in compared.folders
    ]
    with pytest.raises(MissingError, match="no folder has metrics of a whole epoch"):
        _training.curves(compared._replace(folders=tuple(bare)))

    def fail(*_, **__):
        raise ValueError("another fault")

    monkeypatch.setattr(_training, "plot_compared_curves", fail)
    with pytest.raises(ValueError, match="another fault"):
        _training.curves(compared)


def test_examples_are_called_what_they_are(folders):
    found = compare_runs(folders[:2])
    of_signals = dataclasses.replace(
        found,
        runs=(found.runs[0], dataclasses.replace(found.runs[1], reason="no test set")),
        noun="signal",
    )
    assert "on the same 60 test signals: 0 signals that only" in of_signals.sentences[0]
    assert of_signals.reasons == (
        "second is not compared with first signal by signal: no test set.",
    )


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
    with pytest.raises(TypeError, match=r"folders: expected folders of saved runs, got Run \(run"):
        compare_runs([saved_runs.run(), saved_runs.run()])


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
