"""Sections about the answers of the runs: accuracies, and test images on which they disagree."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxcnn.reports._example_files import file_lines, named_example
from jaxcnn.reports._html import Content, Html, MissingError, element, joined, table
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports.comparison._compare import Compared, rights
from jaxcnn.reports.comparison._results import ComparedRun, interval_text, p_text, points
from jaxcnn.reports.comparison._same_examples import shown_in_both

ACCURACY = (
    "The interval of each accuracy covers chance in the choice of the test set. For the difference "
    "of two runs, only the test {noun}s count that one run gets right and the other wrong, because "
    "all others are equally hard for both. So the paired interval of the difference is narrower "
    "than the two single intervals suggest. If it excludes 0, chance in the choice of the test "
    "{noun}s does not explain the difference. Chance in the seed is not covered: training again "
    "with other seeds shows it."
)
ERRORS = (
    "The errors of each run on the same test {noun}s are subtracted one by one, and the interval "
    "is that of the mean difference. Negative differences are improvements. Chance in the seed is "
    "not covered: training again with other seeds shows it."
)
MANY = (
    "Each of the {count} runs is compared with the first one. Of twenty intervals of runs that are "
    "equally good, one excludes 0 by chance; so do not choose the best of many runs by these "
    "intervals alone."
)
NONE = "–"


def accuracies(compared: Compared) -> Content:
    """List the accuracies, and the paired differences from the first run."""
    first, *others = compared.numbers.runs
    noun = compared.folders[0].noun
    parts: list[Html] = []
    if compared.folders[0].interface.task.has_classes:
        parts += [_accuracy_table(compared), *_paired_table(first, others, noun)]
        lead = ACCURACY
    else:
        parts += _error_tables(first, others)
        lead = ERRORS
    parts += [element("p", reason) for reason in compared.numbers.reasons]
    if len(others) > 1:
        parts.append(element("p", MANY.format(count=len(others)), class_="note"))
    return Content(lead.format(noun=noun), tuple(parts))


def _accuracy_table(compared: Compared) -> Html:
    rows = [
        (
            run.name,
            run.dataset,
            NONE if run.accuracy is None else f"{run.accuracy:.2%}",
            NONE if run.interval is None else f"{run.interval[0]:.2%} to {run.interval[1]:.2%}",
            f"{folder.result['n_test']:,}" if folder.result.get("n_test") else NONE,
        )
        for run, folder in zip(compared.numbers.runs, compared.folders, strict=True)
    ]
    head = ("run", "test set", "accuracy", "95% interval", f"test {compared.folders[0].noun}s")
    return table(head, rows, caption="Accuracy of each run on its whole test set", texts=2)


def _paired_table(first: ComparedRun, others: Sequence[ComparedRun], noun: str) -> Iterator[Html]:
    rows = [
        (
            run.name,
            points(found.difference),
            interval_text(found),
            f"{found.only_this:,}",
            f"{found.only_first:,}",
            f"{found.both_right:,}",
            f"{found.examples:,}",
            p_text(found.p_value).removeprefix("= "),
        )
        for run in others
        for found in run.differences
    ]
    if rows:
        head = (
            *("run", "points more", "95% interval", "only this run right"),
            *(f"only {first.name} right", "both right", f"{noun}s", "p (McNemar)"),
        )
        caption = f"Difference from {first.name} on the same test {noun}s, in percentage points"
        yield table(head, rows, caption=caption)


def _error_tables(first: ComparedRun, others: Sequence[ComparedRun]) -> Iterator[Html]:
    for run in others:
        rows = [
            (found.measure, f"{found.difference:+.4g}", interval_text(found), f"{found.examples:,}")
            for found in run.differences
        ]
        if rows:
            head = ("measure", "difference", "95% interval", "examples")
            yield table(head, rows, caption=f"{run.name} minus {first.name}")


DISAGREEMENTS = (
    "Test {noun}s that one run gets right and another one wrong, with the answer of each run and "
    "its probability (✓: right, ✗: wrong). The wrong answers that were given with the highest "
    "probability come first. If the {noun}s that only one run gets right have something in common, "
    "that is what the runs see differently."
)
MAX_SHOWN = 12


class Group(NamedTuple):
    """Test examples that belong together.

    Attributes:
        title: What they have in common.
        places: Their places among the common examples, the first to show first.
    """

    title: str
    places: np.ndarray


class Answers(NamedTuple):
    """The answers of the runs that have the test examples in common.

    Attributes:
        names: The names of the runs.
        folders: The content of their folders.
        positions: For each run ``(c,)``, the positions of the examples among its saved ones.
        right: ``(runs, c)``: whether the answer is right.
        confidence: ``(runs, c)``: the largest probability.
    """

    names: tuple[str, ...]
    folders: tuple[RunFolder, ...]
    positions: tuple[np.ndarray, ...]
    right: np.ndarray
    confidence: np.ndarray


def disagreements(compared: Compared) -> Content:
    """Show test images on which the runs disagree: all answers and the truth."""
    _ = compared.folders[0].task  # raises for a regression, which has no right and wrong answers
    answers = _answers(compared)
    groups = list(_groups(answers, is_single=compared.folders[0].is_single_label))
    noun = compared.folders[0].noun
    parts = [
        part for group in groups for part in (element("h3", group.title), _shown(answers, group))
    ]
    if not parts:
        parts = [element("p", "The runs never disagree about these examples.")]
    return Content(DISAGREEMENTS.format(noun=noun), tuple(parts))


def _answers(compared: Compared) -> Answers:
    """Collect the answers about examples whose images are saved, or about all of other kinds."""
    places = [k for k, found in enumerate(compared.same.positions) if found is not None]
    if len(places) < 2:
        raise MissingError("the runs have no test set in common.")
    folders = tuple(compared.folders[k] for k in places)
    examples = compared.same.examples
    if _has_pictures(folders[0]):
        examples = shown_in_both([run.test_set for run in folders]).examples
    positions = tuple(np.searchsorted(run.test_set.examples, examples) for run in folders)
    pairs = list(zip(folders, positions, strict=True))
    return Answers(
        names=tuple(compared.names[k] for k in places),
        folders=folders,
        positions=positions,
        right=np.stack([rights(run)[at] for run, at in pairs]),
        confidence=np.stack([run.probabilities[at].max(axis=1) for run, at in pairs]),
    )


def _has_pictures(run: RunFolder) -> bool:
    return run.interface.kind == "images" and run.interface.input_shape[-1] in (1, 3)


def _groups(answers: Answers, *, is_single: bool) -> Iterator[Group]:
    right, names = answers.right, answers.names
    for run in range(1, len(names)):
        for this, other in ((run, 0), (0, run)):
            places = np.flatnonzero(right[this] & ~right[other])
            places = places[np.argsort(-answers.confidence[other][places], kind="stable")]
            if len(places):
                title = f"{names[this]} right, {names[other]} wrong: {_count(len(places))}"
                yield Group(title, places[:MAX_SHOWN])
    if not is_single:
        return
    guesses = np.stack(
        [
            folder.probabilities[at].argmax(axis=1)
            for folder, at in zip(answers.folders, answers.positions, strict=True)
        ]
    )
    differs = (guesses != guesses[0]).any(axis=0) & ~right.any(axis=0)
    places = np.flatnonzero(differs)
    places = places[np.argsort(-answers.confidence[:, places].min(axis=0), kind="stable")]
    if len(places):
        yield Group(f"All wrong, in different ways: {_count(len(places))}", places[:MAX_SHOWN])


def _count(found: int) -> str:
    return f"{found:,}" if found <= MAX_SHOWN else f"{MAX_SHOWN} of {found:,}"


def _shown(answers: Answers, group: Group) -> Html:
    if _has_pictures(answers.folders[0]):
        entries = (_entry(answers, int(place)) for place in group.places)
        return element("ul", joined(entries, "\n"), class_="gallery")
    return _answers_table(answers, group.places.tolist())


def _entry(answers: Answers, place: int) -> Html:
    # Of several sizes, the largest shows most.
    sharpest = max(range(len(answers.folders)), key=lambda k: answers.folders[k].images[0].size)
    run, position = answers.folders[sharpest], int(answers.positions[sharpest][place])
    shown = int(np.searchsorted(run.test_set.shown, position))
    truth = _truth(run, position)
    lines = list(_lines(answers, place))
    alt = f"Test image {named_example(run, position)}: {truth}. {'; '.join(lines)}."
    words = [element("p", f"it is: {truth}")]
    words += [
        element("p", line, class_="right" if answers.right[k, place] else "wrong")
        for k, line in enumerate(lines)
    ]
    return element("li", image(run.images[shown], alt), *words, *file_lines(run, position))


def _truth(run: RunFolder, position: int) -> str:
    classes = run.task.classes_of(run.test_set.labels[position])
    names = run.interface.class_names
    return ", ".join(names[k] for k in classes) or "none of the labels"


def _lines(answers: Answers, place: int) -> Iterator[str]:
    """Yield the answer of each run in words."""
    for k, (name, run) in enumerate(zip(answers.names, answers.folders, strict=True)):
        likely = run.probabilities[int(answers.positions[k][place])]
        mark = "✓" if answers.right[k, place] else "✗"
        yield f"{mark} {name}: {_answer(run, likely)}"


def _answer(run: RunFolder, likely: np.ndarray) -> str:
    names = run.interface.class_names
    if not run.is_multilabel:
        return f"{names[likely.argmax()]} {likely.max():.0%}"
    chosen = np.flatnonzero(run.task.decide(likely[None])[0])
    return ", ".join(names[k] for k in chosen) or "none of the labels"


def _answers_table(answers: Answers, places: Iterable[int]) -> Html:
    run = answers.folders[0]
    rows = []
    for place in places:
        position = int(answers.positions[0][place])
        lines = [
            line.replace(f" {name}: ", " ", 1)
            for name, line in zip(answers.names, _lines(answers, place), strict=True)
        ]
        rows.append((named_example(run, position), _truth(run, position), *lines))
    head = (f"test {run.noun}", "truth", *answers.names)
    return table(head, rows, caption=f"Answers about these {run.noun}s", texts=len(head))
