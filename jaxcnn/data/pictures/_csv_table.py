"""Reading a table of files and labels, and naming the line where it is wrong."""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._file_splits import TEST_NAMES


class Row(NamedTuple):
    """One file of a table: where it is, the text of its label, and its set ("" if not said)."""

    line: int
    path: str
    label: str
    split: str


def read_table(
    table: Path, root: str | os.PathLike[str] | None, path: str, label: str, split: str
) -> list[Row]:
    """Read the rows of a CSV file.

    Args:
        table: The file.
        root: What paths are relative to, and must stay in; None: the folder of the table.
        path: The column of the paths.
        label: The column of the labels.
        split: The column that says which set a file belongs to, if there is one.

    Raises:
        DataError: If a column, a path or a file is missing, a path leads out of `root`, or a
            column or a file is there twice.
        OSError: If the table cannot be read.
    """
    top = os.path.abspath(table.parent if root is None else os.path.expanduser(root))
    lines = _lines(table)
    if not lines:
        raise DataError(f"{table}: expected a header and rows, got an empty file")
    header = [cell.strip() for cell in lines[0][1]]
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise DataError(f"{table}: expected columns separated by commas, got {header[0]!r}")
    for column in (path, label):
        if column not in header:
            raise DataError(
                f"{table}: no column {column!r} in the header {header}; if it is there by another "
                'name, rename it, or say so: image_table(..., path="filename", label="class")'
            )
    for column in (path, label, split):
        if header.count(column) > 1:
            raise DataError(f"{table}: more than one column {column!r} in the header {header}")
    rows, first_lines = [], {}
    for line, cells in lines[1:]:
        where = f"{table}, line {line}"
        if len(cells) != len(header):
            raise DataError(f"{where}: expected {len(header)} cells, got {len(cells)}")
        row = dict(zip(header, map(str.strip, cells), strict=True))
        full = _inside(row[path], top, where)
        # It would be trained on and tested on, or have two labels.
        if (first := first_lines.setdefault(full, line)) != line:
            raise DataError(f"{where}: {row[path]!r} is in line {first}, too")
        rows.append(Row(line, full, row[label], _split(row.get(split, ""), where)))
    if not rows:
        raise DataError(f"{table}: expected rows under the header, got none")
    return rows


def _lines(table: Path) -> list[tuple[int, list[str]]]:
    """Return the number and the cells of each line; empty ones at the end do not count."""

    def read() -> Iterator[tuple[int, list[str]]]:
        # With the mark that spreadsheets write at the beginning, or without.
        with open(table, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                yield reader.line_num, cells

    try:
        lines = list(read())
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{table}: not a CSV file in UTF-8: {error}") from error
    while lines and not any(lines[-1][1]):
        lines.pop()
    return lines


def _inside(path: str, top: str, where: str) -> str:
    if not path:
        raise DataError(f"{where}: expected a path, got none")
    full = os.path.normpath(os.path.join(top, path))
    if not full.startswith(os.path.join(top, "")):
        raise DataError(f"{where}: {path!r} leads out of {top}")
    if not os.path.isfile(full):
        raise DataError(f"{where}: there is no file {full}")
    return full


def _split(name: str, where: str) -> str:
    name = name.lower()
    if name not in ("", "train", *TEST_NAMES):
        expected = ", ".join(("train", *TEST_NAMES))
        raise DataError(f"{where}: expected one of {expected}, got {name!r}")
    return name
