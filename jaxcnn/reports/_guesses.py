"""The section of single predictions: test images predicted right, and the worst mistakes."""

from collections.abc import Iterable

import numpy as np

from jaxcnn._support.units import probability_text
from jaxcnn.reports._chosen_images import right_positions, wrong_positions
from jaxcnn.reports._example_files import file_lines, named_example
from jaxcnn.reports._html import Content, Html, element, joined
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Test images with their three most probable classes. The length of a bar is the probability: "
    "blue is the true class, orange a wrong first prediction. The worst mistakes are the most "
    "confident ones: often the images are unusual or wrongly labeled, or show classes that look "
    "alike."
)
MULTILABEL_LEAD = (
    "Test images with their three most probable labels. The length of a bar is the probability "
    "that the image has this label, whatever other labels it has: blue if it has the label, orange "
    "or gray if not. An image is right (✓) if all its labels are predicted, with a threshold of "
    "50%."
)
MAX_SHOWN = 12


def guesses(run: RunFolder) -> Content:
    """Show right predictions, one per class at a time, and the most confident mistakes."""
    count = len(run.images)
    if run.is_multilabel:
        return Content(MULTILABEL_LEAD, (_gallery(run, range(min(MAX_SHOWN, count))),))
    right, wrong = right_positions(run), wrong_positions(run)
    return Content(
        LEAD,
        (
            *_part(run, f"Right: {len(right):,} of the {count:,} saved images", right),
            *_part(run, _mistakes_in_words(len(wrong)), wrong),
        ),
    )


def _mistakes_in_words(count: int) -> str:
    if count <= 1:
        return "The only mistake among these" if count else "No mistakes among these"
    which = "" if count <= MAX_SHOWN else f"{MAX_SHOWN} worst of "
    return f"The {which}{count:,} mistakes among these"


def _part(run: RunFolder, title: str, positions: np.ndarray) -> tuple[Html, ...]:
    shown = (_gallery(run, positions[:MAX_SHOWN]),) if len(positions) else ()
    return element("h3", title), *shown


TOP = 3


def _gallery(run: RunFolder, positions: Iterable[int]) -> Html:
    """Show the saved test images at some positions, each with its most probable classes."""
    entries = (_entry(run, int(position)) for position in positions)
    return element("ul", joined(entries, "\n"), class_="gallery")


def _entry(run: RunFolder, position: int) -> Html:
    test_set = run.test_set
    example = int(test_set.shown[position])
    probabilities = run.probabilities[example]
    truths = run.task.classes_of(test_set.labels[example])
    marks = run.task.marks(probabilities[None], test_set.labels[example : example + 1])
    right = marks[0] == 1
    top = np.argsort(-probabilities, kind="stable")[:TOP]
    names = run.interface.class_names
    words = ", ".join(names[k] for k in truths) or "none of the labels"
    predicted = ", ".join(f"{names[k]} {probability_text(probabilities[k])}" for k in top)
    alt = f"Test image {named_example(run, example)}: {words}. Predicted: {predicted}."
    verdict = element(
        "p", f"✓ {words}" if right else f"✗ it is: {words}", class_="right" if right else "wrong"
    )
    bars = [
        _bar(names[k], float(probabilities[k]), _kind(k in truths, first=k == top[0])) for k in top
    ]
    picture = image(run.images[position], alt)
    return element(
        "li", picture, verdict, element("ul", *bars, class_="bars"), *file_lines(run, example)
    )


def _kind(true: bool, *, first: bool) -> str:
    return "truth" if true else "false" if first else "other"


def _bar(name: str, probability: float, kind: str) -> Html:
    spans = (element("span", name), element("span", probability_text(probability)))
    return element("li", *spans, class_=kind, style=f"--part:{probability:.1%}")
