"""Text in columns."""

from collections.abc import Iterable, Iterator, Sequence


def in_columns(lines: Sequence[tuple[str, ...]], *, words: int = 3) -> str:
    """Format lines as a table of text, with their cells in columns.

    Args:
        lines: The cells of each line, the head first. A line with a single cell is written
            unchanged, and does not affect the width of columns.
        words: Number of columns that are aligned left; all others contain numbers, and are aligned
            right.

    Returns:
        The text, without columns that are empty below their head.
    """
    columns = [*zip(*(cells for cells in lines if len(cells) > 1), strict=True)]
    widths = [max(map(len, column)) for column in columns]
    shown = [column for column, cells in enumerate(columns) if any(cells[1:])]

    def line(cells: tuple[str, ...]) -> str:
        if len(cells) == 1:
            return cells[0]
        padded = []
        for column in shown:
            align = str.ljust if column < words else str.rjust
            padded.append(align(cells[column], widths[column]))
        return "  ".join(padded).rstrip()

    return "\n".join(map(line, lines))


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
