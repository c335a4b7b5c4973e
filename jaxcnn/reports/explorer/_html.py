"""Join the page's own files and its content to one HTML file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxcnn._support.texts import without_controls
from jaxcnn._version import __version__
from jaxcnn.reports._document import document
from jaxcnn.reports._html import Html, element

FILES = Path(__file__).parent / "page"

ARITHMETIC = (
    *("arrays", "windows", "activations", "norms"),
    *("compute", "terms", "fields", "trace"),
)
"""Scripts that run without a browser, too, in their order."""

DRAWING = (
    *("texts", "elements", "colors", "maps", "charts", "pictures", "layers"),
    *("formulas", "sums", "controls", "unit", "scores", "main"),
)
"""Scripts that draw, in their order."""


def page(title: str, data: Mapping[str, Any]) -> str:
    """Make the HTML text of the page.

    Args:
        title: The title of the run.
        data: What the page reads: layers, pictures and arrays.
    """
    content = {"title": title, "version": __version__, **data}
    return document(
        f"Explore {title}",
        Html((FILES / "body.html").read_text(encoding="utf-8")),
        element("script", Html(_as_json(content)), type="application/json", id="data"),
        base_style=(FILES / "style.css").read_text(encoding="utf-8"),
        scripts=[script(*ARITHMETIC), script(*DRAWING)],
    )


def script(*names: str) -> str:
    """Join some of the page's scripts, in this order."""
    texts = ((FILES / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "\n" + "\n".join(texts)


def _as_json(content: Mapping[str, Any]) -> str:
    """Write JSON that cannot end the element around it, and has no control characters."""
    text = json.dumps(_readable(content), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _readable(content: Any) -> Any:
    """Replace control characters in all texts by their codes, as the report does."""
    if isinstance(content, str):
        return without_controls(content)
    if isinstance(content, Mapping):
        return {name: _readable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_readable(value) for value in content]
    return content
