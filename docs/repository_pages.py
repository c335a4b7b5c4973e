"""Pages of the site that are files of the repository: moved here, their links made to fit."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]

GUIDES = """
```{toctree}
:hidden:
:glob:

[0-9]*
```
"""

PAGES = {
    "docs/guides/README.md": ("docs/guides/index.markdown", GUIDES),
    "CHANGELOG.md": ("docs/project/changelog.markdown", ""),
    "experiments/results/README.md": ("docs/project/results.markdown", ""),
}
"""Each file, the page that it becomes, and what is added to it."""

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")


def write_pages(root: Path = ROOT) -> None:
    """Write all of `PAGES`."""
    for source, (page, added) in PAGES.items():
        text = moved((root / source).read_text(encoding="utf-8"), Path(source), Path(page)) + added
        if not (root / page).exists() or (root / page).read_text(encoding="utf-8") != text:
            (root / page).write_text(text, encoding="utf-8")


def moved(text: str, source: Path, page: Path) -> str:
    """Rewrite the relative links of a Markdown file for another place in the repository."""

    def link(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(source.parent / found.group(1)))
        return Path(os.path.relpath(target, page.parent)).as_posix()

    return _LINK.sub(link, text)
