"""Tables and paragraphs as HTML, for notebooks with light or dark themes."""

from collections.abc import Iterable, Iterator
from html import escape

from jaxcnn._support.tables import Line, Table

MAX_LINES = 200
"""Longer tables are shortened to this many lines, half of them from each end."""

NARROW = 40
"""Cells with at most this many characters are not broken into lines."""

PARAGRAPH = "white-space:pre-wrap;margin:.5em 0"
HEADING = "margin:1em 0 .3em"
SCROLLED = "overflow-x:auto"
TABLE = "border-collapse:collapse;font:inherit;font-variant-numeric:tabular-nums;color:inherit"
CELL = "padding:.15em .6em;text-align"
HEAD_CELL = f"border-bottom:1px solid currentColor;{CELL}"

Block = str | Table
"""A paragraph, or a table."""


def html_of(blocks: Iterable[Block]) -> str:
    """Format blocks below each other as HTML, with all text escaped and without scripts.

    Colors are those of the page, so that light and dark themes both work.
    """
    parts = [
        _table(block) if isinstance(block, Table) else _element("p", block, PARAGRAPH)
        for block in blocks
    ]
    return "\n".join(["<div>", *parts, "</div>"])


def _element(tag: str, text: str, style: str, attributes: str = "") -> str:
    inner = text.lstrip(" ")
    indented = "&nbsp;" * (len(text) - len(inner)) + escape(inner)
    return f'<{tag}{attributes} style="{style}">{indented}</{tag}>'


def _table(table: Table) -> str:
    head, *body = table.lines
    shown = table.shown
    heading = [_element("h4", table.heading, HEADING)] if table.heading else []
    lines = [
        f'<div style="{SCROLLED}"><table style="{TABLE}">',
        f"<thead>{_row(table, shown, head, 'th', HEAD_CELL)}</thead>",
        "<tbody>",
        *(_row(table, shown, cells, "td", CELL) for cells in _shortened(body)),
        "</tbody>",
        "</table></div>",
    ]
    return "\n".join([*heading, *lines])


def _shortened(body: list[Line]) -> Iterator[Line]:
    """Yield the lines, without those in the middle if there are too many."""
    left_out = len(body) - MAX_LINES
    if left_out <= 0:
        yield from body
        return
    yield from body[: MAX_LINES // 2]
    yield (f"… {left_out:,} more …",)
    yield from body[-MAX_LINES // 2 :]


def _row(table: Table, shown: list[int], cells: Line, tag: str, style: str) -> str:
    if len(cells) == 1:
        only = _element(tag, cells[0], f"{style}:left", f' colspan="{len(shown)}"')
        return f"<tr>{only}</tr>"
    written = []
    for column in shown:
        side = "left" if column < table.words else "right"
        kept = ";white-space:nowrap" if len(cells[column]) <= NARROW else ""
        written.append(_element(tag, cells[column], f"{style}:{side}{kept}"))
    return f"<tr>{''.join(written)}</tr>"
