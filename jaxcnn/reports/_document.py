"""Make a whole HTML document: head, style sheet, and the policy that forbids connections."""

import os
from collections.abc import Sequence
from pathlib import Path

from jaxcnn._support.files import local_path
from jaxcnn._support.web import source_hash
from jaxcnn.reports._html import Html, Section, element, joined
from jaxcnn.reports._style import STYLE

# With this policy, a browser opens no connection and runs no code for the page.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(
    title: str,
    *children: Html,
    style: str = "",
    base_style: str = STYLE,
    scripts: Sequence[str] = (),
) -> str:
    """Make the HTML text of a page, which needs no other file and opens no connection.

    Args:
        title: The title in the browser's tab.
        children: The content of the body.
        style: Rules to add to the style sheet.
        base_style: The style sheet that they are added to.
        scripts: The only scripts that the browser runs, at the end of the body.
    """
    policy = POLICY
    if scripts:
        hashes = (f"'{source_hash(script)}'" for script in scripts)
        policy += f"; script-src {' '.join(hashes)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("title", title),
        element("style", Html(base_style + style)),
    )
    run = (element("script", Html(script)) for script in scripts)
    body = element("body", *children, *run)
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


def contents(sections: Sequence[Section]) -> Html:
    """Make the list of links to the sections."""
    entries = [
        element("li", element("a", section.title, href=f"#{section.name}")) for section in sections
    ]
    heading = element("h2", "Contents", id="contents")
    return element("nav", heading, element("ol", *entries), aria_labelledby="contents")


def main_of(sections: Sequence[Section], *notes: Html) -> Html:
    """Make the main part of a page: its numbered sections, and notes below them."""
    parts = [section.to_html(number) for number, section in enumerate(sections, 1)]
    return element("main", joined([*parts, *notes], "\n"))


def output_path(out: str | os.PathLike[str]) -> Path:
    """Return the path of a page to write, before any work.

    Raises:
        FileNotFoundError: If there is no such folder.
        IsADirectoryError: If the path is a folder.
        ValueError: If it is an address.
    """
    path = local_path("out", out, "file")
    if path.is_dir():
        raise IsADirectoryError(f"out: expected a file to write, got the folder {path}")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"out: expected a file in an existing folder, got {path} (there is no folder "
            f"{path.parent})"
        )
    return path
