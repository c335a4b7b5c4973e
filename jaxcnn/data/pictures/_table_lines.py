"""Read the lines of a CSV file within limits."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from jaxcnn._support.json_texts import open_regular
from jaxcnn.data._errors import DataError

MAX_TABLE_BYTES = 2**28
"""In a CSV file, 256 MiB: millions of rows."""
MAX_ROW = 2**20
"""Characters in one row. Of one cell, Python's `csv` reads 131,072."""


def read_lines(table: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line, without empty lines at the end."""
    with open_regular(table) as file:
        if (size := os.fstat(file.fileno()).st_size) > MAX_TABLE_BYTES:
            raise DataError(f"{table}: expected at most {MAX_TABLE_BYTES:,} bytes, got {size:,}")
        limited = _Lines(file)
        reader = csv.reader(limited, strict=True)
        empty: list[tuple[int, list[str]]] = []
        try:
            for cells in reader:
                limited.row = 0
                if not any(cells):
                    empty = empty or [(reader.line_num, cells)]
                    continue
                yield from empty  # which are errors, because they are not at the end
                yield reader.line_num, cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{table}: expected a CSV file in UTF-8 ({error})") from error


class _Lines:
    """The lines of a CSV file as text, within the limit of one row."""

    def __init__(self, file: BinaryIO) -> None:
        # "utf-8-sig" drops the byte order mark that spreadsheets write.
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self.row = 0  # characters so far in the current row

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_ROW + 1):
            self.row += len(line)
            if self.row > MAX_ROW:
                raise csv.Error(f"a row has more than {MAX_ROW:,} characters")
            yield line
