"""The whole page."""

from collections.abc import Mapping

from jaxcnn._version import __version__
from jaxcnn.reports._headline import accuracy_in_words, result, what
from jaxcnn.reports._html import Html, element, joined
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section
from jaxcnn.reports._style import STYLE

# Whatever a page says, a browser then opens no connection and runs nothing for it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(material: Material, sections: Mapping[str, Section]) -> str:
    """The page as text: one file that needs no other.

    Args:
        material: what the run's folder holds.
        sections: in their order, by the names that links use.
    """
    title = what(material)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", f"{title}{accuracy_in_words(material)}"),
        element("style", Html(STYLE)),
    )
    numbered = enumerate(sections.items(), 1)
    main = [section.to_html(name, number) for number, (name, section) in numbered]
    body = element(
        "body",
        element("header", element("h1", title), *result(material)),
        _contents(sections),
        element("main", joined(main, "\n")),
        element("footer", f"Made by jaxcnn {__version__} from the run's folder alone."),
    )
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


def _contents(sections: Mapping[str, Section]) -> Html:
    entries = [
        element("li", element("a", section.title, href=f"#{name}"))
        for name, section in sections.items()
    ]
    heading = element("h2", "Contents", id="contents")
    return element("nav", heading, element("ol", *entries), aria_labelledby="contents")
