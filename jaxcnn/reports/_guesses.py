"""Images that the network got right, and its worst mistakes."""

import numpy as np

from jaxcnn.reports._chosen_images import right_places, wrong_places
from jaxcnn.reports._gallery import gallery
from jaxcnn.reports._html import Html, element
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section

TITLE = "The network's guesses"
LEAD = (
    "Test images with the three most probable classes. A bar is as long as the probability: blue "
    "is the true class, orange a wrong first guess. The worst mistakes are those of which the "
    "network was surest: often pictures that are odd, or wrongly labelled, or of classes that "
    "look alike."
)
LEAD_OF_SEVERAL = (
    "Test images with the three most probable labels. A bar is as long as the probability that "
    "the image has this label, whatever others it has: blue where it has, orange or gray where "
    "it has not. Right (✓) is an image all of whose labels are told, with a threshold of 50 %."
)
SHOWN = 12


def guesses(material: Material) -> Section:
    """The first right ones of each class in turn, and the surest wrong ones."""
    count = len(material.pictures)
    if material.facts.multilabel:
        return Section(TITLE, LEAD_OF_SEVERAL, (gallery(material, range(min(SHOWN, count))),))
    right, wrong = right_places(material), wrong_places(material)
    of = f"of the {count:,} kept images"
    return Section(
        TITLE,
        LEAD,
        (
            *_part(material, f"Right: {len(right):,} {of}", right),
            *_part(material, f"The worst of {len(wrong):,} mistakes among these", wrong),
        ),
    )


def _part(material: Material, title: str, places: np.ndarray) -> tuple[Html, ...]:
    return element("h3", title), gallery(material, places[:SHOWN])
