"""The network, drawn and as a table."""

from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.architecture import Summary, SummaryRow, summary
from jaxcnn.explain import plot_architecture
from jaxcnn.layers import Layer
from jaxcnn.runs.page._html import Html, element, table
from jaxcnn.runs.page._material import Material
from jaxcnn.runs.page._pictures import plot
from jaxcnn.runs.page._section import MissingError, Section

TITLE = "The network"
LEAD = (
    "An image goes in at the left and the scores of the classes come out at the right. Each box "
    "is what a layer makes: the higher, the larger its picture, and the wider, the more channels "
    "it has. The table says what each layer costs: its parameters are the numbers that training "
    "adjusts, and MACs are the multiplications (each with an addition) that one image takes."
)
HEAD = ("layer", "what it is", "output", "parameters", "MACs", "share of MACs", "sees")


def architecture(material: Material) -> Section:
    """The drawing, and a row for each layer."""
    layers = material.network.architecture
    if layers is None:
        raise MissingError("the network was a Flax module of one's own, and is no data to draw.")
    rows = summary(layers, material.facts.input_shape)
    return Section(TITLE, LEAD, (_drawing(material, layers, rows), _table(rows), _totals(rows)))


def _drawing(material: Material, layers: Layer, rows: Summary) -> Html:
    figure = plot_architecture(layers, material.facts.input_shape, title=material.model)
    shapes = dict.fromkeys(_shape(row) for row in rows.rows if row.parameters)
    alt = (
        f"{material.model} drawn as boxes: from {'×'.join(map(str, rows.input_shape))} through "
        f"{', '.join(shapes)}; {len(rows.rows)} layers with {rows.parameters:,} parameters."
    )
    return plot(figure, alt)


def _table(rows: Summary) -> Html:
    cells = [
        (
            row.name,
            row.layer,
            _shape(row),
            f"{row.parameters:,}" if row.parameters else "",
            short(row.macs) if row.macs else "",
            f"{row.share:.1%}" if row.macs and row.share is not None else "",
            short_sides(row.receptive_field),
        )
        for row in rows.rows
    ]
    return table(HEAD, cells, caption="Layer by layer, for one image", texts=3)


def _totals(rows: Summary) -> Html:
    text = f"In all {rows.parameters:,} parameters, which take {bytes_text(rows.weight_bytes)}"
    if rows.macs is not None:
        text += f", and {short(rows.macs)} MACs an image"
    text += '. "Sees" is the side of the box of pixels that an output of the layer depends on.'
    return element("p", text)


def _shape(row: SummaryRow) -> str:
    return "×".join(map(str, row.output_shape or ()))
