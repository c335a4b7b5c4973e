"""Make HTML from Python values, with all plain text escaped; the sections of the page."""

import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jaxcnn._support.texts import without_controls

VOID = frozenset({"img", "meta"})
"""Elements without content and without an end tag."""


class Html(str):
    """Markup, which enters an element unchanged; other text is escaped there."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | int | None) -> Html:
    """Make an element with its children.

    Args:
        tag: The element's name.
        children: Markup, or text, which is escaped.
        attributes: The element's attributes, where `class_` means `class` and `aria_label` means
            `aria-label`. Attributes that are None are left out.

    Example:
        >>> element("p", "1 < 2", element("b", "!"), class_="note")
        '<p class="note">1 &lt; 2<b>!</b></p>'
    """
    start = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Html(f"<{tag}{start}>")
    return Html(f"<{tag}{start}>{joined(children)}</{tag}>")


def joined(parts: Iterable[str], separator: str = "") -> Html:
    """Join markup and texts; the texts are escaped."""
    escaped = (part if isinstance(part, Html) else _escape(part) for part in parts)
    return Html(separator.join(escaped))


def _escape(text: str) -> str:
    return html.escape(without_controls(text))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, texts: int = 1
) -> Html:
    """Make a table, which scrolls sideways if the page is too narrow for it.

    Args:
        head: One heading per column.
        rows: The cells of each row; the first one names the row.
        caption: The caption.
        texts: Number of columns, from the left, that are text; the others are right-aligned.
    """

    def cell(tag: str, column: int, content: str, scope: str | None = None) -> Html:
        return element(tag, content, class_=None if column < texts else "number", scope=scope)

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
    # With a tabindex, the keyboard can reach the table to scroll it.
    return element("div", content, class_="wide", tabindex=0, role="region", aria_label=caption)


def definitions(entries: Iterable[tuple[str, str]]) -> Html:
    """Make a list of names with their values, in as many columns as fit."""
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in entries)
    return element("dl", joined(pairs, "\n"))


class Content(NamedTuple):
    """The content of a section.

    Attributes:
        lead: What the section shows and how to read it, for people who have not seen such a plot.
        parts: Tables, figures and paragraphs.
    """

    lead: str
    parts: tuple[Html, ...]


class Section(NamedTuple):
    """A section of the page.

    Attributes:
        name: The id that links refer to.
        title: The heading.
        content: The content.
    """

    name: str
    title: str
    content: Content

    def to_html(self, number: int) -> Html:
        """Return the markup of the section, with its number in the heading."""
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
    """Raised if the run's folder lacks what a section needs; the message says how to get it."""


class InapplicableError(MissingError):
    """Raised if a section does not apply to runs of this task or kind of inputs.

    The message ends the sentence "These sections are left out, because they ...".
    """


def missing(reason: str) -> Content:
    """Make the content of a section that cannot be shown: the reason."""
    return Content(f"Not shown: {reason}", ())
