"""The pages in docs/how-to, the start page and the tables for newcomers run as they stand there."""

import inspect
import re
from pathlib import Path

import pytest

import jaxcnn
from jaxcnn.data import Splits

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = sorted(path for path in (DOCS / "how-to").glob("*.md") if path.stem != "index")
START = DOCS / "index.md"
PAGES = [DOCS / "coming-from.md", *HOW_TO]
BLOCK = re.compile(r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)


def without_numbers(text: str) -> list[str]:
    """The lines of a text with one mark for each number and for each space between words."""
    lines = re.sub(r"-?\d[\d.,]*", "#", text).splitlines()
    return [" ".join(line.split()) for line in lines]


@pytest.fixture
def few_digits(monkeypatch):
    """Fewer examples, so that pages run in a third of the time."""
    train, test = jaxcnn.data.digits()
    fewer = Splits(train.take(200), test.take(100))
    monkeypatch.setattr(jaxcnn.data, "digits", lambda: fewer)


@pytest.fixture
def set_up_already(monkeypatch):
    """JAX runs already: what the pages pass to `set_up` is checked by its signature alone."""
    signature = inspect.signature(jaxcnn.set_up)
    monkeypatch.setattr(jaxcnn, "set_up", lambda *args, **kw: signature.bind(*args, **kw) and None)


@pytest.fixture
def no_report(monkeypatch):
    """Reports, which take as long as all else, have tests of their own."""

    def report(folder):
        assert jaxcnn.load(folder).test is not None
        return Path(folder) / "report.html"

    monkeypatch.setattr(jaxcnn, "report", report)


@pytest.mark.pages
@pytest.mark.usefixtures("few_digits", "set_up_already", "no_report")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_prints_what_it_shows(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    names: dict[str, object] = {}
    for code, shown in blocks:
        exec(compile(code, page, "exec"), names)
        printed = " ".join(without_numbers(capsys.readouterr().out))  # wherever lines are broken
        assert [line for line in without_numbers(shown) if line not in printed] == []


def test_the_start_page_shows_the_first_example_of_the_readme():
    """Which `tests/test_readme.py` runs."""
    shown, first = (
        BLOCK.findall(path.read_text(encoding="utf-8"))[0][0]
        for path in (START, DOCS.parent / "README.md")
    )
    assert shown == first


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_a_page_is_short_and_leads_on(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert max(len(line) for code, _ in BLOCK.findall(text) for line in code.splitlines()) < 98
    assert "Use this" in text
    assert "\nRead on: " in text


def test_all_pages_are_listed():
    listed = re.findall(
        r"\]\((.*\.md)\)", (DOCS / "how-to" / "index.md").read_text(encoding="utf-8")
    )
    assert sorted(listed) == [page.name for page in HOW_TO]
