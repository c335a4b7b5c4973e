import pytest
from parsed_html import Page

from jaxcnn.reports._html import Html, definitions, element, joined, table

EVIL = "<script>alert('1 & \"2\"')</script>"


def test_text_is_escaped_and_markup_is_not():
    page = Page(element("p", EVIL, element("b", EVIL)))
    assert page.tags == ["p", "b"]
    assert page.text == EVIL * 2


def test_attributes_are_escaped():
    (image,) = Page(element("img", alt=EVIL, class_="a", aria_label="b", style=None)).images
    assert image == {"alt": EVIL, "class": "a", "aria-label": "b"}


def test_markup_stays_what_it_is():
    assert isinstance(joined(["<", Html("<br>")]), Html)
    assert joined(["<", Html("<br>")], "\n") == "&lt;\n<br>"


@pytest.mark.parametrize(
    "made",
    [
        table(("a", EVIL), [(EVIL, "1"), ("b", EVIL)], caption=EVIL),
        definitions([(EVIL, "1"), ("a", EVIL)]),
    ],
)
def test_tables_are_whole(made):
    page = Page(made)
    assert not page.errors
    assert "script" not in page.tags
    assert page.text.count(EVIL) >= 2
