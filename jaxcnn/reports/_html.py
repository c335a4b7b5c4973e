"""HTML from Python values, in which plain text is always escaped, and the page's sections."""

import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple

VOID = frozenset({"img", "meta"})
"""Elements that hold nothing and have no end tag."""


class Html(str):
    """Markup as it stands; any other text is escaped where it enters an element."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | int | None) -> Html:
    """An element with its children.

    Args:
        tag: Its name.
        children: Markup, or text, which is escaped.
        attributes: By name; `class_` is `class`, `aria_label` is `aria-label`; None leaves one
            out.

    Example:
        >>> element("p", "1 < 2", element("b", "!"), class_="note")
        '<p class="note">1 &lt; 2<b>!</b></p>'
    """
    start = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Html(f"<{tag}{start}>")
    return Html(f"<{tag}{start}>{joined(children)}</{tag}>")


def joined(parts: Iterable[str], separator: str = "") -> Html:
    """Markup and texts in a row; the texts are escaped."""
    escaped = (part if isinstance(part, Html) else html.escape(part) for part in parts)
    return Html(separator.join(escaped))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, texts: int = 1
) -> Html:
    """A table that scrolls sideways where the page is too narrow for it.

    Args:
        head: A heading for each column.
        rows: Cells; the first of each names its row.
        caption: What it is a table of.
        texts: How many columns, from the left, are words; the others are numbers, and stand at
            the right.
    """

    def cell(tag: str, place: int, content: str, scope: str | None = None) -> Html:
        return element(tag, content, class_=None if place < texts else "number", scope=scope)

    heading = element("tr", *(cell("th", i, name, "col") for i, name in enumerate(head)))
    body = [
        element(
            "tr",
            cell("th", 0, cells[0], "row"),
            *(cell("td", i, content) for i, content in enumerate(cells[1:], 1)),
        )
        for cells in rows
    ]
    content = element(
        "table",
        element("caption", caption),
        element("thead", heading),
        element("tbody", joined(body, "\n")),
    )
    # What scrolls must be reached by the keyboard, too.
    return element("div", content, class_="wide", tabindex=0, role="region", aria_label=caption)


def definitions(entries: Iterable[tuple[str, str]]) -> Html:
    """Names and what they stand for, in as many columns as there is room for."""
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in entries)
    return element("dl", joined(pairs, "\n"))


class Content(NamedTuple):
    """What a section shows.

    Attributes:
        lead: What it is, and how to read it, for someone who has not seen such a thing.
        parts: Tables, figures and paragraphs.
    """

    lead: str
    parts: tuple[Html, ...]


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        name: What links point at.
        title: Its heading.
        content: What it shows.
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
