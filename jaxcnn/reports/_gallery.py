"""Test images with what the network says of them, as a gallery of HTML."""

from collections.abc import Iterable

import numpy as np

from jaxcnn.reports._html import Html, element, joined
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import Material

TOP = 3


def gallery(material: Material, places: Iterable[int]) -> Html:
    """Kept images, by their places among these, each with its most probable classes."""
    entries = (_entry(material, int(place)) for place in places)
    return element("ul", joined(entries, "\n"), class_="gallery")


def _entry(material: Material, place: int) -> Html:
    kept = material.kept
    example = int(kept.shown[place])
    likely = material.probabilities[example]
    if material.facts.multilabel:
        truths = np.flatnonzero(kept.labels[example])
        right = bool(((likely >= 0.5) == kept.labels[example]).all())
    else:
        truths = kept.labels[example : example + 1]
        right = bool(likely.argmax() == truths[0])
    shown = np.argsort(-likely, kind="stable")[:TOP]
    names = material.facts.class_names
    words = ", ".join(names[k] for k in truths) or "none of the labels"
    said = ", ".join(f"{names[k]} {likely[k]:.0%}" for k in shown)
    alt = f"Test image {kept.examples[example]}: {words}. The network says {said}."
    verdict = element(
        "p", f"✓ {words}" if right else f"✗ it is: {words}", class_="right" if right else "wrong"
    )
    bars = [
        _bar(names[k], float(likely[k]), _kind(k in truths, first=k == shown[0])) for k in shown
    ]
    picture = image(material.pictures[place], alt)
    return element("li", picture, verdict, element("ul", *bars, class_="bars"))


def _kind(true: bool, *, first: bool) -> str:
    return "truth" if true else "false" if first else "other"


def _bar(name: str, part: float, kind: str) -> Html:
    name_and_part = (element("span", name), element("span", f"{part:.0%}"))
    return element("li", *name_and_part, class_=kind, style=f"--part:{part:.1%}")
