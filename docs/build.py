"""Build the guides: run each script in docs/guides and write the page that GitHub shows.

    make guides                                          # all of them
    python docs/build.py docs/guides/02_sliding_a_filter.py    # some

A page is a Python script of cells, in the percent format of Jupytext, which editors know:

    # %% [markdown]
    # ## A heading
    #
    # Prose in Markdown, every line behind `# `.

    # %%
    print(1 + 1)

The page shows the prose, the code, and below a cell of code whatever it printed. Each cell sees
the names of those before it, and a script also runs by itself: `python docs/guides/01_....py`.

How to write one:

- Code shows what it makes by `print`. Print few numbers, rounded so that they are the same on
  every machine: the tests run the pages and compare what they print with what is committed.
- Pictures are drawn by `jaxcnn.explain` and shown by `show(figure, "name", alt="what is seen")`,
  from `page` beside the scripts, which saves `pictures/NN_name.png`. What writes its file itself,
  such as an animation, writes to `picture("name.gif", alt="what is seen")`. The alternative text
  says what one learns from the picture to those who cannot see it. A PNG has less than 150 kB, a
  GIF less than 500 kB; the tests draw none of them, so no cell may read one back.
- The first cell is prose and begins with the title, `# Title`, a line on what is to be learned; the
  first cell of code holds the imports. The last cell links to the next page.
- Headings stay as they are once written: docs/checklist.md links to them. Rows of the checklist
  are named in comments alone, `<!-- A2.6 -->` in prose and `# A2.6` in code.
- One idea after another, terms defined before they are used, in ten minutes' reading. Where
  a claim often read is wrong, quote it plainly ("You may read that ...") and say what is right.
"""

import contextlib
import io
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

GUIDES = Path(__file__).parent / "guides"
SCRIPTS = sorted(GUIDES.glob("[0-9][0-9]_*.py"))

_MARKER = re.compile(r"^# %%( \[markdown\])?$")


class Cell(NamedTuple):
    """A cell: its lines, the number of lines above it, and whether it is prose."""

    lines: list[str]
    above: int
    is_prose: bool


def cells(text: str) -> Iterator[Cell]:
    """Split a script at its markers.

    Raises:
        ValueError: if it does not begin with one.
    """
    lines = text.splitlines()
    markers = [n for n, line in enumerate(lines) if _MARKER.match(line)]
    if markers[:1] != [0]:
        raise ValueError(f"a page begins with `# %% [markdown]`, got {lines[:1]}")
    for start, end in itertools.pairwise([*markers, len(lines)]):
        yield Cell(lines[start + 1 : end], start + 1, lines[start].endswith("[markdown]"))


def render(script: Path) -> str:
    """Run a script, which writes its pictures, and return the page: Markdown."""
    names: dict[str, object] = {"__name__": "__main__", "__file__": str(script)}
    parts = [f"<!-- Made from {script.name} by `make guides`: do not edit. -->"]
    for cell in cells(script.read_text(encoding="utf-8")):
        parts += [_prose(cell)] if cell.is_prose else _code(cell, script, names)
    return "\n\n".join(parts) + "\n"


def _prose(cell: Cell) -> str:
    for number, line in enumerate(cell.lines, cell.above + 1):
        if line and line != "#" and not line.startswith("# "):
            raise ValueError(f"line {number}: prose stands behind `# `, got {line!r}")
    return "\n".join(line[2:] for line in cell.lines).strip()


def _code(cell: Cell, script: Path, names: dict[str, object]) -> list[str]:
    code = "\n".join(cell.lines).strip()
    # Empty lines in front keep the script's own line numbers in tracebacks.
    program = compile("\n" * cell.above + "\n".join(cell.lines), script, "exec")
    printed = io.StringIO()
    with _importing_from(script.parent), contextlib.redirect_stdout(printed):
        exec(program, names)
    return [f"```python\n{code}\n```", *_output(printed.getvalue())]


@contextlib.contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Let a script import from its own folder, as when it runs by itself."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _output(printed: str) -> Iterator[str]:
    """Set what was printed in blocks, and pictures, which are lines of Markdown, between them."""
    lines = printed.rstrip().splitlines()
    for is_picture, group in itertools.groupby(lines, lambda line: line.startswith("![")):
        if is_picture:
            yield from group
        else:
            yield "\n".join(["```text", *group, "```"])


if __name__ == "__main__":
    for page in [Path(path) for path in sys.argv[1:]] or SCRIPTS:
        page.with_suffix(".md").write_text(render(page), encoding="utf-8")
        print(page.with_suffix(".md"))
