"""A summary's rows as text: columns for a terminal, and a table for Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from jaxcnn.architecture._summary_row import SummaryRow
from jaxcnn.layers import Shape

HEAD = (
    "name",
    "layer",
    "output",
    "params",
    "MACs",
    "share",
    "weights",
    "infer",
    "train",
    "field",
    "stride",
    "pad",
    "FLOP/B",
)
WHOLE_HEAD = (
    *HEAD[:6],
    "weights (bytes)",
    "activations in inference (bytes)",
    "activations in training (bytes)",
    "receptive field",
    "stride",
    "padding",
    "FLOPs a byte",
)
LEGEND = (
    "weights: with running statistics; share: of the MACs; FLOP/B: FLOPs for each byte moved",
    "infer: activations held while the layer runs; train: its output, which training keeps",
    "field (what an output sees), stride, pad: of the whole network up to there, in input pixels; "
    "stride 0: all see one box",
)
LEGEND_OF_A_MODULE = ("weights: with running statistics",)

TEXT_COLUMNS = 3
"""The first so many columns are words, and start at the left; the others are numbers."""

WIDEST_LAYER = 24
"""In a terminal, longer descriptions of layers are cut."""

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def terminal(rows: Sequence[SummaryRow]) -> str:
    """The rows below each other, in columns; a container's layers stand under its name.

    Numbers have three digits, and a unit where they are large. Columns without any are left out.
    """
    return in_columns([HEAD, *grouped((row.name, _cells(row)) for row in rows)])


def grouped(rows: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[str, ...]]:
    """Lines of a name and its cells; a container's layers stand under its name."""
    group = ""
    for name, cells in rows:
        if group and name != group and not name.startswith(f"{group}."):
            group = ""
        if not group and "." in name:
            group = name.rpartition(".")[0]
            yield (group,)
        yield (_name_within(group, name), *cells)


def markdown(rows: Iterable[SummaryRow]) -> str:
    """The rows as a table of Markdown, with whole names and exact integers.

    Columns of numbers that hold none are left out.
    """
    dashes = [*["---"] * TEXT_COLUMNS, *["---:"] * (len(HEAD) - TEXT_COLUMNS)]
    every = zip(WHOLE_HEAD, dashes, *map(_exact_cells, rows), strict=True)
    columns = [cells for i, cells in enumerate(every) if i < TEXT_COLUMNS or any(cells[2:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True))


def short(number: int) -> str:
    """A count in three digits and a unit.

    Example:
        >>> short(12), short(4089184256), short(999_950)
        ('12', '4.09 G', '1 M')
    """
    power = 0
    while power + 1 < len(_PREFIXES) and number >= 999.5 * 1000**power:
        power += 1
    return f"{number / 1000**power:.3g} {_PREFIXES[power]}".rstrip()


def bytes_text(number: int) -> str:
    """A number of bytes in three digits and a unit of powers of 1,000.

    Example:
        >>> bytes_text(102_228_128)
        '102 MB'
    """
    text = short(number)
    return f"{text}B" if " " in text else f"{text} B"


def field_text(sizes: Shape | None) -> str:
    """One number where it is the same on all axes.

    Example:
        >>> field_text((7, 7)), field_text((7, 1))
        ('7', '7×1')
    """
    sizes = sizes or ()
    return "×".join(map(str, sizes if len(set(sizes)) > 1 else sizes[:1]))


def _name_within(group: str, name: str) -> str:
    """What a terminal shows of a name, below that of its group."""
    if not group:
        return name
    return "  (join)" if name == group else f"  {name.removeprefix(f'{group}.')}"


def _cells(row: SummaryRow) -> Iterator[str]:
    """All but the name."""
    layer = row.layer
    yield layer if len(layer) <= WIDEST_LAYER else f"{layer[: WIDEST_LAYER - 1]}…"
    yield "×".join(map(str, row.output_shape or ()))
    yield f"{row.parameters:,}" if row.parameters else ""
    yield short(row.macs).replace(" ", "") if row.macs else ""
    yield f"{row.share:.1%}" if row.macs and row.share is not None else ""
    for size in (row.weight_bytes or None, *_activations(row)):
        yield "" if size is None else bytes_text(size).replace(" ", "")
    yield from map(field_text, _window(row))
    yield f"{row.intensity:.3g}" if row.intensity else ""


def _exact_cells(row: SummaryRow) -> tuple[str, ...]:
    numbers = (row.parameters, row.macs, row.share, row.weight_bytes, *_activations(row))
    texts = (
        row.name,
        row.layer,
        "×".join(map(str, row.output_shape or ())),
        *("" if n is None else f"{n:.4f}" if isinstance(n, float) else f"{n:,}" for n in numbers),
        *map(field_text, _window(row)),
        "" if row.intensity is None else f"{row.intensity:.4g}",
    )
    return tuple(text.replace("|", "\\|") for text in texts)


def _activations(row: SummaryRow) -> tuple[int | None, int | None]:
    return row.inference_bytes, row.training_bytes


def _window(row: SummaryRow) -> tuple[Shape | None, Shape | None, Shape | None]:
    return row.receptive_field, row.stride, row.padding


def in_columns(lines: Sequence[tuple[str, ...]]) -> str:
    """Lines with all cells in columns, and lines with a single cell, which sets no width."""
    columns = [*zip(*(cells for cells in lines if len(cells) > 1), strict=True)]
    widths = [max(map(len, column)) for column in columns]
    shown = [column for column, cells in enumerate(columns) if any(cells[1:])]

    def line(cells: tuple[str, ...]) -> str:
        if len(cells) == 1:
            return cells[0]
        padded = []
        for column in shown:
            align = str.ljust if column < TEXT_COLUMNS else str.rjust
            padded.append(align(cells[column], widths[column]))
        return "  ".join(padded).rstrip()

    return "\n".join(map(line, lines))
