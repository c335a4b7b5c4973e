"""Print the rows of docs/checklist.md that no test names, those with a number first.

    python docs/checklist.py

A test names a row in a comment, `# guide row A2.6` or `# guide rows A2.6, A2.11`, or so in its
docstring.
"""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CHECKLIST = ROOT / "docs" / "checklist.md"

_NAME = re.compile(r"\bA\d\.\d+b?\b")
_NAMES = re.compile(r"\brows? A\d")
_LINK = re.compile(r"\]\(([^)]+)\)")


class Row(NamedTuple):
    """A row: its name, the fact, the number if it has one, and what its links lead to."""

    name: str
    fact: str
    number: str
    links: list[str]


def rows() -> list[Row]:
    """All rows of docs/checklist.md, in order."""
    found = []
    for line in CHECKLIST.read_text(encoding="utf-8").splitlines():
        if _NAME.match(line.removeprefix("| ")):
            name, fact, number, shown_by = line.strip("| ").split(" | ")
            found.append(Row(name, fact, number.strip(), _LINK.findall(shown_by)))
    return found


def names_in(test: Path) -> set[str]:
    """The rows that a file of tests names."""
    lines = test.read_text(encoding="utf-8").splitlines()
    return {name for line in lines if _NAMES.search(line) for name in _NAME.findall(line)}


def named() -> set[str]:
    """The rows that any test names."""
    return set().union(*map(names_in, (ROOT / "tests").rglob("test_*.py")))


if __name__ == "__main__":
    missing = [row for row in rows() if row.name not in named()]
    for row in sorted(missing, key=lambda row: not row.number):
        print(f"{row.name:<7} {row.fact}" + (f" ({row.number})" if row.number else ""))
