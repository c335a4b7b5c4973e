"""The section with the test images on which the runs disagree."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from jaxcnn._support.units import probability_text
from jaxcnn.reports._example_files import file_lines, named_example
from jaxcnn.reports._html import Content, Html, element, joined, table
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports.comparison._compare import Compared, rights
from jaxcnn.reports.comparison._same_examples import shown_in_both

DISAGREEMENTS = (
    "Test {noun}s that one run gets right and another one wrong, of the {count} that the runs have "
    "in common, with the answer of each run and its probability (✓: right, ✗: wrong). The wrong "
    "answers that were given with the highest probability come first. If the {noun}s that only one "
    "run gets right have something in common, that is what the runs see differently."
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
    """The answers of the runs about the test examples that they have in common.

    Attributes:
        names: The names of the runs.
        folders: The content of their folders.
        positions: For each run ``(c,)``, the positions of the examples among its saved ones.
        right: ``(runs, c)``: whether the answer is right.
        confidence: ``(runs, c)``: the largest probability.
        can_show: ``(c,)``: whether the example can be shown. An image can if all runs have saved
            it; examples of other kinds always can, by their answers.
    """

    names: tuple[str, ...]
    folders: tuple[RunFolder, ...]
    positions: tuple[np.ndarray, ...]
    right: np.ndarray
    confidence: np.ndarray
    can_show: np.ndarray


def disagreements(compared: Compared) -> Content:
    """Count the test examples on which the runs disagree, and show some: all answers, the truth."""
    compared.folders[0].check_has_classes()  # numbers are neither right nor wrong
    answers = _answers(compared)
    parts: list[Html] = []
    for group in _groups(answers, is_single=compared.folders[0].is_single_label):
        parts += [element("h3", f"{group.title}: {len(group.places):,}"), *_shown(answers, group)]
    if not parts:
        parts = [element("p", f"There is no such {compared.noun}.")]
    count = f"{len(answers.can_show):,}"
    return Content(DISAGREEMENTS.format(noun=compared.noun, count=count), tuple(parts))


def _answers(compared: Compared) -> Answers:
    found, examples = compared.tested_alike, compared.same.examples
    folders = tuple(compared.folders[k] for k in found)
    pairs = list(zip(folders, found.values(), strict=True))
    can_show = np.ones(len(examples), bool)
    if _has_pictures(folders[0]):
        can_show = np.isin(examples, shown_in_both([run.test_set for run in folders]).examples)
    return Answers(
        names=tuple(compared.names[k] for k in found),
        folders=folders,
        positions=tuple(found.values()),
        right=np.stack([rights(run)[at] for run, at in pairs]),
        confidence=np.stack([run.probabilities[at].max(axis=1) for run, at in pairs]),
        can_show=can_show,
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
                yield Group(f"{names[this]} right, {names[other]} wrong", places)
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
        yield Group("All wrong, in different ways", places)


def _shown(answers: Answers, group: Group) -> Iterator[Html]:
    """Yield what is shown of a group, and how many that are if it is not the whole group."""
    run = answers.folders[0]
    known = group.places[answers.can_show[group.places]]
    shown, count = known[:MAX_SHOWN], len(group.places)
    if len(shown) < count:
        yield element("p", _shown_in_words(len(shown), len(known), count), class_="note")
    if len(shown) and _has_pictures(run):
        entries = (_entry(answers, place) for place in shown.tolist())
        yield element("ul", joined(entries, "\n"), class_="gallery")
    elif len(shown):
        yield _answers_table(answers, shown.tolist())


def _shown_in_words(shown: int, known: int, count: int) -> str:
    if not known:
        return "Shown: none, because there is none whose picture these runs have all saved."
    if known == count:
        return f"Shown: {shown}."
    return f"Shown: {shown} of the {known:,} whose pictures these runs have all saved."


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
        return f"{names[likely.argmax()]} {probability_text(likely.max())}"
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
