"""What the page is made of."""

from typing import NamedTuple

from jaxcnn.reports._html import Html, element


class Section(NamedTuple):
    """A part of the page.

    Attributes:
        title: its heading.
        lead: what it shows, and how to read it, for someone who has not seen such a thing.
        parts: tables, figures and paragraphs.
    """

    title: str
    lead: str
    parts: tuple[Html, ...]

    def to_html(self, name: str, number: int) -> Html:
        """The markup; `name` is what links point at."""
        heading = element("h2", f"{number}. {self.title}", id=f"{name}-title")
        lead = element("p", self.lead, class_="lead")
        return element(
            "section", heading, lead, *self.parts, id=name, aria_labelledby=f"{name}-title"
        )


class MissingError(Exception):
    """What a section needs is not in the run's folder; the message says what, and how to get it."""


def missing(title: str, reason: str) -> Section:
    """What stands where a section could not be made."""
    return Section(title, f"Not shown: {reason}", ())
