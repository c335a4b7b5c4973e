"""Test images with the network's guesses: right ones, and the worst mistakes."""

from collections.abc import Iterable

import numpy as np

from jaxcnn.reports._chosen_images import right_places, wrong_places
from jaxcnn.reports._html import Content, Html, element, joined
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Test images with the three most probable classes. A bar is as long as the probability: blue "
    "is the true class, orange a wrong first guess. The worst mistakes are those of which the "
    "network was surest: often pictures that are odd, or wrongly labeled, or of classes that "
    "look alike."
)
LEAD_OF_SEVERAL = (
    "Test images with the three most probable labels. A bar is as long as the probability that "
    "the image has this label, whatever others it has: blue where it has, orange or gray where "
    "it has not. Right (✓) is an image all of whose labels are told, with a threshold of 50 %."
)
SHOWN = 12


def guesses(run: RunFolder) -> Content:
    """The first right ones of each class in turn, and the surest wrong ones."""
    count = len(run.pictures)
    if run.is_multilabel:
        return Content(LEAD_OF_SEVERAL, (_gallery(run, range(min(SHOWN, count))),))
    right, wrong = right_places(run), wrong_places(run)
    of = f"of the {count:,} kept images"
    return Content(
        LEAD,
        (
            *_part(run, f"Right: {len(right):,} {of}", right),
            *_part(run, f"The worst of {len(wrong):,} mistakes among these", wrong),
        ),
    )


def _part(run: RunFolder, title: str, places: np.ndarray) -> tuple[Html, ...]:
    return element("h3", title), _gallery(run, places[:SHOWN])


TOP = 3


def _gallery(run: RunFolder, places: Iterable[int]) -> Html:
    """Kept images, by their places among these, each with its most probable classes."""
    entries = (_entry(run, int(place)) for place in places)
    return element("ul", joined(entries, "\n"), class_="gallery")


def _entry(run: RunFolder, place: int) -> Html:
    kept = run.kept
    example = int(kept.shown[place])
    likely = run.probabilities[example]
    truths = run.task.classes_of(kept.labels[example])
    right = run.task.marks(likely[None], kept.labels[example : example + 1])[0] == 1
    shown = np.argsort(-likely, kind="stable")[:TOP]
    names = run.interface.class_names
    words = ", ".join(names[k] for k in truths) or "none of the labels"
    said = ", ".join(f"{names[k]} {likely[k]:.0%}" for k in shown)
    alt = f"Test image {kept.examples[example]}: {words}. The network says {said}."
    verdict = element(
        "p", f"✓ {words}" if right else f"✗ it is: {words}", class_="right" if right else "wrong"
    )
    bars = [
        _bar(names[k], float(likely[k]), _kind(k in truths, first=k == shown[0])) for k in shown
    ]
    picture = image(run.pictures[place], alt)
    return element("li", picture, verdict, element("ul", *bars, class_="bars"))


def _kind(true: bool, *, first: bool) -> str:
    return "truth" if true else "false" if first else "other"


def _bar(name: str, part: float, kind: str) -> Html:
    name_and_part = (element("span", name), element("span", f"{part:.0%}"))
    return element("li", *name_and_part, class_=kind, style=f"--part:{part:.1%}")
