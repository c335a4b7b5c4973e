"""The page on which one drops a picture, with headers that keep everything else out."""

import functools
import re
from pathlib import Path

from starlette.responses import Response

from jaxcnn._support.web import source_hash

FILE = Path(__file__).parent / "page" / "page.html"
"""The page; it loads nothing but answers of the server."""

NAME = "MODEL_NAME"
"""The place of the model's name in the page. Names have no characters that HTML changes."""


def page_response(name: str) -> Response:
    """Return the page for a model."""
    content, policy = _page(name)
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


@functools.cache
def _page(name: str) -> tuple[str, str]:
    """Return the page and its content security policy, which allows its script and style alone."""
    content = FILE.read_text(encoding="utf-8").replace(NAME, name)
    script, style = (_hash(content, tag) for tag in ("script", "style"))
    policy = (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; "
        "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return content, policy


def _hash(content: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", content, re.DOTALL)
    assert found is not None
    return source_hash(found[1])
