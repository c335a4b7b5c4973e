"""The checklist is whole, its links lead somewhere, and every number in it is tested."""

import re
from pathlib import Path

import pytest

from docs import checklist

ROOT = Path(__file__).parents[2]

ROWS = checklist.rows()
COUNTS = {1: 11, 2: 18, 3: 19, 4: 16, 5: 12, 6: 21, 7: 9, 8: 26}
BETWEEN = {"A2.6b", "A3.16b", "A4.1b", "A6.0", "A6.9b"}


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_row_is_there_once():
    names = [row.name for row in ROWS]
    numbered = {f"A{part}.{n}" for part, count in COUNTS.items() for n in range(1, count + 1)}
    assert len(names) == len(set(names))
    assert set(names) == numbered | BETWEEN


def test_every_row_is_shown_by_something():
    assert [row.name for row in ROWS if not row.links] == []


def test_every_number_has_a_test_that_names_its_row():
    numbered = {row.name for row in ROWS if row.number}
    assert len(numbered) > 60
    assert numbered - checklist.named() == set()


def test_tests_name_no_other_rows():
    assert checklist.named() - {row.name for row in ROWS} == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_links_lead_to_what_shows_the_row(row):
    for link in row.links:
        file, _, heading = link.partition("#")
        target = (ROOT / "docs" / file).resolve()
        assert target.exists(), link
        assert not heading or heading in anchors(target), link
        if target.is_relative_to(ROOT / "tests"):
            assert row.name in checklist.names_in(target), f"{link} does not name {row.name}"
