"""A summary's rows as text: columns for a terminal, and a table for Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from jaxcnn._support.tables import grouped, in_columns
from jaxcnn._support.units import bytes_text, short, short_sides
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


def terminal(rows: Sequence[SummaryRow]) -> str:
    """The rows below each other, in columns; a container's layers stand under its name.

    Numbers have three digits, and a unit where they are large. Columns without any are left out.
    """
    return in_columns([HEAD, *grouped((row.name, _cells(row)) for row in rows)], words=TEXT_COLUMNS)


def markdown(rows: Iterable[SummaryRow]) -> str:
    """The rows as a table of Markdown, with whole names and exact integers.

    Columns of numbers that hold none are left out.
    """
    dashes = [*["---"] * TEXT_COLUMNS, *["---:"] * (len(HEAD) - TEXT_COLUMNS)]
    every = zip(WHOLE_HEAD, dashes, *map(_exact_cells, rows), strict=True)
    columns = [cells for i, cells in enumerate(every) if i < TEXT_COLUMNS or any(cells[2:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True))


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
    yield from map(short_sides, _window(row))
    yield f"{row.intensity:.3g}" if row.intensity else ""


def _exact_cells(row: SummaryRow) -> tuple[str, ...]:
    numbers = (row.parameters, row.macs, row.share, row.weight_bytes, *_activations(row))
    texts = (
        row.name,
        row.layer,
        "×".join(map(str, row.output_shape or ())),
        *("" if n is None else f"{n:.4f}" if isinstance(n, float) else f"{n:,}" for n in numbers),
        *map(short_sides, _window(row)),
        "" if row.intensity is None else f"{row.intensity:.4g}",
    )
    return tuple(text.replace("|", "\\|") for text in texts)


def _activations(row: SummaryRow) -> tuple[int | None, int | None]:
    return row.inference_bytes, row.training_bytes


def _window(row: SummaryRow) -> tuple[Shape | None, Shape | None, Shape | None]:
    return row.receptive_field, row.stride, row.padding
