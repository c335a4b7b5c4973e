"""The guides' pages show what their scripts print, and pictures that are there."""

import importlib
import re

import pytest

from docs import build

TOUR = build.GUIDES / "08_training_and_looking_inside.py"
PAGES = [script.with_suffix(".md") for script in build.SCRIPTS]
LARGEST = {".png": 150_000, ".gif": 500_000}


@pytest.fixture
def no_pictures(tmp_path, monkeypatch):
    """What plots look like is tested where they are."""
    monkeypatch.syspath_prepend(build.GUIDES)
    page = importlib.import_module("page")
    monkeypatch.setattr(page, "PICTURES", tmp_path)
    monkeypatch.setattr(page, "save", lambda *_: None)


@pytest.mark.pages
@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    "script", [script for script in build.SCRIPTS if script != TOUR], ids=lambda script: script.stem
)
def test_a_page_shows_what_its_script_prints(script):
    assert build.render(script) == script.with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
def test_the_tour_runs_without_cifar10(monkeypatch, tmp_path):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)  # the tour writes a run
    assert "digits: 1,437 to train, 360 to test" in build.render(TOUR)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pictures_are_there_small_and_described(page):
    pictures = re.findall(r"^!\[(.*)\]\((.*)\)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert pictures
    for alternative, name in pictures:
        picture = page.parent / name
        assert len(alternative) > 20
        assert picture.stat().st_size < LARGEST[picture.suffix]


@pytest.mark.parametrize("page", [*PAGES, build.GUIDES / "README.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link]
    assert [link for link in files if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_line_that_ends_a_sentence_becomes_a_list(page):
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"^\w.*\n1\. ", prose, re.MULTILINE)  # Markdown's list, within a paragraph


def test_all_pages_are_listed():
    listed = re.findall(r"\]\((.*\.md)\)", (build.GUIDES / "README.md").read_text(encoding="utf-8"))
    assert listed == [page.name for page in PAGES]
