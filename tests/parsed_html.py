"""HTML as a browser reads it, as far as tests ask."""

import base64
import io
from html.parser import HTMLParser

VOID = {"img", "meta"}


class Page(HTMLParser):
    """What a page holds.

    Attributes:
        images: the attributes of each.
        ids: in their order.
        links: what they point at.
        tags: all that were opened.
        text: all words of the body.
        errors: end tags that close nothing, or what is left open.
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.ids: list[str | None] = []
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.text = ""
        self.errors: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        self.errors += [f"{tag} is left open" for tag in self._open]

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        if len(found) < len(attrs):
            self.errors.append(f"{tag} has an attribute twice")
        if tag not in VOID:
            self._open.append(tag)
        if tag == "img":
            self.images.append(found)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.errors.append(f"</{tag}> does not close what is open")

    def handle_data(self, data):
        if "style" not in self._open:
            self.text += data


def image_bytes(address: str) -> io.BytesIO:
    """What a `data:` address of a PNG file holds."""
    kind, content = address.split(",")
    assert kind == "data:image/png;base64"
    return io.BytesIO(base64.b64decode(content, validate=True))
