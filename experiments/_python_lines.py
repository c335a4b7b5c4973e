"""Lines of Python's standard library: code, comments and docstrings, without their marks."""

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

KINDS = ("code", "comment", "docstring")
LENGTH = 64
TOKENS = 97
SHORTEST = 12

DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

# Tests of the library, modules that are mostly tables, and packages installed beside it.
LEFT_OUT = {"test", "tests", "idlelib", "encodings", "lib2to3", "pydoc_data", "site-packages"}


def library_files() -> list[Path]:
    """List the files of the standard library, sorted."""
    top = Path(os.__file__).parent
    found = (path for path in top.rglob("*.py"))
    return sorted(path for path in found if not LEFT_OUT & {*path.relative_to(top).parts})


def lines_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the lines of a file with their kinds, stripped of blanks, quotes and number signs.

    Lines with both code and a comment, lines within strings that are not docstrings, examples in
    docstrings, and lines that are short or without words are left out.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    docstrings, strings = _lines_in_strings(ast.parse(text))
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if number in docstrings:
            kind, line = 2, re.sub("""^[rR]?["']""", "", line).strip("\"' ")
            if line.startswith((">>>", "...")):
                continue
        elif number in strings:
            continue
        elif line.startswith("#"):
            kind, line = 1, line.strip("#").strip()
        else:
            kind = 0
        if (
            len(line) >= SHORTEST
            and re.search("[a-zA-Z]{3}", line)
            and not (kind == 0 and "#" in line)
        ):
            yield line[:LENGTH], kind


def _lines_in_strings(tree: ast.Module) -> tuple[set[int], set[int]]:
    """Find the numbers of the lines of docstrings, and of all strings with several lines."""
    docstrings: set[int] = set()
    strings: set[int] = set()
    for node in ast.walk(tree):
        lines = range(getattr(node, "lineno", 0), (getattr(node, "end_lineno", 0) or 0) + 1)
        if isinstance(node, ast.Constant | ast.JoinedStr) and len(lines) > 1:
            strings |= {*lines}
        if isinstance(node, DOCUMENTED) and node.body:
            first = node.body[0]
            if ast.get_docstring(node) is not None and isinstance(first, ast.Expr):
                docstrings |= {*range(first.lineno, (first.end_lineno or first.lineno) + 1)}
    return docstrings, strings


class Lines(NamedTuple):
    """Lines with their kinds, and the index of each line's file."""

    texts: np.ndarray
    kinds: np.ndarray
    files: np.ndarray

    def tokens(self) -> np.ndarray:
        """Encode the characters as tokens, ``(N, LENGTH)`` int32, padded with 0."""
        codes = np.zeros((len(self.texts), LENGTH), np.int32)
        for row, text in zip(codes, self.texts, strict=True):
            row[: len(text)] = [token_of(letter) for letter in text]
        return codes

    def take(self, places: np.ndarray) -> "Lines":
        """Select the lines at some positions."""
        return Lines(*(column[places] for column in self))


def read_lines(files: Sequence[Path]) -> Lines:
    """Read the lines that occur only once in all of the files."""
    found = [(*line, i) for i, path in enumerate(files) for line in lines_of(path)]
    times = Counter(text for text, _, _ in found)
    texts, kinds, places = zip(*(line for line in found if times[line[0]] == 1), strict=True)
    return Lines(np.array(texts), np.array(kinds), np.array(places))


def split(lines: Lines, n_train: int, n_test: int, seed: int) -> tuple[Lines, Lines]:
    """Draw lines to train and to test on from different files, equally many of each kind.

    Args:
        lines: The lines to draw from.
        n_train: Number of lines of each kind to train on; fewer if a kind has fewer.
        n_test: Number of lines of each kind to test on; fewer if a kind has fewer.
        seed: Seed of the choice of a quarter of the files for testing, and of the lines.
    """
    rng = np.random.default_rng(seed)
    files = rng.permutation(np.unique(lines.files))
    tested = np.isin(lines.files, files[: len(files) // 4])

    def drawn(of_split: np.ndarray, n: int) -> Lines:
        places = [np.flatnonzero(of_split & (lines.kinds == kind)) for kind in range(len(KINDS))]
        n = min(n, *map(len, places))
        return lines.take(np.concatenate([rng.permutation(found)[:n] for found in places]))

    return drawn(~tested, n_train), drawn(tested, n_test)


def token_of(letter: str) -> int:
    """Encode a printable ASCII character as 1 to 95, and other characters as 96."""
    return ord(letter) - 31 if " " <= letter <= "~" else TOKENS - 1
