"""The site's own pages: links lead somewhere, each page is in a table of contents."""

import os
import re
from pathlib import Path

import pytest

from docs import repository_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN = {page: ROOT / source for source, (page, _) in repository_pages.PAGES.items()}
PAGES = sorted(
    path for path in DOCS.rglob("*.md") if "api" not in path.parts and path.name != "README.md"
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(text: str) -> list[str]:
    """The targets of links and pictures, code left out."""
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return LINK.findall(re.sub(r"`[^`\n]*`", "", text))


def exists(page: Path, link: str) -> bool:
    path = os.path.relpath(os.path.normpath(page.parent / link.partition("#")[0]), ROOT)
    is_written = path in WRITTEN or path.startswith("docs/api/") or path == "docs/networks.markdown"
    return is_written or (ROOT / path).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_within_the_repository_lead_somewhere(page):
    inner = [link for link in links(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in inner if not link.startswith("#") and not exists(page, link)] == []


@pytest.mark.parametrize("page", [*PAGES, *WRITTEN.values()], ids=lambda page: str(page.name))
def test_links_to_other_sites_are_well_formed(page):
    outer = [link for link in links(page.read_text(encoding="utf-8")) if "://" in link]
    form = re.compile(r"https?://[\w-]+(\.[\w-]+)+(/[^\s<>\"]*)?")
    assert [link for link in outer if not form.fullmatch(link)] == []


def test_pages_that_move_keep_their_links(tmp_path):
    for source, (page, _) in repository_pages.PAGES.items():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text((ROOT / source).read_text(encoding="utf-8"))
    repository_pages.write_pages(tmp_path)
    for page in WRITTEN:
        inner = [link for link in links((tmp_path / page).read_text()) if "://" not in link]
        assert [link for link in inner if not exists(ROOT / page, link)] == []


def test_a_moved_link_is_relative_to_its_new_place():
    text = "[a](b.png) [c](https://x.org/d) [e](../f.md#g) [h](#i)"
    moved = repository_pages.moved(text, Path("one/two/README.md"), Path("docs/page.md"))
    assert moved == "[a](../one/two/b.png) [c](https://x.org/d) [e](../one/f.md#g) [h](#i)"
