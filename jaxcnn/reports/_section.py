"""A section of the page, and what a section may lack."""

from typing import NamedTuple

from jaxcnn.reports._html import Html, element


class Content(NamedTuple):
    """What a section shows.

    Attributes:
        lead: what it is, and how to read it, for someone who has not seen such a thing.
        parts: tables, figures and paragraphs.
    """

    lead: str
    parts: tuple[Html, ...]


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        name: what links point at.
        title: its heading.
        content: what it shows.
    """

    name: str
    title: str
    content: Content

    def to_html(self, number: int) -> Html:
        """Return the markup of the section with this number."""
        heading = element("h2", f"{number}. {self.title}", id=f"{self.name}-title")
        lead = element("p", self.content.lead, class_="lead")
        return element(
            "section",
            heading,
            lead,
            *self.content.parts,
            id=self.name,
            aria_labelledby=f"{self.name}-title",
        )


class MissingError(Exception):
    """What a section needs is not in the run's folder; the message says what, and how to get it."""


def missing(reason: str) -> Content:
    """Say why a section could not be made, in its place."""
    return Content(f"Not shown: {reason}", ())
