"""Tables as text in columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jaxcnn._support.texts import readable

Line = tuple[str, ...]


class Table(NamedTuple):
    """A table for people; `str()` formats it as text with the cells in columns.

    Columns that are empty below their head are left out.

    Attributes:
        lines: The cells of each line, the head first. A line with a single cell is written
            unchanged, and does not affect the width of columns.
        words: Number of columns that are aligned left; all others contain numbers, and are aligned
            right.
        heading: A line above the table; empty for none.
    """

    lines: Sequence[Line]
    words: int = 1
    heading: str = ""

    @classmethod
    def of(
        cls, rows: Iterable[Mapping[str, Any]], *, words: int | None = None, heading: str = ""
    ) -> "Table":
        """Make a table of exact values, with their names as the head.

        Args:
            rows: The values of each row by column name.
            words: Number of columns that are aligned left; None for those before the
                first column of numbers.
            heading: A line above the table; empty for none.
        """
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        if words is None:
            texts = [all(isinstance(row.get(name), str) for row in rows) for name in names]
            words = [*texts, False].index(False)
        head = tuple(name.replace("_", " ") for name in names)
        body = [tuple(cell_text(row.get(name)) for name in names) for row in rows]
        return cls([head, *body], words, heading)

    @property
    def shown(self) -> list[int]:
        """Indices of the columns that are not empty below their head; all if there is no body."""
        head, *body = (cells for cells in self.lines if len(cells) > 1)
        return [k for k in range(len(head)) if not body or any(cells[k] for cells in body)]

    def __str__(self) -> str:
        # Cells hold names from outside, which must not steer a terminal.
        safe = [tuple(map(readable, cells)) if len(cells) > 1 else cells for cells in self.lines]
        columns = zip(*(cells for cells in safe if len(cells) > 1), strict=True)
        widths = [max(map(len, column)) for column in columns]
        lines = [self._text(cells, widths) for cells in safe]
        return "\n".join([f"{self.heading}:", *lines] if self.heading else lines)

    def _text(self, cells: Line, widths: list[int]) -> str:
        if len(cells) == 1:
            return cells[0]
        padded = (
            (str.ljust if k < self.words else str.rjust)(cells[k], widths[k]) for k in self.shown
        )
        return "  ".join(padded).rstrip()


def cell_text(value: Any) -> str:
    """Format a value for people: numbers with four digits, shapes with ×, None as empty text.

    Example:
        >>> [cell_text(value) for value in (12345, 0.123456, (3, 5), True, None)]
        ['12,345', '0.1235', '3×5', 'yes', '']
    """
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ("×" if all(isinstance(each, int) for each in value) else ", ").join(
            map(cell_text, value)
        )
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def grouped(rows: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[str, ...]]:
    """Turn names and cells into lines, with the layers of a container below its name.

    Args:
        rows: The name of each layer, such as `layers.0`, and its cells.
    """
    group = ""
    for name, cells in rows:
        if group and name != group and not name.startswith(f"{group}."):
            group = ""
        if not group and "." in name:
            group = name.rpartition(".")[0]
            yield (group,)
        yield (_name_within(group, name), *cells)


def _name_within(group: str, name: str) -> str:
    """Return the part of a name that is shown below its group."""
    if not group:
        return name
    return "  (join)" if name == group else f"  {name.removeprefix(f'{group}.')}"
